import { isIPv4, isIPv6 } from 'node:net';
import type { HostdevDef, InterfaceDef, IpAddressDef, RouteDef } from '@virtkit/core/conf';
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtkit/core/util';
import { configUnsupported, internalError, invalidArg } from '../errors.js';
import type { LxcConf } from './lxc-conf.js';

/** One network of a container, as the file tells of it. */
interface Nic {
  type?: string;
  link?: string;
  hwaddr?: string;
  flags?: string;
  'macvlan.mode'?: string;
  'vlan.id'?: string;
  name?: string;
  ips: IpAddressDef[];
  gateway4?: string;
  gateway6?: string;
}

const PLAIN = new Set<string>(['type', 'link', 'hwaddr', 'flags', 'macvlan.mode', 'vlan.id', 'name']);

export interface Networks {
  readonly interface: InterfaceDef[];
  readonly hostdev: HostdevDef[];
  /** No network was spoken of, which for LXC means that there is none. */
  readonly none: boolean;
}

/** lxcConvertNetworkSettings: `lxc.net.N.*`, and `lxc.network.*`, where each `type` begins another network. */
export function readNetworks(conf: LxcConf): Networks {
  const nics = collectNics(conf);
  const found: Networks = { interface: [], hostdev: [], none: nics.length === 0 };
  for (const nic of nics) {
    const { type = '' } = nic;
    if (type === '' || type === 'none' || type === 'empty') continue;
    if (type === 'phys' || type === 'vlan') found.hostdev.push(hostDevice(nic, type));
    else found.interface.push(networkInterface(nic, type));
  }
  return found;
}

function collectNics({ entries }: LxcConf): Nic[] {
  const nics: Nic[] = [];
  const numbered = new Map<number, Nic>();
  let current: Nic | undefined;
  for (const { key, value } of entries) {
    const [, index, newProperty] = /^lxc\.net\.([^.]+)\.?(.*)$/.exec(key) ?? [];
    const oldProperty = /^lxc\.network\.(.+)$/.exec(key)?.[1];
    if (index !== undefined && newProperty !== undefined) {
      if (!/^\d+$/.test(index))
        throw internalError(`'${key}' should have a number behind lxc.net, as in lxc.net.0.type`);
      let nic = numbered.get(Number(index));
      if (nic === undefined) {
        nic = { ips: [] };
        // What follows without a number is about the network that was begun last, of whichever kind.
        current = nic;
        numbered.set(Number(index), nic);
        nics.push(nic);
      }
      setProperty(nic, newProperty, key, value);
    } else if (oldProperty !== undefined) {
      if (oldProperty === 'type') nics.push((current = { ips: [] }));
      if (current === undefined) throw internalError(`'${key}' comes before the lxc.network.type that it belongs to`);
      setProperty(current, oldProperty, key, value);
    }
  }
  return nics;
}

function setProperty(nic: Nic, property: string, key: string, value: string): void {
  if (PLAIN.has(property)) (nic as unknown as Record<string, string>)[property] = value;
  else if (property === 'ipv4' || property === 'ipv4.address') nic.ips.push(ipAddress(value, 'ipv4'));
  else if (property === 'ipv6' || property === 'ipv6.address') nic.ips.push(ipAddress(value, 'ipv6'));
  else if (property === 'ipv4.gateway') nic.gateway4 = value;
  else if (property === 'ipv6.gateway') nic.gateway6 = value;
  else
    throw internalError(`the network property '${key}' has no equivalent in a domain: remove it to convert the rest`);
}

const isAddress = (text: string, family: 'ipv4' | 'ipv6'): boolean => (family === 'ipv4' ? isIPv4(text) : isIPv6(text));

function ipAddress(text: string, family: 'ipv4' | 'ipv6'): IpAddressDef {
  const [, address = '', prefix] = /^(.*)\/(\d+)$/.exec(text) ?? [];
  if (prefix === undefined || !isAddress(address, family)) throw invalidArg(`Invalid CIDR address: '${text}'`);
  return { address, family, prefix: Number(prefix) };
}

function routes({ gateway4, gateway6 }: Nic): RouteDef[] {
  return [
    ...(gateway4 === undefined ? [] : [defaultRoute('ipv4', '0.0.0.0', gateway4)]),
    ...(gateway6 === undefined ? [] : [defaultRoute('ipv6', '::', gateway6)]),
  ];
}

function defaultRoute(family: 'ipv4' | 'ipv6', address: string, gateway: string): RouteDef {
  if (!isAddress(gateway, family))
    throw new LibvirtError(
      ErrorCode.XML_ERROR,
      ErrorDomain.NETWORK,
      `Domain interface: Bad gateway address '${gateway}' in route definition`,
    );
  return { family, address, gateway };
}

/** Parts that are there only if they say something. */
function addresses(nic: Nic): { ip?: IpAddressDef[]; route?: RouteDef[] } {
  const route = routes(nic);
  const ip = [...nic.ips];
  return { ...(ip.length > 0 && { ip }), ...(route.length > 0 && { route }) };
}

/** lxcCreateHostdevDef: a device of the host that moves into the container. */
function hostDevice(nic: Nic, type: 'phys' | 'vlan'): HostdevDef {
  if (nic.link === undefined) throw configUnsupported("Missing 'link' attribute for NIC");
  const vlan = type === 'vlan' ? nic['vlan.id'] : undefined;
  const device = vlan === undefined ? nic.link : `${nic.link}.${vlan}`;
  return { mode: 'capabilities', type: 'net', source: { interface: device }, ...addresses(nic) };
}

const MAC = /^[0-9a-f]{1,2}(:[0-9a-f]{1,2}){5}$/;

/** lxcCreateNetDef */
function networkInterface(nic: Nic, type: string): InterfaceDef {
  const hwaddr = nic.hwaddr?.trim().toLowerCase() ?? '';
  const address = MAC.test(hwaddr) ? hwaddr : '00:00:00:00:00:00';
  const body = {
    mac: { address },
    ...addresses(nic),
    ...(nic.name !== undefined && { guest: { dev: nic.name } }),
    link: { state: nic.flags?.includes('up') === true ? ('up' as const) : ('down' as const) },
  };
  switch (type) {
    case 'veth':
      if (nic.link === undefined) return { type: 'ethernet', ...body };
      return { type: 'bridge', source: { bridge: nic.link }, ...body };
    case 'macvlan':
      if (nic.link === undefined) throw internalError('a network of type macvlan needs a link');
      return { type: 'direct', source: { dev: nic.link, mode: macvlanMode(nic['macvlan.mode']) }, ...body };
    default:
      return { type: 'user', ...body };
  }
}

function macvlanMode(mode = 'private'): 'private' | 'bridge' | 'vepa' {
  return mode === 'private' || mode === 'bridge' ? mode : 'vepa';
}
