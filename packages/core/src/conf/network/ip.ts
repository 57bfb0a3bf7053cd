import { ErrorCode, ErrorDomain, LibvirtError } from '../../util/index.js';
import {
  attr,
  attrOr,
  child,
  elementOf,
  list,
  oneOf,
  str,
  uint,
  ulong,
  type XmlNode,
  yesNo,
  part,
} from '../xml/index.js';

/** virNetworkDHCPLeaseTimeDef */
export interface DhcpLease {
  expiry: number;
  /** Absent where the lease never ends. */
  unit?: 'seconds' | 'minutes' | 'hours';
}

/** virNetworkDHCPRangeDef */
export interface DhcpRange {
  start?: string;
  end?: string;
  lease?: DhcpLease;
}

/** virNetworkDHCPHostDef: a fixed address, by MAC, client id or host name. */
export interface DhcpHost {
  id?: string;
  mac?: string;
  name?: string;
  ip?: string;
  lease?: DhcpLease;
}

export interface DhcpBootp {
  file?: string;
  server?: string;
}

export interface NetworkDhcp {
  range: DhcpRange[];
  host: DhcpHost[];
  bootp?: DhcpBootp;
}

/** virNetworkIPDef */
export interface NetworkIp {
  family?: string;
  address?: string;
  netmask?: string;
  prefix?: number;
  localPtr?: boolean;
  tftp?: { root?: string };
  dhcp?: NetworkDhcp;
}

const SECONDS = { seconds: 1, minutes: 60, hours: 3600 } as const;

const lease = elementOf<DhcpLease>(
  'lease',
  { expiry: attrOr(ulong, 0), unit: attr(oneOf('seconds', 'minutes', 'hours')) },
  {
    after(model) {
      if (model.expiry === 0) delete model.unit;
      else model.unit ??= 'minutes';
    },
  },
);

/** Raises CONFIG_UNSUPPORTED for a time that is shorter than dnsmasq can do. */
export function checkLease(model: DhcpLease | undefined): void {
  if (model === undefined) return;
  const seconds = model.expiry * SECONDS[model.unit ?? 'minutes'];
  if (seconds !== 0 && seconds < 120)
    throw new LibvirtError(
      ErrorCode.CONFIG_UNSUPPORTED,
      ErrorDomain.NETWORK,
      'The minimum lease time should be greater than 2 minutes',
    );
}

/** What `<lease expiry='0'/>` means: never; an absent expiry means that there is no lease. */
function leaseOf(model: { lease?: DhcpLease }, node: XmlNode): void {
  const element = node.children.find((one) => one.name === 'lease');
  if (element !== undefined && element.attrs.expiry === undefined) delete model.lease;
}

export const dhcpRange = elementOf<DhcpRange>(
  'range',
  { start: attr(str), end: attr(str), lease: child(lease) },
  { after: leaseOf },
);

export const dhcpHost = elementOf<DhcpHost>(
  'host',
  { id: attr(str), mac: attr(str), name: attr(str), ip: attr(str), lease: child(lease) },
  { after: leaseOf },
);

const dhcp = elementOf<NetworkDhcp>(
  'dhcp',
  {
    range: list(dhcpRange),
    host: list(dhcpHost),
    bootp: child(part('bootp', { file: attr(str), server: attr(str) }, { omitEmpty: true })),
  },
  { before: (model) => (model.range.length + model.host.length > 0 ? model : undefined) },
);

export const networkIp = elementOf<NetworkIp>(
  'ip',
  {
    family: attr(str),
    address: attr(str),
    netmask: attr(str),
    prefix: attr(uint),
    localPtr: attr(yesNo),
    tftp: child(part('tftp', { root: attr(str) }, { omitEmpty: true })),
    dhcp: child(dhcp),
  },
  { keepOpen: true, before: (model) => (model.prefix === 0 ? { ...model, prefix: undefined as never } : model) },
);

/** virNetDevIPRoute as networks have it */
export interface NetworkRoute {
  family?: string;
  address?: string;
  netmask?: string;
  prefix?: number;
  gateway?: string;
  metric?: number;
}
