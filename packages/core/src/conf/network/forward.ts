import { emptyIs } from '../common/index.js';
import {
  attr,
  attrOr,
  child,
  custom,
  elementOf,
  hex,
  list,
  oneOf,
  optList,
  part,
  str,
  uint,
  yesNo,
} from '../xml/index.js';
import { networkUnsupported } from './problems.js';

export type ForwardMode = 'nat' | 'route' | 'open' | 'bridge' | 'private' | 'vepa' | 'passthrough' | 'hostdev' | 'none';

/** virNetworkForwardIfDef of a device in the network's pool; `connections` counts its users. */
export interface ForwardInterface {
  dev?: string;
  connections?: number;
}

/** virNetworkForwardIfDef of a PCI device in the network's pool */
export interface ForwardAddress {
  type?: string;
  domain?: number;
  bus?: number;
  slot?: number;
  function?: number;
  connections?: number;
}

export interface ForwardNat {
  ipv6?: boolean;
  address: { start?: string; end?: string }[];
  port: { start?: string; end?: string }[];
}

/** virNetworkForwardDef */
export interface NetworkForward {
  dev?: string;
  mode: ForwardMode;
  managed?: boolean;
  driver?: { name?: string };
  nat?: ForwardNat[];
  pf?: ForwardInterface[];
  interface?: ForwardInterface[];
  address?: ForwardAddress[];
}

const MODES = ['none', 'nat', 'route', 'open', 'bridge', 'private', 'vepa', 'passthrough', 'hostdev'] as const;

const nat = elementOf<ForwardNat>(
  'nat',
  {
    ipv6: attr(yesNo),
    address: list(part('address', { start: attr(str), end: attr(str) })),
    port: list(part('port', { start: attr(str), end: attr(str) })),
  },
  { omitEmpty: true },
);

const connections = attr(uint).when('live');

const pooled = (name: string) => elementOf<ForwardInterface>(name, { dev: attr(str), connections });

const address = elementOf<ForwardAddress>('address', {
  type: attr(str),
  domain: attr(hex(4)),
  bus: attr(hex(2)),
  slot: attr(hex(2)),
  function: attr(hex(1)),
  connections,
});

export const networkForward = elementOf<NetworkForward>('forward', {
  dev: attr(str),
  mode: attrOr(emptyIs(oneOf(...MODES), 'nat'), 'nat', {
    invalid: (value) => networkUnsupported(`unknown forwarding type '${value}'`),
  }),
  managed: custom<boolean>({
    reason: 'any word but yes means no',
    covers: { attributes: ['managed'] },
    decode: (node) => (node.attrs.managed === undefined ? undefined : node.attrs.managed.toLowerCase() === 'yes'),
    attrs: (value) => ` managed='${value ? 'yes' : 'no'}'`,
  }),
  driver: child(part('driver', { name: attr(str) }, { omitEmpty: true })),
  nat: optList(nat),
  pf: optList(pooled('pf')),
  interface: optList(pooled('interface')),
  address: optList(address),
});
