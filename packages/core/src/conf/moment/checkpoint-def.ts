import {
  attr,
  child,
  elementOf,
  formatDocument,
  list,
  oneOf,
  part,
  readXml,
  req,
  requireRoot,
  str,
  ulong,
} from '../xml/index.js';
import { checkCheckpointSchema } from './checkpoint-schema.js';
import {
  creationTime,
  description,
  type MomentContext,
  type MomentDef,
  momentDomain,
  momentName,
  parentMoment,
} from './moment-fields.js';
import { checkpointProblems as problems } from './problems.js';

/** virDomainCheckpointDiskDef */
export interface CheckpointDisk {
  name: string;
  checkpoint?: 'no' | 'bitmap';
  bitmap?: string;
  /** Bytes changed since; found out at run time. */
  size?: number;
}

/** virDomainCheckpointDef */
export interface CheckpointDef extends MomentDef {
  disks?: { disk: CheckpointDisk[] };
}

const disk = elementOf<CheckpointDisk>(
  'disk',
  {
    name: req(str, { missing: () => problems.xml('missing name from disk checkpoint element') }),
    checkpoint: attr(oneOf('no', 'bitmap'), {
      invalid: (value) => problems.unsupported(`unknown disk checkpoint setting '${value}'`),
    }),
    bitmap: attr(str),
    size: attr(ulong).when('live'),
  },
  {
    after(model) {
      if (model.bitmap === undefined) return;
      if (model.checkpoint === 'no')
        throw problems.xml(`disk checkpoint bitmap '${model.bitmap}' requires type='bitmap'`);
      model.checkpoint = 'bitmap';
    },
  },
);

export const domainCheckpoint = elementOf<CheckpointDef>(
  'domaincheckpoint',
  {
    name: momentName('checkpoint', problems),
    description,
    parent: parentMoment,
    creationTime: creationTime('checkpoint', problems),
    disks: child(part('disks', { disk: list(disk) }, { omitEmpty: true })),
    domain: momentDomain('domain'),
  },
  {
    after(model, _node, context) {
      if (model.name === '') model.name = String(model.creationTime);
      // Only one that was there before says what it came after.
      const { redefine = false } = context as MomentContext;
      if (!redefine && context.verbatim !== true) delete model.parent;
    },
  },
);

const PLAIN: MomentContext = { shows: 0 };

/** virDomainCheckpointDefParseString: unlike other documents, this one must fit its schema. */
export function parseCheckpoint(text: string, context: MomentContext = PLAIN): CheckpointDef {
  const node = readXml(text, 'domain_checkpoint');
  requireRoot(node, domainCheckpoint.name);
  checkCheckpointSchema(node);
  return domainCheckpoint.decode(node, context);
}

/** virDomainCheckpointDefFormat */
export const formatCheckpoint = (def: CheckpointDef, context: MomentContext = PLAIN): string =>
  formatDocument(domainCheckpoint, def, context);
