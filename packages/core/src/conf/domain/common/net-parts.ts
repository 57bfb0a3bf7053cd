import { isIPv6 } from 'node:net';
import {
  attr,
  child,
  type ElementCodec,
  elementOf,
  list,
  oneOf,
  part,
  positive,
  req,
  str,
  uint,
  yesNo,
} from '../../xml/index.js';
import { refusedAs } from './problems.js';

/** virNetDevIPAddr */
export interface IpAddressDef {
  address: string;
  family?: 'ipv4' | 'ipv6';
  prefix?: number;
  peer?: string;
}

export const ipAddress: ElementCodec<IpAddressDef> = elementOf<IpAddressDef>(
  'ip',
  {
    address: req(str),
    family: attr(str) as never,
    prefix: attr(uint, { unset: 0 }),
    peer: attr(str),
  },
  {
    after(model) {
      model.family = isIPv6(model.address) ? 'ipv6' : 'ipv4';
    },
  },
);

/** virNetDevIPRoute */
export interface RouteDef {
  family?: 'ipv4' | 'ipv6';
  address: string;
  netmask?: string;
  prefix?: number;
  gateway: string;
  metric?: number;
}

export const route: ElementCodec<RouteDef> = elementOf<RouteDef>('route', {
  family: attr(oneOf('ipv4', 'ipv6')),
  address: req(str),
  netmask: attr(str),
  prefix: attr(uint),
  gateway: req(str),
  metric: attr(positive),
});

/** virNetworkPortOptions */
export interface PortOptionsDef {
  isolated?: boolean;
}

export const portOptions = child(part('port', { isolated: attr(yesNo) }, { omitEmpty: true }));

export interface FilterRefDef {
  filter: string;
  parameter: { name: string; value: string }[];
}

export const filterRef: ElementCodec<FilterRefDef> = elementOf<FilterRefDef>('filterref', {
  filter: req(str),
  parameter: list(part('parameter', { name: req(str), value: req(str) })),
});

/** virNetDevCoalesce */
export const coalesce = child(
  part(
    'coalesce',
    {
      rx: child(
        part('rx', { frames: child(part('frames', { max: attr(uint) }, { omitEmpty: true })) }, { omitEmpty: true }),
      ),
    },
    { omitEmpty: true },
  ),
);

export interface TeamingDef {
  type: 'persistent' | 'transient';
  persistent?: string;
}
export const teaming = child(
  elementOf<TeamingDef>('teaming', {
    type: req(oneOf('persistent', 'transient'), refusedAs('unknown teaming type')),
    persistent: attr(str),
  }),
);
