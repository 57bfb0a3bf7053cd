import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type DomainDef, DOMAIN_DOCUMENT, type InterfaceDef, parseDomainNode, readXml } from '@virtkit/core/conf';
import type { ConnectOps } from '@virtkit/core/driver';
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtkit/core/util';
import type { QemuCaps } from '../capabilities/index.js';
import { hostPci, assignAddresses } from '../addresses/index.js';
import { buildCommandLine, type CommandContext } from '../command/index.js';
import { commandContext, shortName } from '../domain/command-context.js';
import { spicePortNeeds } from '../domain/graphics-ports.js';
import { newMasterKey } from '../domain/sealed-secrets.js';
import { emulatorOf } from '../domain/model.js';
import { factsOf, xmlOptionWithCaps } from '../domain/xml.js';
import { configUnsupported, internalError, invalidArg, operationFailed } from '../errors.js';
import type { QemuHost } from '../host/qemu-host.js';

const FORMAT = 'qemu-argv';

/** Where libvirt keeps its state: what is exported is for other hosts, so it does not depend on where ours is. */
const STATE = '/var/lib/libvirt/qemu';

/** Domains in QEMU's own terms. */
export const nativeOps = (host: QemuHost) =>
  ({
    async connectDomainXMLToNative(format, xml) {
      if (format !== FORMAT)
        throw invalidArg(`unsupported config type ${format}: QEMU's command lines are '${FORMAT}'`);
      const root = readXml(xml, DOMAIN_DOCUMENT);
      const { option, caps } = await xmlOptionWithCaps(host, factsOf(root));
      const def = parseDomainNode(root, option, { abiUpdate: true });
      if (caps === undefined) throw internalError(`nothing is known of the emulator ${emulatorOf(def)}`);
      reservePorts(def);
      refuseUnprepared(def, caps);
      await findListenNetworks(host, def);
      const { interface: nets } = def.devices;
      def.devices.interface = nets.map(exported);
      // All is placed but what is new now; bridges that were added on z/PCI get their numbers the second time.
      if (nets.length > 0 || caps.has('zpci')) assignAddresses(def, caps, hostPci, true);
      const { argv, env } = buildCommandLine(def, caps, await exportContext(host, caps, def));
      const words = [...Object.entries(env).map(([name, value]) => `${name}=${value}`), emulatorOf(def), ...argv];
      return words.map(quoted).join(' ');
    },
  }) satisfies ConnectOps;

/** What is behind an interface belongs to this host, and is left out: only what the guest sees of it counts. */
function exported({ mac, model, script }: InterfaceDef): InterfaceDef {
  return {
    type: 'ethernet',
    ...(mac !== undefined && { mac }),
    ...(script !== undefined && { script }),
    ...(model !== undefined && { model }),
  } as InterfaceDef;
}

/** The first ports that displays could get. */
function reservePorts({ devices }: DomainDef): void {
  for (const graphics of devices.graphics)
    if (graphics.type === 'spice') {
      const { plain, tls } = spicePortNeeds(graphics, false);
      if (plain) graphics.port = 5901;
      if (tls) graphics.tlsPort = 5902;
    }
}

/** How a host's PCI device is handed over is found out on its host, and nobody asks for what is only described. */
function refuseUnprepared({ devices }: DomainDef, caps: QemuCaps): void {
  for (const hostdev of devices.hostdev) {
    if (hostdev.type === 'pci' && hostdev.address?.type !== 'unassigned' && hostdev.driver?.name !== 'vfio')
      throw internalError(
        `invalid PCI passthrough type '${hostdev.driver?.name ?? 'default'}': name the driver of the host device`,
      );
    if (hostdev.type === 'usb' && hostdev.source.missing !== true && hostdev.source.address === undefined)
      throw internalError('USB host device is missing bus/device information: give its <address>');
  }
  for (const { model, backend } of devices.tpm)
    if (
      model !== 'spapr-tpm-proxy' &&
      backend.type === 'passthrough' &&
      backend.device !== undefined &&
      !existsSync(backend.device.path)
    )
      throw new LibvirtError(
        ErrorCode.SYSTEM_ERROR,
        ErrorDomain.QEMU,
        `Could not open TPM device ${backend.device.path}: No such file or directory`,
      );
  for (const { driver, model } of devices.video)
    if (driver?.name === 'vhostuser') needVhostUserGpu(model?.acceleration?.rendernode);
  for (const disk of devices.disk)
    if (disk.type === 'network' && disk.source?.protocol === 'vxhs' && !caps.has('vxhs'))
      throw configUnsupported('VxHS protocol is not supported with this QEMU binary');
}

/** Where helpers of QEMU are described. */
const VHOST_USER_DIRS = ['/etc/qemu/vhost-user', '/usr/share/qemu/vhost-user'];

/** qemuVhostUserFillDomainGPU: there must be a program that draws for guests, and something that it draws on. */
function needVhostUserGpu(node: string | undefined): void {
  if (!hasVhostUserGpu())
    throw operationFailed(
      `Unable to find a satisfying vhost-user-gpu: none of those described in ${VHOST_USER_DIRS.join(', ')} is there`,
    );
  if (node === undefined && !existsSync('/dev/dri'))
    throw new LibvirtError(
      ErrorCode.SYSTEM_ERROR,
      ErrorDomain.NONE,
      "cannot open directory '/dev/dri': No such file or directory",
    );
}

function hasVhostUserGpu(): boolean {
  return VHOST_USER_DIRS.filter((dir) => existsSync(dir)).some((dir) =>
    readdirSync(dir).some((file) => {
      if (!file.endsWith('.json')) return false;
      try {
        const { type, binary } = JSON.parse(readFileSync(join(dir, file), 'utf8')) as {
          type?: string;
          binary?: string;
        };
        return type === 'gpu' && binary !== undefined && existsSync(binary);
      } catch {
        return false;
      }
    }),
  );
}

/** NO_NETWORK for a display that is to listen on a network that is not there. */
async function findListenNetworks(host: QemuHost, { devices }: DomainDef): Promise<void> {
  const names = devices.graphics.flatMap((graphics) => {
    const first = 'listen' in graphics ? graphics.listen[0] : undefined;
    return first?.type === 'network' ? [first.network] : [];
  });
  if (names.length === 0) return;
  const connect = await host.networks();
  try {
    for (const name of names) await connect.networkLookupByName(name);
  } finally {
    await connect.close();
  }
}

/** A run that is only described: nothing is opened for it. */
async function exportContext(host: QemuHost, caps: QemuCaps, def: DomainDef): Promise<CommandContext> {
  const dir = `${STATE}/domain--1-${shortName(def.name)}`;
  const monitor = `socket,path=${join(dir, 'monitor.sock').replaceAll(',', ',,')},server=on,wait=off`;
  return {
    ...(await commandContext(host, caps, def, { dir, monitor, key: newMasterKey() })),
    seccomp: caps.has('seccomp-sandbox'),
    nvramDir: `${STATE}/nvram`,
    memoryDir: `${STATE}/ram/-1-${shortName(def.name)}`,
    channelDir: `${STATE}/channel/target/domain--1-${shortName(def.name)}`,
    dbusAddress: () => `unix:path=/run/libvirt/qemu/dbus/-1-${shortName(def.name)}-dbus.sock`,
    tpmSocket: undefined,
    vsockCid: 0,
    passedFd: () => '-1',
    tap: () => ({ fds: ['3'], vhostFds: [] }),
  };
}

/** A word as a shell reads it back. */
function quoted(word: string): string {
  // What is structured, and so long, need not be searched for what makes quotes necessary.
  if (!word.startsWith('{') && /^[\w@%+=:,./-]+$/.test(word)) return word;
  return word.includes("'") ? `'${word.replaceAll("'", `'\\''`)}'` : `'${word}'`;
}
