import type { PoolType, StoragePoolDef, StorageVolDef } from '@virtkit/core/conf';
import { internalError, noSupport, unsupported } from '../storage-errors.js';
import type { VolumeReader } from '../volume-reader.js';

export interface PoolSizes {
  readonly capacity: number;
  readonly allocation: number;
  readonly available: number;
}

/** What may happen to a device that has a file system already. */
export type Formatting = 'overwrite' | 'keep';

/** virStorageBackend: how pools of one kind are brought about. */
export interface Backend {
  /** Makes what the pool lies in; `format` also makes a file system in its device. */
  build(def: StoragePoolDef, format?: Formatting): Promise<void>;
  /** Makes the contents appear; undone by `stop`. */
  start(def: StoragePoolDef): Promise<void>;
  stop(def: StoragePoolDef): Promise<void>;
  /** Takes away what `build` made. */
  remove(def: StoragePoolDef): Promise<void>;
  /** Whether the contents are there already. */
  check(def: StoragePoolDef): Promise<boolean>;
  volumes(def: StoragePoolDef, reader: VolumeReader): Promise<StorageVolDef[]>;
  /** As they are after a change of a volume. */
  sizes(def: StoragePoolDef, reader: VolumeReader): Promise<PoolSizes>;
  /** Sizes and owner as they are now. */
  refresh(def: StoragePoolDef, reader: VolumeReader): Promise<StoragePoolDef>;
}

/** Types that libvirt knows here, in the order of its enumeration. */
const ORDER: readonly PoolType[] = [
  'dir',
  'fs',
  'netfs',
  'logical',
  'disk',
  'iscsi',
  'iscsi-direct',
  'scsi',
  'mpath',
  'rbd',
  'sheepdog',
  'gluster',
  'zfs',
  'vstorage',
];

/** Types of pools that can be defined; those without a backend of ours cannot be started yet. */
export const DEFINABLE: ReadonlySet<PoolType> = new Set<PoolType>([
  'dir',
  'fs',
  'netfs',
  'logical',
  'disk',
  'iscsi',
  'scsi',
  'mpath',
]);

/** virStorageBackendForType's complaint */
export function requireDefinable(type: PoolType): void {
  if (!DEFINABLE.has(type)) throw internalError(`missing backend for pool type ${ORDER.indexOf(type)} (${type})`);
}

/** For pools that can be described but not brought about. */
export function notBuilt(type: PoolType): Backend {
  const refuse = (): never => {
    throw unsupported(`pools of type '${type}' can be defined, but starting them is not built yet`);
  };
  const missing = (): never => {
    throw noSupport(`pools of type '${type}' are not built here`);
  };
  return {
    build: async () => missing(),
    start: async () => refuse(),
    stop: async () => undefined,
    remove: async () => missing(),
    check: async () => false,
    volumes: async () => [],
    sizes: async ({ capacity, allocation, available }) => ({ capacity, allocation, available }),
    refresh: async (def) => def,
  };
}
