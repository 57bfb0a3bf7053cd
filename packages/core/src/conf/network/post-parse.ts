import { formatPci } from '../common/index.js';
import type { ForwardAddress, NetworkForward } from './forward.js';
import type { NetworkDef, NetworkBridge } from './network-def.js';
import { postParseDns } from './post-parse-dns.js';
import { checkAddressRange, postParseIp, postParseRoute } from './post-parse-ip.js';
import { networkError, networkUnsupported } from './problems.js';
import { ErrorCode, ErrorDomain, LibvirtError, parseIp, formatIp, type IpAddress } from '../../util/index.js';
import { mac, uint } from '../xml/index.js';

/** Modes in which the network has a bridge of its own. */
export const hasOwnBridge = (def: Pick<NetworkDef, 'forward'>): boolean =>
  ['none', 'nat', 'route', 'open'].includes(def.forward?.mode ?? 'none');

/** virNetworkDefParseXML's defaults and checks. Changes and returns `def`. */
export function postParseNetwork(def: NetworkDef): NetworkDef {
  checkMac(def);
  if (def.domain !== undefined && def.domain.name === undefined) delete def.domain;
  if (def.dns !== undefined) postParseDns(def.dns, def.name);
  for (const ip of def.ip) postParseIp(ip, def.name);
  for (const route of def.route) postParseRoute(route, def);
  if (def.forward !== undefined) postParseForward(def.forward, def.name);
  checkMode(def);
  if (hasOwnBridge(def)) def.bridge = { ...defined(def.bridge), ...ownBridge(def.bridge) };
  return def;
}

const defined = (bridge: NetworkBridge | undefined): NetworkBridge => {
  const { name, zone } = bridge ?? {};
  return { ...(name && { name }), ...(zone && { zone }) };
};

function ownBridge(bridge: NetworkBridge | undefined): NetworkBridge {
  const { stp = true, delay = 0, macTableManager } = bridge ?? {};
  return { stp, delay, ...(macTableManager && { macTableManager }) };
}

function checkMac(def: NetworkDef): void {
  const text = def.mac?.address;
  if (def.mac === undefined) return;
  if (!text) {
    delete def.mac;
    return;
  }
  const address = mac.parse(text);
  if (address === undefined) throw networkError(`Invalid bridge mac address '${text}' in network '${def.name}'`);
  if (parseInt(address.slice(0, 2), 16) & 1)
    throw networkError(`Invalid multicast bridge mac address '${text}' in network '${def.name}'`);
  def.mac.address = address;
}

function postParseForward(forward: NetworkForward, name: string): void {
  const { pf = [], interface: interfaces = [], address = [], nat = [] } = forward;
  if (forward.mode === 'hostdev') forward.managed ??= false;
  else delete forward.managed;
  const driver = forward.driver?.name;
  if (driver && !['kvm', 'vfio', 'xen'].includes(driver))
    throw networkUnsupported(`Unknown forward <driver name='${driver}'/> in network ${name}`);
  if (forward.dev === '') delete forward.dev;
  if (driver === '') delete forward.driver;
  if (nat.length > 1) throw networkError(`Only one <nat> element is allowed in <forward> of network ${name}`);
  if (nat.length === 1) postParseNat(forward, name);
  if (forward.dev !== undefined && (address.length > 0 || pf.length > 0))
    throw networkError(
      `the <forward> 'dev' attribute cannot be used when <address> or <pf> sub-elements are present in network ${name}`,
    );
  if (pf.length > 1) throw networkError(`Only one <pf> element is allowed in <forward> of network ${name}`);
  postParsePool(forward, interfaces, address, name);
}

function postParsePool(
  forward: NetworkForward,
  interfaces: NonNullable<NetworkForward['interface']>,
  address: readonly ForwardAddress[],
  name: string,
): void {
  if (interfaces.length > 0 || forward.dev !== undefined) {
    delete forward.pf;
    delete forward.address;
    const seen = new Set<string>();
    for (const { dev } of interfaces) {
      if (dev === undefined)
        throw networkError(`Missing required dev attribute in <forward> <interface> element of network ${name}`);
      if (seen.size === 0 && forward.dev !== undefined && forward.dev !== dev)
        throw networkError(
          `<forward dev='${forward.dev}'> must match first <interface dev='${dev}'/> in network ${name}`,
        );
      if (seen.has(dev)) throw networkError(`interface '${dev}' can only be listed once in network ${name}`);
      seen.add(dev);
    }
    if (interfaces.length === 0) forward.interface = [{ dev: forward.dev as string }];
    forward.dev = (forward.interface as { dev: string }[])[0]?.dev as string;
  } else if (address.length > 0) {
    delete forward.pf;
    const seen = new Set<string>();
    for (const one of address) checkForwardAddress(one, name, seen);
  } else if (forward.pf !== undefined && forward.pf[0]?.dev === undefined)
    throw networkError(`Missing required dev attribute in <pf> element of network '${name}'`);
}

function checkForwardAddress(address: ForwardAddress, name: string, seen: Set<string>): void {
  if (address.type === undefined) throw networkError(`missing address type in network ${name}`);
  if (address.type !== 'pci') throw networkUnsupported(`unknown address type '${address.type}' in network ${name}`);
  const pci = { domain: 0, bus: 0, slot: 0, function: 0, ...address };
  Object.assign(address, pci);
  if (pci.bus > 0xff)
    throw new LibvirtError(
      ErrorCode.XML_ERROR,
      ErrorDomain.NONE,
      `Invalid PCI address bus='0x${pci.bus.toString(16)}', must be <= 0xFF`,
    );
  const text = formatPci(pci);
  if (seen.has(text)) throw networkError(`PCI device '${text}' can only be listed once in network ${name}`);
  seen.add(text);
}

const NAT = 'in <nat> in <forward> in network';

function postParseNat(forward: NetworkForward, name: string): void {
  const nat = forward.nat?.[0];
  if (nat === undefined) return;
  if (forward.mode !== 'nat')
    throw networkError(`The <nat> element can only be used when <forward> 'mode' is 'nat' in network ${name}`);
  if (nat.address.length > 1) throw networkError(`Only one <address> element is allowed ${NAT} ${name}`);
  for (const address of nat.address) {
    for (const end of ['start', 'end'] as const) {
      const text = address[end];
      if (!text) {
        // One end alone says what the other is missing; which is named depends on which comes first.
        throw networkError(`missing '${end}' attribute in <address> element ${NAT} ${name}`);
      }
    }
    const ends: IpAddress[] = [];
    for (const end of ['start', 'end'] as const) {
      const ip = parseIp(address[end] as string);
      if (ip?.family !== 4) throw networkError(`Bad ipv4 ${end} address '${address[end]}' ${NAT} '${name}'`);
      address[end] = formatIp(ip);
      ends.push(ip);
    }
    const [start, end] = ends;
    if (start !== undefined && end !== undefined) checkAddressRange(start, end);
  }
  if (nat.port.length > 1) throw networkError(`Only one <port> element is allowed ${NAT} ${name}`);
  for (const port of nat.port) {
    for (const end of ['start', 'end'] as const) {
      const value = uint.parse(port[end] ?? '');
      if (value === undefined || value > 65535 || (end === 'end' && value < Number(port.start)))
        throw new LibvirtError(
          ErrorCode.XML_DETAIL,
          ErrorDomain.NETWORK,
          `Missing or invalid '${end}' attribute in <port> ${NAT} ${name}`,
        );
      port[end] = String(value);
    }
  }
  // Ports 0 to 0 are all there are, as without a range.
  nat.port = nat.port.filter(({ end }) => end !== '0');
}

/** What the modes do not go together with. */
function checkMode(def: NetworkDef): void {
  const { name, forward, bridge } = def;
  const mode = forward?.mode ?? 'none';
  const devices = (forward?.interface?.length ?? 0) + (forward?.address?.length ?? 0);
  switch (mode) {
    case 'none':
      break;
    case 'nat':
    case 'route':
    case 'open':
      if (def.ip.length === 0)
        throw networkError(`${mode} forwarding requested, but no IP address provided for network '${name}'`);
      if (devices > 1)
        throw networkError(`multiple forwarding interfaces specified for network '${name}', only one is supported`);
      if (mode === 'open' && devices > 0)
        throw networkError(`forward dev not allowed for network '${name}' with forward mode='open'`);
      break;
    default:
      if (mode !== 'bridge') {
        if (bridge?.name) throw networkError(`bridge name not allowed in ${mode} mode (network '${name}')`);
        if (bridge?.macTableManager)
          throw networkError(`bridge macTableManager setting not allowed in ${mode} mode (network '${name}')`);
      }
      if (bridge?.delay || bridge?.stp !== undefined || bridge?.zone)
        throw networkError(
          `bridge delay/stp/zone options only allowed in route, nat, and isolated mode, not in ${mode} (network '${name}')`,
        );
      if (mode === 'bridge' && bridge?.name && devices + (forward?.pf?.length ?? 0) > 0)
        throw networkError(
          `A network with forward mode='bridge' can specify a bridge name or a forward dev, but not both (network '${name}')`,
        );
  }
  if (def.mtu?.size && !hasOwnBridge(def))
    throw networkError(
      `mtu size only allowed in open, route, nat, and isolated mode, not in ${mode} (network '${name}')`,
    );
}
