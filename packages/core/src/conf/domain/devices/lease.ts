import {
  attr,
  type ElementCodec,
  elementOf,
  nonEmpty,
  part,
  req,
  reqChild,
  reqLeaf,
  str,
  ulong,
} from '../../xml/index.js';

import { internal, wrong } from '../common/problems.js';

/** virDomainLeaseDef: a lock that must be held while the domain runs. */
export interface LeaseDef {
  lockspace?: string;
  key: string;
  target: { path: string; offset?: number };
}

const noKey = () => wrong("Missing 'key' element for lease");

export const lease: ElementCodec<LeaseDef> = elementOf<LeaseDef>(
  'lease',
  {
    lockspace: reqLeaf(str, { missing: () => internal('lease names no lockspace') }) as never,
    key: reqLeaf(nonEmpty, { missing: () => noKey(), invalid: () => noKey() }),
    target: reqChild(part('target', { path: req(str), offset: attr(ulong) })),
  },
  {
    before: (model) => (model.target.offset === 0 ? { ...model, target: { path: model.target.path } } : model),
  },
);
