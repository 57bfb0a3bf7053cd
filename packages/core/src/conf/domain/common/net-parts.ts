import { isIPv6 } from 'node:net';
import {
  attr,
  child,
  type ElementCodec,
  elementOf,
  type Field,
  oneOf,
  part,
  positive,
  refined,
  req,
  str,
  uint,
  yesNo,
} from '../../xml/index.js';
import { formatIp, parseIp } from '../../../util/index.js';
import { filterParameters } from '../../nwfilter/filter-ref.js';
import { unsupported, wrong } from './problems.js';

/** An address is kept in its usual form; what is none is refused later. */
const usual = refined(str, (text) => {
  const ip = parseIp(text);
  return ip === undefined ? text : formatIp(ip);
});

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
    address: req(usual),
    family: attr(str) as never,
    prefix: attr(uint, { unset: 0 }),
    peer: attr(usual),
  },
  {
    after(model) {
      const found = isIPv6(model.address) ? 'ipv6' : 'ipv4';
      const { family = found } = model;
      if ((family === 'ipv4' || family === 'ipv6') && family !== found)
        throw wrong(`Invalid address '${model.address}' in <ip>: it is not of family '${family}'`);
      model.family = found;
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
  address: req(usual),
  netmask: attr(usual),
  prefix: attr(uint),
  gateway: req(usual),
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
  filter: attr(str) as Field<string, true> as never,
  parameter: filterParameters,
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
const badTeaming = { invalid: (value: string) => unsupported(`unknown teaming type '${value}'`) };
export const teaming = child(
  elementOf<TeamingDef>(
    'teaming',
    {
      type: attr(oneOf('persistent', 'transient'), { ...badTeaming, emptyIsAbsent: true }) as never,
      persistent: attr(str),
    },
    {
      after({ type, persistent }: Partial<TeamingDef>) {
        if (type === undefined && persistent !== undefined) throw badTeaming.invalid('');
      },
    },
  ),
  { emptyIsAbsent: true },
);
