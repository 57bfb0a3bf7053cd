import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import type { DomainDef, InterfaceDef } from '@virtkit/core/conf';
import { ErrorDomain, LibvirtError, type UndoStack } from '@virtkit/core/util';
import { configUnsupported, operationInvalid } from '../errors.js';
import type { QemuHost } from '../host/qemu-host.js';

const run = promisify(execFile);

/** Interfaces whose host side is a tap device that we name. */
const TAP: ReadonlySet<InterfaceDef['type']> = new Set(['bridge', 'ethernet', 'network']);

const hasTap = (net: InterfaceDef): boolean => TAP.has(net.type) && net.target?.managed !== false;

function reserve({ tapNames }: QemuHost, name: string, undo: UndoStack): string {
  tapNames.add(name);
  undo.push(() => void tapNames.delete(name));
  return name;
}

/** virNetDevGenerateName */
function freeName({ tapNames }: QemuHost): string {
  for (let index = 0; ; index++) {
    const name = `vnet${index}`;
    if (!tapNames.has(name) && !existsSync(`/sys/class/net/${name}`)) return name;
  }
}

/**
 * A copy of a definition whose interfaces know the names of their tap devices and the bridges that they are going to be part of.
 * QEMU makes the devices, so that they go when it does, however it ends. Raises CONFIG_UNSUPPORTED for what tap devices are asked
 * for that we cannot do, and what the network driver says of a network.
 */
export async function nameTaps(host: QemuHost, def: DomainDef, undo: UndoStack): Promise<DomainDef> {
  if (!def.devices.interface.some(hasTap)) return def;
  const nets: InterfaceDef[] = [];
  for (const net of def.devices.interface) {
    if (!hasTap(net)) {
      nets.push(net);
      continue;
    }
    refuseExtras(net, def.name);
    const dev = reserve(host, net.target?.dev ?? freeName(host), undo);
    const named = { ...net, target: { ...net.target, dev } } as InterfaceDef;
    if (named.type === 'network' && named.source !== undefined)
      named.source = { ...named.source, bridge: await bridgeOf(host, named.source.network) };
    nets.push(named);
  }
  return { ...def, devices: { ...def.devices, interface: nets } };
}

/** What an interface may ask for that this driver does not do: rather refused than left out. */
const EXTRAS = {
  bandwidth: 'limits of bandwidth',
  filterref: 'network filters',
  script: 'scripts',
  downscript: 'scripts',
} as const;

function refuseExtras(net: InterfaceDef, domain: string): void {
  for (const [element, what] of Object.entries(EXTRAS))
    if (net[element as keyof typeof EXTRAS] !== undefined)
      throw configUnsupported(
        `${what} of interfaces are not supported by the QEMU driver: take <${element}> out of interface '${net.mac?.address ?? ''}' of domain '${domain}'`,
      );
}

/** The bridge of an active network. */
async function bridgeOf(host: QemuHost, name: string): Promise<string> {
  const connect = await host.networks();
  try {
    const network = await connect.networkLookupByName(name);
    if (!(await network.isActive()))
      throw operationInvalid(`network '${name}' is not active: start it, or mark it for autostart`);
    return await network.getBridgeName();
  } finally {
    await connect.close();
  }
}

const bridgeNameOf = (net: InterfaceDef): string | undefined =>
  net.type === 'bridge' ? net.source?.bridge : net.type === 'network' ? net.source?.bridge : undefined;

/** The host's end has the guest's address with a first byte that no bridge takes for its own. */
const hostMac = (mac: string): string => `fe${mac.slice(2)}`;

/** virNetDevTapCreateInBridgePort, once QEMU has made the devices: they get their addresses and bridges, and are switched on. */
export async function plugTaps(def: DomainDef): Promise<void> {
  for (const net of def.devices.interface) {
    const dev = net.target?.dev;
    if (!hasTap(net) || dev === undefined) continue;
    const bridge = bridgeNameOf(net);
    const argv = ['link', 'set', 'dev', dev];
    if (net.mac !== undefined) argv.push('address', hostMac(net.mac.address));
    if (net.mtu !== undefined) argv.push('mtu', String(net.mtu.size));
    if (bridge !== undefined) argv.push('master', bridge);
    try {
      await run('ip', [...argv, 'up']);
    } catch (error) {
      const said = (error as { stderr?: string }).stderr?.trim() ?? '';
      throw LibvirtError.system(
        ErrorDomain.QEMU,
        `Unable to add interface ${dev} of domain '${def.name}' to bridge ${bridge ?? '(none)'}: ${said || 'ip failed'}`,
        error,
      );
    }
  }
}

/** Takes the names of a guest that was found running. */
export function keepTapNames({ tapNames }: QemuHost, { devices }: DomainDef): void {
  for (const net of devices.interface) if (hasTap(net) && net.target?.dev !== undefined) tapNames.add(net.target.dev);
}

/** Gives back the names of a guest that has ended. */
export function releaseTapNames({ tapNames }: QemuHost, { devices }: DomainDef): void {
  for (const net of devices.interface)
    if (hasTap(net) && net.target?.dev !== undefined) tapNames.delete(net.target.dev);
}
