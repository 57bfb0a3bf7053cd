import type { DomainDef } from '../domain/domain-def.js';
import {
  child,
  childOf,
  custom,
  elementOf,
  type Field,
  formatDocument,
  indentOf,
  list,
  oneOf,
  parseDocument,
  part,
  raw,
  req,
  str,
  attr,
} from '../xml/index.js';
import { type MomentImage, imageField, imagePath } from './image.js';
import {
  creationTime,
  description,
  type MomentContext,
  type MomentDef,
  momentDomain,
  momentName,
  parentMoment,
  redefinedTime,
} from './moment-fields.js';
import { snapshotProblems as problems } from './problems.js';

export type SnapshotLocation = 'no' | 'internal' | 'external' | 'manual';

/** virDomainSnapshotState */
export type SnapshotState =
  'nostate' | 'running' | 'blocked' | 'paused' | 'shutdown' | 'shutoff' | 'crashed' | 'pmsuspended' | 'disk-snapshot';

/** virDomainSnapshotDiskDef */
export interface SnapshotDisk {
  name: string;
  snapshot?: SnapshotLocation;
  image?: MomentImage;
}

/** virDomainSnapshotDef */
export interface SnapshotDef extends MomentDef {
  state?: SnapshotState;
  memory?: { snapshot?: SnapshotLocation; file?: string };
  disks?: { disk: SnapshotDisk[] };
  /** What would be started, where the domain at that moment ran with something else. */
  inactiveDomain?: DomainDef;
  /** What the driver keeps for going back; only in its own files. */
  cookie?: string;
  /** Whether it was the domain's current snapshot; only in the driver's own files. */
  active?: boolean;
}

const location = oneOf('no', 'internal', 'external', 'manual');
const STATES = [
  'nostate',
  'running',
  'blocked',
  'paused',
  'shutdown',
  'shutoff',
  'crashed',
  'pmsuspended',
  'disk-snapshot',
] as const;

const disk = elementOf<SnapshotDisk>(
  'disk',
  {
    name: req(str, { missing: () => problems.internal('missing name from disk snapshot element') }),
    snapshot: attr(location),
    image: imageField({
      element: 'source',
      types: ['file', 'block', 'network', 'dir', 'volume', 'nvme', 'vhostuser'],
      problems,
      what: 'disk snapshot',
      unknownDriver: problems.unsupported,
    }),
  },
  {
    after(model) {
      if (model.snapshot === undefined && model.image !== undefined) model.snapshot = 'external';
      const path = imagePath(model.image);
      if (path !== undefined && !path.startsWith('/'))
        throw problems.xml(`disk snapshot image path '${path}' must be absolute`);
    },
  },
);

const state: Field<SnapshotState, true> = custom<SnapshotState>({
  reason: 'read for redefined snapshots only, which must have one',
  covers: { elements: ['state'] },
  decode(node, context) {
    const text = childOf(node, 'state')?.text;
    if (context.verbatim !== true) {
      if ((context as MomentContext).redefine !== true) return undefined;
      redefinedTime(node, 'snapshot', problems);
    } else if (text === undefined) return undefined;
    if (!text) throw problems.xml('missing state from existing snapshot');
    const found = STATES.find((one) => one === text);
    if (found === undefined) throw problems.unsupported(`Invalid state '${text}' in domain snapshot XML`);
    return found;
  },
  body: (value, depth) => `${indentOf(depth)}<state>${value}</state>\n`,
});

export const domainSnapshot = elementOf<SnapshotDef>(
  'domainsnapshot',
  {
    name: momentName('snapshot', problems),
    description,
    state,
    parent: parentMoment,
    creationTime: creationTime('snapshot', problems),
    memory: child(
      part(
        'memory',
        {
          snapshot: attr(location),
          file: attr(str),
        },
        { before: (model) => (model.snapshot === undefined ? undefined : model) },
      ),
    ),
    disks: child(part('disks', { disk: list(disk) }, { omitEmpty: true })),
    domain: momentDomain('domain'),
    inactiveDomain: momentDomain('inactiveDomain'),
    cookie: raw(),
    active: custom<boolean>({
      reason: "written in the driver's own files only",
      covers: { elements: ['active'] },
      decode(node, context) {
        if ((context as MomentContext).internal !== true) return undefined;
        const text = childOf(node, 'active')?.text;
        if (text === undefined || !/^-?\d+$/.test(text)) throw problems.internal("Could not find 'active' element");
        return Number(text) !== 0;
      },
      body: (value, depth, context) =>
        (context as MomentContext).internal === true ? `${indentOf(depth)}<active>${value ? 1 : 0}</active>\n` : '',
    }),
  },
  {
    after(model, _node, context) {
      if (context.verbatim === true) return;
      const { redefine = false } = context as MomentContext;
      if (model.name === '') model.name = String(model.creationTime);
      if (!redefine) delete model.parent;
      const { cookie = false, internal = false } = context as MomentContext;
      if (!internal && !cookie) delete model.cookie;
      checkMemory(model, redefine);
    },
  },
);

function checkMemory(def: SnapshotDef, redefine: boolean): void {
  const { file, snapshot } = def.memory ?? {};
  const offline = redefine && (def.state === 'disk-snapshot' || def.state === 'shutoff');
  if (file !== undefined && snapshot !== undefined && snapshot !== 'external')
    throw problems.xml(`memory filename '${file}' requires external snapshot`);
  if (file === undefined && snapshot === 'external') throw problems.xml('external memory snapshots require a filename');
  const kept = snapshot ?? (file !== undefined ? 'external' : redefine ? (offline ? 'no' : 'internal') : undefined);
  if (offline && kept !== undefined && kept !== 'no')
    throw problems.xml('memory state cannot be saved with offline or disk-only snapshot');
  if (file !== undefined && !file.startsWith('/'))
    throw problems.xml(`memory snapshot file path (${file}) must be absolute`);
  if (kept !== undefined) def.memory = { snapshot: kept, ...(file !== undefined && { file }) };
}

const PLAIN: MomentContext = { shows: 0 };

/** virDomainSnapshotDefParseString */
export const parseSnapshot = (text: string, context: MomentContext = PLAIN): SnapshotDef =>
  parseDocument(domainSnapshot, text, context);

/** virDomainSnapshotDefFormat */
export const formatSnapshot = (def: SnapshotDef, context: MomentContext = PLAIN): string =>
  formatDocument(domainSnapshot, def, context);
