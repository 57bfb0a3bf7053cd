import { ErrorDomain, type LibvirtError } from '../../util/index.js';
import { emptyIs, nameField, oneOfEachNamespace, uuidField } from '../common/index.js';
import {
  attr,
  child,
  type ConfContext,
  confContext,
  custom,
  elementOf,
  formatDocument,
  list,
  long,
  nonEmpty,
  oneOf,
  parseDocument,
  part,
  positive,
  raw,
  refined,
  req,
  str,
  uint,
  yesNo,
} from '../xml/index.js';
import { bandwidth, type Bandwidth } from './bandwidth.js';
import { type NetworkDns, networkDns } from './dns.js';
import { dnsmasqOptions, type DnsmasqOptions } from './dnsmasq-namespace.js';
import { type NetworkForward, networkForward } from './forward.js';
import { type NetworkIp, networkIp, type NetworkRoute } from './ip.js';
import { postParseNetwork } from './post-parse.js';
import { networkError } from './problems.js';
import { virtualPort, type VirtualPort, virtualPortWith } from './virtual-port.js';
import { vlan, type Vlan } from './vlan.js';

/** virNetworkDef's bridge */
export interface NetworkBridge {
  name?: string;
  zone?: string;
  stp?: boolean;
  /** Seconds. */
  delay?: number;
  macTableManager?: 'kernel' | 'libvirt';
}

/** virPortGroupDef */
export interface PortGroup {
  name: string;
  default?: true;
  trustGuestRxFilters?: boolean;
  vlan?: Vlan;
  virtualport?: VirtualPort;
  bandwidth?: Bandwidth;
}

/** virNetworkDef */
export interface NetworkDef {
  /** How many guest interfaces use the network now. */
  connections?: number;
  ipv6?: boolean;
  trustGuestRxFilters?: boolean;
  name: string;
  uuid: string;
  metadata?: string;
  forward?: NetworkForward;
  bridge?: NetworkBridge;
  mtu?: { size?: number };
  mac?: { address?: string };
  domain?: { name?: string; localOnly?: boolean };
  dns?: NetworkDns;
  vlan?: Vlan;
  bandwidth?: Bandwidth;
  port?: { isolated?: boolean };
  ip: NetworkIp[];
  route: NetworkRoute[];
  virtualport?: VirtualPort;
  portgroup: PortGroup[];
  dnsmasq?: DnsmasqOptions;
}

const unnamedGroup = (): LibvirtError => networkError('Missing required name attribute in portgroup');

export const portGroup = elementOf<PortGroup>(
  'portgroup',
  {
    name: req(nonEmpty, { missing: unnamedGroup, invalid: unnamedGroup }),
    default: custom<true>({
      reason: 'any word but yes means no',
      covers: { attributes: ['default'] },
      decode: (node) => (node.attrs.default?.toLowerCase() === 'yes' ? true : undefined),
      attrs: () => " default='yes'",
    }),
    trustGuestRxFilters: attr(yesNo),
    vlan: child(vlan),
    virtualport: child(virtualPortWith({ optionalType: true })),
    bandwidth: child(bandwidth),
  },
  {
    keepOpen: true,
  },
);

const invalid = (problem: (value: string) => string) => ({ invalid: (value: string) => networkError(problem(value)) });

/** The same for an attribute of which an empty value says nothing. */
const fromXPath = (problem: (value: string) => string) => ({ ...invalid(problem), emptyIsAbsent: true });

const bridge = elementOf<NetworkBridge>(
  'bridge',
  {
    name: attr(str, { emptyIsAbsent: true }),
    zone: attr(str),
    stp: custom<boolean>({
      reason: 'any word but off means on',
      covers: { attributes: ['stp'] },
      decode: (node) => (node.attrs.stp === undefined ? undefined : node.attrs.stp !== 'off'),
      attrs: (value) => ` stp='${value ? 'on' : 'off'}'`,
    }),
    delay: attr(
      emptyIs(
        refined(long, (value) => (value < 0 ? undefined : value)),
        0,
      ),
      invalid(() => 'Invalid bridge delay value in network'),
    ),
    macTableManager: attr(
      oneOf('kernel', 'libvirt'),
      fromXPath((value) => `Invalid macTableManager setting '${value}' in network`),
    ),
  },
  { omitEmpty: true },
);

const route = elementOf<NetworkRoute>('route', {
  family: attr(str),
  address: attr(str),
  netmask: attr(str),
  prefix: attr(uint),
  gateway: attr(str),
  metric: attr(positive),
});

export const network = elementOf<NetworkDef>(
  'network',
  {
    connections: attr(uint).when('live'),
    ipv6: attr(
      yesNo,
      fromXPath((value) => `Invalid ipv6 setting '${value}' in network`),
    ),
    trustGuestRxFilters: attr(yesNo),
    name: nameField(ErrorDomain.NETWORK, '/'),
    uuid: uuidField(ErrorDomain.NETWORK),
    metadata: raw({ prepare: oneOfEachNamespace }),
    forward: child(networkForward),
    bridge: child(bridge),
    mtu: child(
      part(
        'mtu',
        {
          size: attr(
            uint,
            fromXPath((value) => `Invalid mtu size '${value}' in network`),
          ),
        },
        { omitEmpty: true, before: (model) => (model.size === 0 ? undefined : model) },
      ),
    ),
    mac: child(part('mac', { address: attr(str) }, { omitEmpty: true })),
    domain: child(
      part(
        'domain',
        { name: attr(str), localOnly: attr(yesNo) },
        { before: (d) => (d.name === undefined ? undefined : d) },
      ),
    ),
    dns: child(networkDns),
    vlan: child(vlan),
    bandwidth: child(bandwidth),
    port: child(part('port', { isolated: attr(yesNo) }, { omitEmpty: true })),
    ip: list(networkIp),
    route: list(route),
    virtualport: child(virtualPort),
    portgroup: list(portGroup),
    dnsmasq: dnsmasqOptions,
  },
  {
    before: ({ ipv6, forward, ...rest }) => ({
      ...rest,
      ...(ipv6 === true && { ipv6 }),
      ...(forward !== undefined && forward.mode !== 'none' && { forward }),
    }),
  },
);

/** virNetworkDefParse: grammar, defaults and the checks that no driver may relax. */
export function parseNetwork(text: string, context: ConfContext = confContext()): NetworkDef {
  return postParseNetwork(parseDocument(network, text, context));
}

/** virNetworkDefFormat */
export function formatNetwork(def: NetworkDef, context: ConfContext = confContext()): string {
  return formatDocument(network, def, context);
}
