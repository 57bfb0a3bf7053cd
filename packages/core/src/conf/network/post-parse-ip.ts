import {
  broadcastOf,
  ErrorCode,
  ErrorDomain,
  formatIp,
  inNetwork,
  type IpAddress,
  LibvirtError,
  maskPrefix,
  networkOf,
  parseIp,
  addressBits,
} from '../../util/index.js';
import { mac } from '../xml/index.js';
import {
  checkLease,
  type DhcpHost,
  type DhcpRange,
  type NetworkDhcp,
  type NetworkIp,
  type NetworkRoute,
} from './ip.js';
import type { NetworkDef } from './network-def.js';
import { networkError, networkUnsupported } from './problems.js';

/** The address that a default prefix is for: 8, 16 or 24 bits by its class, 64 bits for IPv6. */
export function ipPrefix(ip: NetworkIp): number | undefined {
  if (ip.prefix) return ip.prefix;
  if (ip.netmask !== undefined) {
    const mask = parseIp(ip.netmask);
    return mask && maskPrefix(mask);
  }
  const address = ip.address === undefined ? undefined : parseIp(ip.address);
  if (address === undefined) return undefined;
  if (address.family === 6) return 64;
  const first = Number(address.value >> 24n);
  return first < 128 ? 8 : first < 192 ? 16 : first < 224 ? 24 : undefined;
}

/** virNetworkIPDefParseXML */
export function postParseIp(ip: NetworkIp, name: string): void {
  if (!ip.address) throw networkError(`Missing required address attribute in network '${name}'`);
  const address = parseIp(ip.address);
  if (address === undefined) throw networkError(`Invalid address '${ip.address}' in network '${name}'`);
  checkFamily(ip, address, name);
  if (ip.netmask === '') delete ip.netmask;
  if (ip.netmask !== undefined) {
    const mask = parseIp(ip.netmask);
    if (mask === undefined) throw networkError(`Invalid netmask '${ip.netmask}' in network '${name}'`);
    if (address.family === 6)
      throw networkUnsupported(`netmask not allowed for IPv6 address '${ip.address}' in network '${name}'`);
    if (ip.prefix) throw networkUnsupported(`Network '${name}' IP address cannot have both a prefix and a netmask`);
    if (mask.family !== 4)
      throw networkUnsupported(
        `Invalid netmask '${ip.netmask}' for address '${ip.address}' in network '${name}' (both must be IPv4)`,
      );
    ip.netmask = formatIp(mask);
  }
  if (ip.prefix === 0) delete ip.prefix;
  ip.address = formatIp(address);
  if (ip.dhcp !== undefined) postParseDhcp(ip.dhcp, ip, address, name);
  if (ip.tftp === undefined) return;
  if (address.family === 6)
    throw networkUnsupported(`Unsupported <tftp> element in an IPv6 element in network '${name}'`);
  if (!ip.tftp.root) delete ip.tftp;
}

/** virNetworkDHCPDefParseXML: what is booted is only said to IPv4, and only if it says which file. */
function postParseDhcp(dhcp: NetworkDhcp, ip: NetworkIp, { family }: IpAddress, name: string): void {
  for (const range of dhcp.range) checkDhcpRange(range, ip, name);
  for (const host of dhcp.host) checkDhcpHost(host, family === 6, name);
  const { bootp } = dhcp;
  if (family === 6 || bootp?.file === undefined) delete dhcp.bootp;
  else if (bootp.server !== undefined) bootp.server = formatIp(socketAddress(bootp.server));
}

function checkFamily(ip: NetworkIp, address: IpAddress, name: string): void {
  if (ip.family === undefined || ip.family === '') {
    delete ip.family;
    if (address.family !== 4)
      throw networkUnsupported(`no family specified for non-IPv4 address '${ip.address}' in network '${name}'`);
  } else if (ip.family === 'ipv4') {
    if (address.family !== 4)
      throw networkUnsupported(`ipv4 family specified for non-IPv4 address '${ip.address}' in network '${name}'`);
  } else if (ip.family === 'ipv6') {
    if (address.family !== 6)
      throw networkUnsupported(`Family 'ipv6' specified for non-IPv6 address '${ip.address}' in network '${name}'`);
  } else throw networkError(`Unrecognized family '${ip.family}' in network '${name}'`);
  if ((ip.prefix ?? 0) > addressBits(address.family))
    throw networkUnsupported(`Invalid IPv${address.family} prefix '${ip.prefix}' in network '${name}'`);
}

const failed = (detail: string): LibvirtError => new LibvirtError(ErrorCode.INTERNAL_ERROR, ErrorDomain.NONE, detail);

/** virSocketAddrParse's own complaint */
function socketAddress(text: string): IpAddress {
  const ip = parseIp(text);
  if (ip === undefined)
    throw new LibvirtError(
      ErrorCode.SYSTEM_ERROR,
      ErrorDomain.NONE,
      `Cannot parse socket address '${text}': Name or service not known`,
    );
  return ip;
}

/** virNetworkDHCPRangeDefParseXML: a range of addresses within the network's own. */
export function checkDhcpRange(range: DhcpRange, ip: NetworkIp, name: string): void {
  if (range.start === undefined) throw networkError(`Missing 'start' attribute in dhcp range for network '${name}'`);
  const start = socketAddress(range.start);
  if (range.end === undefined) throw networkError(`Missing 'end' attribute in dhcp range for network '${name}'`);
  const end = socketAddress(range.end);
  [range.start, range.end] = [formatIp(start), formatIp(end)];
  checkAddressRange(start, end, ip);
  checkLease(range.lease);
}

/** virSocketAddrGetRange: whether there is such a range, in `ip`'s network if that is given. */
export function checkAddressRange(start: IpAddress, end: IpAddress, ip?: NetworkIp): void {
  const text = `${formatIp(start)} - ${formatIp(end)}`;
  if (start.family !== end.family) throw failed(`mismatch of address family in range ${text}`);
  if (ip !== undefined) checkWithin(start, end, ip, text);
  // The ends may differ in the last two bytes alone, wherever the range begins.
  if (start.value >> 16n !== end.value >> 16n) throw failed(`range ${text} is too large (> 65535)`);
  if (end.value < start.value) throw failed(`range ${text} is reversed `);
}

function checkWithin(start: IpAddress, end: IpAddress, ip: NetworkIp, text: string): void {
  const own = parseIp(ip.address as string) as IpAddress;
  if (start.family !== own.family)
    throw failed(`mismatch of address family in range ${text} for network ${ip.address}`);
  const prefix = ipPrefix(ip);
  if (prefix === undefined)
    throw failed(`bad prefix ${ip.prefix ?? 0} for network ${ip.address} when checking range ${text}`);
  const net = `${ip.address}/${prefix}`;
  if (!inNetwork(start, own, prefix) || !inNetwork(end, own, prefix))
    throw failed(`range ${text} is not entirely within network ${net}`);
  if (start.family !== 4) return;
  if (start.value === networkOf(own, prefix).value)
    throw failed(`start of range ${text} in network ${net} is the network address`);
  if (end.value === broadcastOf(own, prefix).value)
    throw failed(`end of range ${text} in network ${net} is the broadcast address`);
}

/** virNetworkDHCPHostDefParseXML; `partial` for one that only says which is to go. */
export function checkDhcpHost(host: DhcpHost, ipv6: boolean, name: string, partial = false): void {
  if (host.mac !== undefined) {
    const address = mac.parse(host.mac);
    if (ipv6)
      throw networkError(
        `Invalid to specify MAC address '${host.mac}' in network '${name}' IPv6 static host definition`,
      );
    if (address === undefined) throw networkError(`Cannot parse MAC address '${host.mac}' in network '${name}'`);
    if (parseInt(address.slice(0, 2), 16) & 1)
      throw networkError(`expected unicast mac address, found multicast '${host.mac}' in network '${name}'`);
  }
  if (host.id !== undefined) {
    const odd = /[^0-9a-fA-F:]/.exec(host.id)?.[0];
    if (odd !== undefined) throw networkError(`Invalid character '${odd}' in id '${host.id}' of network '${name}'`);
  }
  if (host.name !== undefined && !/^[a-zA-Z0-9]/.test(host.name))
    throw networkError(`Cannot use host name '${host.name}' in network '${name}'`);
  const address = host.ip === undefined ? undefined : parseIp(host.ip);
  if (host.ip !== undefined && address === undefined)
    throw networkError(`Invalid IP address in static host definition for network '${name}'`);
  if (partial) {
    if (host.mac === undefined && host.name === undefined && host.ip === undefined)
      throw networkError(
        `At least one of name, mac, or ip attribute must be specified for static host definition in network '${name}' `,
      );
  } else {
    if (ipv6 ? host.id === undefined && host.name === undefined : !host.mac && host.name === undefined)
      throw networkError(
        ipv6
          ? `Static host definition in IPv6 network '${name}' must have id or name attribute`
          : `Static host definition in IPv4 network '${name}' must have mac or name attribute`,
      );
    if (address === undefined) throw networkError(`Missing IP address in static host definition for network '${name}'`);
  }
  if (address !== undefined) host.ip = formatIp(address);
  checkLease(host.lease);
}

/** What a route says, in numbers. */
interface RouteNumbers {
  readonly address: IpAddress;
  readonly gateway: IpAddress;
  readonly mask: IpAddress | undefined;
}

/** virNetDevIPRouteCreate: raises XML_ERROR for a route that leads nowhere; `where` begins its message. */
export function checkRoute(route: Omit<NetworkRoute, 'metric'>, where: string): RouteNumbers {
  const problem = (detail: string): LibvirtError => networkError(`${where}: ${detail} in route definition`);
  if (!route.address) throw problem('Missing required address attribute');
  if (!route.gateway) throw problem('Missing required gateway attribute');
  const address = parseIp(route.address);
  if (address === undefined) throw problem(`Bad network address '${route.address}'`);
  const gateway = parseIp(route.gateway);
  if (gateway === undefined) throw problem(`Bad gateway address '${route.gateway}'`);
  const mask = route.netmask === undefined ? undefined : parseIp(route.netmask);
  if (route.netmask !== undefined && mask === undefined) throw problem(`Bad netmask address '${route.netmask}'`);
  checkRouteFamily(route, address, gateway, mask, problem);
  if (mask !== undefined && route.prefix !== undefined)
    throw networkError(`${where}: Route definition cannot have both a prefix and a netmask`);
  const bits = addressBits(address.family);
  if ((route.prefix ?? 0) > bits)
    throw networkError(`${where}: Invalid prefix ${route.prefix} specified in route definition, must be 0 - ${bits}`);
  const network = mask === undefined ? networkOf(address, route.prefix ?? 0).value : address.value & mask.value;
  if (network !== address.value)
    throw networkError(`${where}: Address '${route.address}' in route definition is not a network address`);
  return { address, gateway, mask };
}

/** Completes a network's static route, whose gateway must be in reach. */
export function postParseRoute(route: NetworkRoute, def: NetworkDef): void {
  const { address, gateway, mask } = checkRoute(route, def.name);
  if (!def.ip.some((ip) => reaches(ip, gateway)))
    throw networkUnsupported(`unreachable static route gateway '${route.gateway}' specified for network '${def.name}'`);
  route.address = formatIp(address);
  route.gateway = formatIp(gateway);
  if (mask !== undefined) route.netmask = formatIp(mask);
  else delete route.netmask;
}

function reaches(ip: NetworkIp, gateway: IpAddress): boolean {
  const own = parseIp(ip.address as string) as IpAddress;
  const prefix = ipPrefix(ip);
  return prefix !== undefined && inNetwork(gateway, own, prefix);
}

function checkRouteFamily(
  route: NetworkRoute,
  address: IpAddress,
  gateway: IpAddress,
  mask: IpAddress | undefined,
  problem: (detail: string) => LibvirtError,
): void {
  if (route.family === undefined || route.family === 'ipv4') {
    const word = route.family === undefined ? 'No family specified for' : 'IPv4 family specified for';
    if (address.family !== 4) throw problem(`${word} non-IPv4 address '${route.address}'`);
    if (gateway.family !== 4) throw problem(`${word} non-IPv4 gateway '${route.gateway}'`);
    if (mask !== undefined && mask.family !== 4) throw problem(`${word} non-IPv4 netmask '${route.netmask}'`);
  } else if (route.family === 'ipv6') {
    if (address.family !== 6) throw problem(`ipv6 family specified for non-IPv6 address '${route.address}'`);
    if (mask !== undefined) throw problem(`Specifying netmask invalid for IPv6 address '${route.address}'`);
    if (gateway.family !== 6) throw problem(`ipv6 specified for non-IPv6 gateway address '${route.gateway}'`);
  } else throw problem(`Unrecognized family '${route.family}'`);
}
