import { isIP } from 'node:net';
import { attr, type ElementCodec, elementOf, oneOf, optList, part, req, str, uint, yesNo } from '../../xml/index.js';
import { wrong } from './problems.js';

export interface PortRangeDef {
  start: number;
  end?: number;
  /** The guest's first port, if it is not the host's. */
  to?: number;
  exclude?: boolean;
}

/** virDomainNetPortForward: ports of the host that lead to the guest. */
export interface PortForwardDef {
  proto: 'tcp' | 'udp';
  address?: string;
  dev?: string;
  range?: PortRangeDef[];
}

export const portForward: ElementCodec<PortForwardDef> = elementOf<PortForwardDef>(
  'portForward',
  {
    proto: req(oneOf('tcp', 'udp')),
    address: attr(str),
    dev: attr(str),
    range: optList(part('range', { start: req(uint), end: attr(uint), to: attr(uint), exclude: attr(yesNo) })),
  },
  {
    after({ address }) {
      if (address !== undefined && isIP(address) === 0) throw wrong(`Invalid address '${address}' in <portForward>`);
    },
  },
);
