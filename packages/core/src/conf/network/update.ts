import {
  ErrorCode,
  ErrorDomain,
  LibvirtError,
  NetworkUpdateCommand,
  NetworkUpdateSection,
  parseIp,
} from '../../util/index.js';
import { confContext, mac, readXml, type XmlNode } from '../xml/index.js';
import { dnsHost, dnsSrv, dnsTxt, type NetworkDns } from './dns.js';
import { dhcpHost, type DhcpHost, dhcpRange, type NetworkDhcp, type NetworkIp } from './ip.js';
import { formatNetwork, type NetworkDef, parseNetwork, portGroup } from './network-def.js';
import { checkDnsHost, checkDnsSrv, checkDnsTxt } from './post-parse-dns.js';
import { checkDhcpHost, checkDhcpRange } from './post-parse-ip.js';
import { networkError } from './problems.js';

const raise =
  (code: ErrorCode) =>
  (detail: string): LibvirtError =>
    new LibvirtError(code, ErrorDomain.NETWORK, detail);
const invalid = raise(ErrorCode.OPERATION_INVALID);
const unsupported = raise(ErrorCode.OPERATION_UNSUPPORTED);

const { ADD_FIRST, ADD_LAST, DELETE, MODIFY } = NetworkUpdateCommand;
const context = confContext();

/** What one change is about; the entry need not be complete unless it is to be added. */
interface Change {
  readonly def: NetworkDef;
  readonly command: number;
  readonly parentIndex: number;
  readonly node: XmlNode;
}

/** Sections that can be changed: the element that is given, and what is done with it. */
const SECTIONS: Readonly<Record<number, readonly [element: string, apply: (change: Change) => void]>> = {
  [NetworkUpdateSection.IP_DHCP_HOST]: ['host', updateDhcpHost],
  [NetworkUpdateSection.IP_DHCP_RANGE]: ['range', updateDhcpRange],
  [NetworkUpdateSection.FORWARD_INTERFACE]: ['interface', updateForwardInterface],
  [NetworkUpdateSection.PORTGROUP]: ['portgroup', updatePortGroup],
  [NetworkUpdateSection.DNS_HOST]: ['host', updateDnsHost],
  [NetworkUpdateSection.DNS_TXT]: ['txt', updateDnsTxt],
  [NetworkUpdateSection.DNS_SRV]: ['srv', updateDnsSrv],
};

/** Sections of records, whatever is given: these cannot be modified. */
const UNKEYED: Readonly<Record<number, string>> = {
  [NetworkUpdateSection.DNS_HOST]: 'DNS HOST records',
  [NetworkUpdateSection.DNS_TXT]: 'DNS TXT records',
  [NetworkUpdateSection.DNS_SRV]: 'DNS SRV records',
};

/** Sections that libvirt knows of but does not change. */
const FIXED: Readonly<Record<number, string>> = {
  [NetworkUpdateSection.BRIDGE]: 'bridge',
  [NetworkUpdateSection.DOMAIN]: 'domain',
  [NetworkUpdateSection.IP]: 'ip',
  [NetworkUpdateSection.FORWARD]: 'forward',
  [NetworkUpdateSection.FORWARD_PF]: 'forward pf',
};

/** virNetworkDefUpdateSection: the definition with one entry added, changed or removed; `def` stays as it is. */
export function updateNetwork(
  def: NetworkDef,
  command: number,
  section: number,
  parentIndex: number,
  xml: string,
): NetworkDef {
  const node = readXml(xml, 'network_update_xml');
  const fixed = FIXED[section];
  if (fixed !== undefined) throw unsupported(`can't update '${fixed}' section of network '${def.name}'`);
  const [element, apply] = SECTIONS[section] ?? [];
  if (element === undefined || apply === undefined) throw unsupported("can't update unrecognized section of network");
  if (UNKEYED[section] !== undefined) refuseModify(command, UNKEYED[section]);
  if (node.name !== element)
    throw networkError(
      `unexpected element <${node.name}>, expecting <${element}>, while updating network '${def.name}'`,
    );
  const changed = structuredClone(def);
  apply({ def: changed, command, parentIndex, node });
  // Through its document: what the definition as a whole must hold to is checked as for a new one.
  return parseNetwork(formatNetwork(changed));
}

const isAdd = (command: number): boolean => command === ADD_FIRST || command === ADD_LAST;

function insert<T>(list: T[], item: T, command: number): void {
  if (command === ADD_FIRST) list.unshift(item);
  else list.push(item);
}

const unknownCommand = (command: number): LibvirtError =>
  unsupported(`unrecognized network update command code ${command}`);

/** For sections whose entries have no key: they are added or deleted, never modified. */
function refuseModify(command: number, what: string): void {
  if (command === MODIFY) throw unsupported(`${what} cannot be modified, only added or deleted`);
}

/** The `<ip>` that an entry belongs to: by index, else the first with DHCP, else the first. */
function ipOf({ def, parentIndex }: Change, what: string): NetworkIp {
  const wanted =
    parentIndex >= 0
      ? def.ip[parentIndex]
      : (def.ip.find(({ dhcp }) => dhcp !== undefined && dhcp.range.length + dhcp.host.length > 0) ?? def.ip[0]);
  if (wanted !== undefined) return wanted;
  const where = parentIndex >= 0 ? ` at index ${parentIndex}` : '';
  throw invalid(`couldn't update ${what} entry - no <ip> element found${where} in network '${def.name}'`);
}

const isIpv6 = ({ address }: Pick<NetworkIp, 'address'>): boolean => parseIp(address ?? '')?.family === 6;

/** The DHCP part of an `<ip>` that an entry is to be added to; there is one for each address family. */
function dhcpFor({ def }: Change, ip: NetworkIp): NetworkDhcp {
  if (ip.dhcp !== undefined) return ip.dhcp;
  const family = isIpv6(ip);
  const taken = def.ip.some((other) => other !== ip && isIpv6(other) === family && other.dhcp !== undefined);
  if (taken) throw invalid(`dhcp is supported only for a single IPv${family ? 6 : 4} address on each network`);
  return (ip.dhcp = { range: [], host: [] });
}

const sameText = (a: string | undefined, b: string | undefined): boolean => a !== undefined && a === b;

const macOf = ({ mac: text }: DhcpHost): string | undefined => (text === undefined ? undefined : mac.parse(text));

function updateDhcpHost(change: Change): void {
  const { def, command, node } = change;
  const ip = ipOf(change, 'dhcp host');
  const host = dhcpHost.decode(node, context);
  const partial = command === DELETE;
  checkDhcpHost(host, isIpv6(ip), def.name, partial);
  if (!partial && isIpv6(ip) !== isIpv6({ address: host.ip as string }))
    throw invalid("the address family of a host entry IP must match the address family of the dhcp element's parent");
  const own = macOf(host);
  const hosts = ip.dhcp?.host ?? [];
  // One thing in common makes it the same host; to remove one, all that is said must be so.
  const like = (other: DhcpHost): boolean =>
    sameText(own, macOf(other)) || sameText(host.name, other.name) || sameText(host.ip, other.ip);
  switch (command) {
    case MODIFY: {
      const at = hosts.findIndex(like);
      if (at < 0)
        throw invalid(
          `couldn't locate an existing dhcp host entry with "mac='${host.mac ?? ''}'" "name='${host.name ?? ''}'" "ip='${host.ip ?? ''}'" in network '${def.name}'`,
        );
      hosts[at] = host;
      return;
    }
    case ADD_FIRST:
    case ADD_LAST: {
      const dhcp = dhcpFor(change, ip);
      if (hosts.some(like))
        throw invalid(
          `there is an existing dhcp host entry in network '${def.name}' that matches "<host mac='${host.mac ?? 'unknown'}' name='${host.name ?? ''}' ip='${host.ip ?? ''}'/>"`,
        );
      insert(dhcp.host, host, command);
      return;
    }
    case DELETE: {
      const at = hosts.findIndex(
        (other) =>
          (own === undefined || macOf(other) === own) &&
          (host.name === undefined || other.name === host.name) &&
          (host.ip === undefined || other.ip === host.ip),
      );
      if (at < 0) throw invalid(`couldn't locate a matching dhcp host entry in network '${def.name}'`);
      hosts.splice(at, 1);
      return;
    }
    default:
      throw unknownCommand(command);
  }
}

function updateDhcpRange(change: Change): void {
  const { def, command, node } = change;
  const ip = ipOf(change, 'dhcp range');
  refuseModify(command, 'dhcp ranges');
  const range = dhcpRange.decode(node, context);
  checkDhcpRange(range, ip, def.name);
  const ranges = ip.dhcp?.range ?? [];
  const at = ranges.findIndex(({ start, end }) => start === range.start && end === range.end);
  if (isAdd(command)) {
    const dhcp = dhcpFor(change, ip);
    if (at >= 0)
      throw invalid(
        `there is an existing dhcp range entry in network '${def.name}' that matches "<range start='${range.start}' end='${range.end}'/>"`,
      );
    insert(dhcp.range, range, command);
  } else if (command === DELETE) {
    if (at < 0) throw invalid(`couldn't locate a matching dhcp range entry in network '${def.name}'`);
    ranges.splice(at, 1);
  } else throw unknownCommand(command);
}

function updateForwardInterface({ def, command, node }: Change): void {
  refuseModify(command, 'forward interface entries');
  const { dev } = node.attrs;
  if (dev === undefined) throw networkError(`missing dev attribute in <interface> element`);
  const interfaces = def.forward?.interface ?? [];
  const at = interfaces.findIndex((one) => one.dev === dev);
  if (isAdd(command)) {
    if (at >= 0)
      throw invalid(
        `there is an existing interface entry in network '${def.name}' that matches "<interface dev='${dev}'>"`,
      );
    insert(interfaces, { dev }, command);
  } else if (command === DELETE) {
    if (at < 0)
      throw invalid(`couldn't find an interface entry in network '${def.name}' matching <interface dev='${dev}'>`);
    interfaces.splice(at, 1);
  } else throw unknownCommand(command);
  if (def.forward === undefined) return;
  const [first] = interfaces;
  if (first?.dev === undefined) {
    delete def.forward.interface;
    delete def.forward.dev;
  } else Object.assign(def.forward, { interface: interfaces, dev: first.dev });
}

function updatePortGroup({ def, command, node }: Change): void {
  const group = portGroup.decode(node, context);
  const groups = def.portgroup;
  const at = groups.findIndex(({ name }) => name === group.name);
  if (at < 0 && (command === MODIFY || command === DELETE))
    throw invalid(`couldn't find a portgroup entry in network '${def.name}' matching <portgroup name='${group.name}'>`);
  if (at >= 0 && isAdd(command))
    throw invalid(
      `there is an existing portgroup entry in network '${def.name}' that matches "<portgroup name='${group.name}'>"`,
    );
  const other = groups.some((one, i) => i !== at && one.default === true);
  if (command !== DELETE && group.default === true && other)
    throw invalid(
      `a different portgroup entry in network '${def.name}' is already set as the default. Only one default is allowed.`,
    );
  if (command === MODIFY) groups[at] = group;
  else if (isAdd(command)) insert(groups, group, command);
  else if (command === DELETE) groups.splice(at, 1);
  else throw unknownCommand(command);
}

const dnsOf = (def: NetworkDef): NetworkDns => (def.dns ??= { forwarder: [], txt: [], srv: [], host: [] });

function updateDnsHost({ def, command, node }: Change): void {
  const host = dnsHost.decode(node, context);
  checkDnsHost(host, def.name, { partial: !isAdd(command) });
  const hosts = dnsOf(def).host;
  // Addresses may share a name, so that is no reason not to add one; but to say which is to go, either will do.
  const sharesName = (names: readonly string[] = []): boolean =>
    host.hostname?.some((name) => names.includes(name)) === true;
  const found = hosts.filter((other) => sameText(host.ip, other.ip) || (!isAdd(command) && sharesName(other.hostname)));
  if (isAdd(command)) {
    if (found.length > 0)
      throw invalid(`there is already at least one DNS HOST record with a matching field in network ${def.name}`);
    insert(hosts, host, command);
  } else remove(hosts, found, command, 'DNS HOST', def.name);
}

function updateDnsTxt({ def, command, node }: Change): void {
  const txt = dnsTxt.decode(node, context);
  checkDnsTxt(txt, def.name, { partial: !isAdd(command) });
  const records = dnsOf(def).txt;
  const found = records.filter(
    ({ name, value }) => name === txt.name && (isAdd(command) || txt.value === undefined || value === txt.value),
  );
  if (isAdd(command)) {
    if (found.length > 0)
      throw invalid(`there is already a DNS TXT record with name '${txt.name}' in network ${def.name}`);
    insert(records, txt, command);
  } else remove(records, found, command, 'DNS TXT', def.name);
}

/** What makes a record of a service another one; its numbers do not. */
const SRV_KEY = ['domain', 'service', 'protocol', 'target'] as const;

function updateDnsSrv({ def, command, node }: Change): void {
  const srv = dnsSrv.decode(node, context);
  checkDnsSrv(srv, def.name, { partial: !isAdd(command) });
  const records = dnsOf(def).srv;
  const found = records.filter((other) => SRV_KEY.every((key) => srv[key] === undefined || other[key] === srv[key]));
  if (isAdd(command)) {
    if (found.length > 0)
      throw invalid(
        `there is already at least one DNS SRV record matching all specified fields in network ${def.name}`,
      );
    insert(records, srv, command);
  } else remove(records, found, command, 'DNS SRV', def.name);
}

/** Removes the one record that was meant. */
function remove<T>(records: T[], found: readonly T[], command: number, what: string, network: string): void {
  if (command !== DELETE) throw unknownCommand(command);
  const [only, another] = found;
  if (only === undefined) throw invalid(`couldn't locate a matching ${what} record in network ${network}`);
  if (another !== undefined) throw invalid(`multiple matching ${what} records were found in network ${network}`);
  records.splice(records.indexOf(only), 1);
}
