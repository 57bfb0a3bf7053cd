import {
  type HostInterfaceDef,
  INTERFACE_LINK_STATES,
  type InterfaceBond,
  type InterfaceLinkState,
  type InterfaceMember,
} from '@virtkit/core/conf';
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtkit/core/util';
import type { HostInterfaces } from './host-interfaces.js';
import { internalError, noInterface } from './interface-errors.js';

const LINK_STATES: readonly string[] = INTERFACE_LINK_STATES;

/** udevGetIfaceDef: what the kernel says of an interface, as a definition. */
export async function describeInterface(host: HostInterfaces, name: string): Promise<HostInterfaceDef> {
  if (!(await host.exists(name))) throw noInterface(`couldn't find interface named '${name}'`);
  const [mac, mtu, kind, link] = await Promise.all([
    host.text(name, 'address'),
    host.text(name, 'mtu'),
    kindOf(host, name),
    linkOf(host, name),
  ]);
  if (mtu === undefined || !/^\d+$/.test(mtu)) throw internalError(`Could not parse MTU value '${mtu ?? '(null)'}'`);
  const common = { name, mtu: { size: Number(mtu) }, link, ...(mac !== undefined && { mac: { address: mac } }) };
  switch (kind) {
    case 'vlan':
      return { type: 'vlan', ...common, vlan: await vlanOf(host, name) };
    case 'bridge':
      return { type: 'bridge', ...common, bridge: await bridgeOf(host, name) };
    case 'bond':
      return { type: 'bond', ...common, bond: await bondOf(host, name) };
    default:
      return { type: 'ethernet', ...common };
  }
}

/** The driver's word for the kind, else what the interface looks like. */
async function kindOf(host: HostInterfaces, name: string): Promise<HostInterfaceDef['type']> {
  const kind = /^DEVTYPE=(vlan|bridge|bond)$/m.exec((await host.text(name, 'uevent')) ?? '')?.[1];
  if (kind !== undefined) return kind as HostInterfaceDef['type'];
  if (name.includes('.')) return 'vlan';
  if (await host.has(name, 'bridge/bridge_id')) return 'bridge';
  return (await host.has(name, 'bonding/mode')) ? 'bond' : 'ethernet';
}

/** virNetDevGetLinkInfo: drivers mislead about the speed of a link that is not up. */
async function linkOf(host: HostInterfaces, name: string): Promise<{ state: InterfaceLinkState; speed?: number }> {
  const text = (await host.text(name, 'operstate')) ?? '';
  if (!LINK_STATES.includes(text))
    throw new LibvirtError(ErrorCode.SYSTEM_ERROR, ErrorDomain.NONE, `unable to parse: ${text}`);
  const state = text as InterfaceLinkState;
  if (state !== 'up') return { state };
  const speed = await host.text(name, 'speed');
  return speed === undefined ? { state } : { state, speed: Number(speed) >>> 0 };
}

/** udevGetIfaceDefVlan */
async function vlanOf(host: HostInterfaces, name: string): Promise<{ tag: string; interface: { name: string } }> {
  const text = await host.vlan(name);
  const tag = /VID: (\d+)/.exec(text);
  if (tag === null) throw internalError(`failed to find the VID for the VLAN device '${name}'`);
  const parent = /Device: ([^\n]+)/.exec(text.slice(tag.index));
  if (parent === null) throw internalError(`failed to find the real device for the VLAN device '${name}'`);
  return { tag: tag[1] as string, interface: { name: parent[1] as string } };
}

/** Members of bridges and bonds, each described as if it stood alone. */
const members = (host: HostInterfaces, names: readonly string[]): Promise<InterfaceMember[]> =>
  Promise.all(names.map((name) => describeInterface(host, name)));

/** udevGetIfaceDefBridge */
async function bridgeOf(host: HostInterfaces, name: string): Promise<HostInterfaceDefBridge> {
  const delay = await needed(host, name, 'bridge/forward_delay');
  const stp = await needed(host, name, 'bridge/stp_state');
  if (!['-1', '0', '1'].includes(stp))
    throw internalError(`Invalid STP state value ${stp} received for '${name}'. Must be -1, 0, or 1.`);
  return {
    ...(stp !== '-1' && { stp: stp === '1' }),
    delay,
    interface: await members(host, await host.entries(name, 'brif')),
  };
}

type HostInterfaceDefBridge = Extract<HostInterfaceDef, { type: 'bridge' }>['bridge'];

async function needed(host: HostInterfaces, name: string, attribute: string): Promise<string> {
  const text = await host.text(name, attribute);
  if (text === undefined) throw internalError(`Could not retrieve '${attribute}' for '${name}'`);
  return text;
}

/** udevGetIfaceDefBond */
async function bondOf(host: HostInterfaces, name: string): Promise<InterfaceBond> {
  const number = async (attribute: string): Promise<number> => {
    const text = await needed(host, name, `bonding/${attribute}`);
    if (!/^-?\d+$/.test(text)) throw internalError(`Could not parse 'bonding/${attribute}' '${text}' for '${name}'`);
    return Number(text);
  };
  /** A word and its number: `balance-rr 0`. */
  const word = async (attribute: string): Promise<string> =>
    (await needed(host, name, `bonding/${attribute}`)).split(' ')[0] as string;
  const [downdelay, updelay, freq, interval] = await Promise.all([
    number('downdelay'),
    number('updelay'),
    number('miimon'),
    number('arp_interval'),
  ]);
  const mode = (await word('mode')) as NonNullable<InterfaceBond['mode']>;
  const validate = await word('arp_validate');
  const carrier = (await number('use_carrier')) === 0 ? 'ioctl' : 'netif';
  // The kernel gives all the addresses on one line.
  const target = await needed(host, name, 'bonding/arp_ip_target');
  const entries = await host.entries(name);
  const slaves = entries.filter((entry) => /^(slave|lower)_/.test(entry)).map((entry) => entry.replace(/^[a-z]+_/, ''));
  return {
    mode,
    ...(interval > 0
      ? { arpmon: { interval, target, ...(isValidation(validate) && { validate }) } }
      : freq > 0 && {
          miimon: { freq, ...(downdelay > 0 && { downdelay }), ...(updelay > 0 && { updelay }), carrier },
        }),
    interface: await members(host, [...new Set(slaves)]),
  };
}

const isValidation = (word: string): word is 'active' | 'backup' | 'all' => ['active', 'backup', 'all'].includes(word);
