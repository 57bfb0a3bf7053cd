import { ErrorCode, ErrorDomain, LibvirtError } from '../../util/index.js';
import { orEmpty, textOf } from '../common/index.js';
import {
  child,
  childOf,
  childrenOf,
  type ConfContext,
  confContext,
  custom,
  elementOf,
  escapeXml,
  type Field,
  filtered,
  flag,
  formatDocument,
  indentOf,
  leaf,
  parseDocument,
  part,
  reqCustom,
  str,
  unitFactor,
  type XmlNode,
} from '../xml/index.js';
import { type VolumeEncryption, volumeEncryption } from './encryption.js';
import { permissions, type StoragePermissions } from './permissions.js';
import { POOL_TYPES, type PoolType } from './pool-types.js';
import { storageError, storageUnsupported } from './problems.js';
import { sanitizePath } from './pool-post-parse.js';

export type VolumeType = 'file' | 'block' | 'dir' | 'network' | 'netdir' | 'ploop';

/** Seconds and nanoseconds since the epoch, as `seconds.nanoseconds`. */
export interface VolumeTimestamps {
  atime?: string;
  mtime?: string;
  ctime?: string;
  btime?: string;
}

/** virStorageVolDef's target or backing store */
export interface VolumeFile {
  path?: string;
  format?: { type: string };
  permissions?: StoragePermissions;
  timestamps?: VolumeTimestamps;
}

export interface VolumeTarget extends VolumeFile {
  encryption?: VolumeEncryption;
  compat?: string;
  /** Bytes. */
  clusterSize?: number;
  features?: { lazy_refcounts?: true; extended_l2?: true };
  nocow?: true;
}

/** virStorageVolSource: which parts of which devices the volume lies on. */
export interface VolumeExtents {
  device: { path?: string; extent?: { start: number; end: number }[] }[];
}

/** virStorageVolDef; sizes are bytes. */
export interface StorageVolDef {
  type: VolumeType;
  name: string;
  key?: string;
  source?: VolumeExtents;
  capacity: number;
  allocation: number;
  /** Whether the document named an allocation. */
  hasAllocation?: true;
  physical?: number;
  target: VolumeTarget;
  backingStore?: VolumeFile;
}

/** What a codec run for volumes needs to know. */
export interface VolumeContext extends ConfContext {
  readonly pool?: PoolType;
  /** A missing capacity is no error: always, or for a volume with a backing store. */
  readonly capacity?: 'optional' | 'optional-with-backing';
}

const poolOf = (context: ConfContext): PoolType => (context as VolumeContext).pool ?? 'dir';

/** What a size in bytes may be at most: it is handed on as a signed number. */
const LARGEST = 0x7fffffffffffffffn;

/** virStorageSize */
export function readSize(text: string, unit: string | undefined, malformed: string): number {
  const value = /^\s*\+?\d+$/.test(text) ? BigInt(text.trim().replace('+', '')) : undefined;
  if (value === undefined) throw storageError(malformed);
  const factor = unit ? unitFactor(unit) : 1;
  if (factor === undefined) throw new LibvirtError(ErrorCode.INVALID_ARG, ErrorDomain.NONE, `unknown suffix '${unit}'`);
  const bytes = value * BigInt(factor);
  if (bytes > LARGEST)
    throw new LibvirtError(ErrorCode.OVERFLOW, ErrorDomain.NONE, `value too large: ${text}${unit ?? ''}`);
  return Number(bytes);
}

/** The bytes that a child element says; undefined for none. */
export function sizeOf(node: XmlNode, name: string): number | undefined {
  const element = childOf(node, name);
  if (element === undefined || element.text === '') return undefined;
  return readSize(element.text, element.attrs.unit, `malformed ${name} element`);
}

const sizeLine = (name: string, value: number, depth: number): string =>
  `${indentOf(depth)}<${name} unit='bytes'>${BigInt(value)}</${name}>\n`;

const format = custom<{ type: string }>({
  reason: 'which formats there are, and which is assumed, is the matter of the pool',
  covers: { elements: ['format'] },
  decode(node, context) {
    if (context.verbatim === true) {
      const type = childOf(node, 'format')?.attrs.type;
      return type ? { type } : undefined;
    }
    const formats = POOL_TYPES[poolOf(context)].volFormats;
    if (formats === undefined) return undefined;
    const type = childOf(node, 'format')?.attrs.type || formats.fallback;
    // Images have a format: that none is a word for it is only told, in capabilities.
    const none = type === 'none' && formats.fallback !== type;
    if (none || !formats.known.includes(type)) throw storageUnsupported(`unknown volume format type ${type}`);
    return { type };
  },
  body: (value, depth) => `${indentOf(depth)}<format type='${value.type}'/>\n`,
});

const file: {
  path: Field<string, true>;
  format: Field<{ type: string }, true>;
  permissions: Field<StoragePermissions, true>;
  timestamps: Field<VolumeTimestamps, true>;
} = {
  path: leaf(str),
  format,
  permissions: child(permissions),
  timestamps: child(
    part('timestamps', { atime: leaf(str), mtime: leaf(str), ctime: leaf(str), btime: leaf(str) }, { omitEmpty: true }),
  ).when('live'),
};

const target = elementOf<VolumeTarget>(
  'target',
  {
    ...file,
    encryption: child(volumeEncryption),
    compat: leaf(str),
    clusterSize: custom<number>({
      reason: 'its unit is written as B',
      covers: { elements: ['clusterSize'] },
      decode: (node) => sizeOf(node, 'clusterSize') || undefined,
      body: (value, depth) => `${indentOf(depth)}<clusterSize unit='B'>${value}</clusterSize>\n`,
    }),
    features: child(
      elementOf<NonNullable<VolumeTarget['features']>>(
        'features',
        { lazy_refcounts: flag(), extended_l2: flag() },
        {
          after(_model, node) {
            for (const one of node.children)
              if (one.name !== 'lazy_refcounts' && one.name !== 'extended_l2')
                throw storageUnsupported(`unsupported feature ${one.name}`);
          },
        },
      ),
    ),
    nocow: custom<true>({
      reason: 'a wish for the creation, which the volume does not keep',
      covers: { elements: ['nocow'] },
      decode: (node) => (childOf(node, 'nocow') === undefined ? undefined : true),
      body: (_value, depth, { verbatim }) => (verbatim === true ? `${indentOf(depth)}<nocow/>\n` : ''),
    }),
  },
  {
    after(model) {
      if (model.features !== undefined) model.compat ??= '1.1';
      if (model.compat !== undefined && !/^\d+\.\d+$/.test(model.compat))
        throw storageError("forbidden characters in 'compat' attribute");
    },
  },
);

const hasPath = (node: XmlNode): boolean => textOf(node, 'path') !== undefined;

const backingStore = elementOf<VolumeFile>('backingStore', file);

export const storageVol = elementOf<StorageVolDef>(
  'volume',
  {
    type: reqCustom<VolumeType>({
      reason: 'the pool says what its volumes are',
      covers: { attributes: ['type'] },
      decode(node, context) {
        const { type } = node.attrs;
        if (!type && context.verbatim === true) return undefined as never;
        if (!type) return POOL_TYPES[poolOf(context)].volType === 'block' ? 'block' : 'file';
        const found = VOLUME_TYPES.find((one) => one === type);
        if (found === undefined) throw storageUnsupported(`unknown volume type '${type}'`);
        return found;
      },
      attrs: (value) => ` type='${value}'`,
    }),
    name: reqCustom<string>({
      reason: 'a missing name is an error of the storage subsystem',
      covers: { elements: ['name'] },
      decode(node) {
        const name = textOf(node, 'name');
        if (name === undefined) throw storageError('missing volume name element');
        return name;
      },
      body: (name, depth) => `${indentOf(depth)}<name>${escapeXml(name)}</name>\n`,
    }),
    key: leaf(str),
    source: child(
      elementOf<VolumeExtents>(
        'source',
        {
          device: custom<VolumeExtents['device']>({
            reason: 'found out at run time, never read from a definition',
            covers: { elements: ['device'] },
            decode: (node, { verbatim }) => (verbatim === true ? readExtents(node) : undefined),
            body: (devices, depth) =>
              devices
                .map(({ path, extent = [] }) => {
                  const inner = extent.map(
                    ({ start, end }) => `${indentOf(depth + 1)}<extent start='${start}' end='${end}'/>\n`,
                  );
                  return `${indentOf(depth)}<device path='${escapeXml(path ?? '')}'>\n${inner.join('')}${indentOf(depth)}</device>\n`;
                })
                .join(''),
          }) as never,
        },
        { before: (model) => (model.device === undefined || model.device.length === 0 ? undefined : model) },
      ),
    ),
    capacity: reqCustom<number>({
      reason: 'units, and a volume may take the size of its backing store',
      covers: { elements: ['capacity'] },
      decode(node, context) {
        const size = sizeOf(node, 'capacity');
        if (size !== undefined || context.verbatim === true) return size as number;
        const rule = (context as VolumeContext).capacity;
        if (rule === 'optional' || (rule === 'optional-with-backing' && childrenOf(node, 'backingStore').some(hasPath)))
          return 0;
        throw storageError('missing capacity element');
      },
      body: (value, depth) => sizeLine('capacity', value, depth),
    }),
    allocation: reqCustom<number>({
      reason: 'units; as much as the capacity where it is absent',
      covers: { elements: ['allocation'] },
      decode: (node, { verbatim }) =>
        sizeOf(node, 'allocation') ?? (verbatim === true ? (undefined as never) : (sizeOf(node, 'capacity') ?? 0)),
      body: (value, depth) => sizeLine('allocation', value, depth),
    }),
    hasAllocation: custom<true>({
      reason: 'remembers whether the allocation was given',
      covers: {},
      decode: (node, { verbatim }) =>
        verbatim === true || textOf(node, 'allocation') === undefined ? undefined : true,
    }),
    physical: custom<number>({
      reason: 'found out at run time, never read from a definition',
      covers: { elements: ['physical'] },
      decode: (node, { verbatim }) => (verbatim === true ? sizeOf(node, 'physical') : undefined),
      body: (value, depth) => (value === 0 ? '' : sizeLine('physical', value, depth)),
    }),
    target: orEmpty(target),
    // One that does not say where it is is none.
    backingStore: filtered(child(backingStore), hasPath),
  },
  {
    before: ({ backingStore: backing, ...rest }) =>
      backing?.path === undefined ? rest : { ...rest, backingStore: backing },
  },
);

const VOLUME_TYPES: readonly VolumeType[] = ['file', 'block', 'dir', 'network', 'netdir', 'ploop'];

/** Where on its devices a volume lies, as drivers print it. */
function readExtents(node: XmlNode): VolumeExtents['device'] | undefined {
  const devices = childrenOf(node, 'device').map((device) => ({
    path: device.attrs.path ?? '',
    extent: childrenOf(device, 'extent').map(({ attrs }) => ({
      start: Number(attrs.start),
      end: Number(attrs.end),
    })),
  }));
  return devices.length === 0 ? undefined : devices;
}

/** virStorageVolDefParse, for a volume of a pool of type `pool`. */
export function parseStorageVol(text: string, pool: PoolType, context: VolumeContext = confContext()): StorageVolDef {
  const def = parseDocument(storageVol, text, { ...context, pool } as VolumeContext);
  if (def.target.path !== undefined) def.target.path = sanitizePath(def.target.path);
  return def;
}

/** virStorageVolDefFormat */
export const formatStorageVol = (
  def: StorageVolDef,
  pool: PoolType,
  context: VolumeContext = confContext({ live: true }),
): string => formatDocument(storageVol, def, { ...context, pool } as VolumeContext);
