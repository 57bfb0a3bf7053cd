import {
  attr,
  child,
  type ElementCodec,
  elementOf,
  flag,
  leaf,
  oneOf,
  optList,
  part,
  req,
  reqLeaf,
  scaled,
  str,
  uint,
  ulong,
} from '../xml/index.js';
import { bitmap } from './common/bitmap.js';
import { badBitmap, refusedAs } from './common/problems.js';
import { scaledAttr } from './numa.js';

/** virBlkioDevice */
export interface BlkioDeviceDef {
  path: string;
  weight?: number;
  read_iops_sec?: number;
  write_iops_sec?: number;
  read_bytes_sec?: number;
  write_bytes_sec?: number;
}

/** virDomainBlkiotune */
export interface BlkioTuneDef {
  weight?: number;
  device?: BlkioDeviceDef[];
}

export const blkiotune: ElementCodec<BlkioTuneDef> = elementOf<BlkioTuneDef>(
  'blkiotune',
  {
    weight: leaf(uint, { unset: 0 }),
    device: optList(
      elementOf<BlkioDeviceDef>('device', {
        path: reqLeaf(str),
        weight: leaf(uint, { unset: 0 }),
        read_iops_sec: leaf(uint, { unset: 0 }),
        write_iops_sec: leaf(uint, { unset: 0 }),
        read_bytes_sec: leaf(ulong, { unset: 0 }),
        write_bytes_sec: leaf(ulong, { unset: 0 }),
      }),
    ),
  },
  { omitEmpty: true },
);

/** VIR_DOMAIN_MEMORY_PARAM_UNLIMITED, in KiB: no limit at all. */
export const UNLIMITED = 9007199254740991;

/** virDomainMemtune's limits, in KiB. */
export interface MemTuneDef {
  hard_limit?: number;
  soft_limit?: number;
  min_guarantee?: number;
  swap_hard_limit?: number;
}

export const memtune: ElementCodec<MemTuneDef> = elementOf<MemTuneDef>(
  'memtune',
  {
    hard_limit: scaled('KiB'),
    soft_limit: scaled('KiB'),
    min_guarantee: scaled('KiB'),
    swap_hard_limit: scaled('KiB'),
  },
  {
    omitEmpty: true,
    after(model) {
      for (const key of ['hard_limit', 'soft_limit', 'swap_hard_limit'] as const)
        if (model[key] !== undefined && model[key] >= UNLIMITED) delete model[key];
    },
  },
);

export interface HugepageDef {
  /** KiB */
  size: number;
  nodeset?: string;
}

export interface MemoryBackingDef {
  hugepages?: { page?: HugepageDef[] };
  nosharepages?: true;
  locked?: true;
  source?: { type?: 'file' | 'anonymous' | 'memfd' };
  access?: { mode: 'shared' | 'private' };
  allocation?: { mode?: 'immediate' | 'ondemand'; threads?: number };
  discard?: true;
}

export const memoryBacking: ElementCodec<MemoryBackingDef> = elementOf<MemoryBackingDef>(
  'memoryBacking',
  {
    hugepages: child(
      part('hugepages', {
        page: optList(
          elementOf<HugepageDef>('page', { size: scaledAttr('size', 'KiB'), nodeset: attr(bitmap, badBitmap) }),
        ),
      }),
    ),
    nosharepages: flag(),
    locked: flag(),
    source: child(
      part(
        'source',
        {
          type: attr(oneOf('file', 'anonymous', 'memfd'), {
            ...refusedAs('unknown memoryBacking/source/type'),
            emptyIsAbsent: true,
          }),
        },
        { omitEmpty: true },
      ),
    ),
    access: child(
      part('access', { mode: req(oneOf('shared', 'private'), refusedAs('unknown memoryBacking/access/mode')) }),
    ),
    allocation: child(
      part(
        'allocation',
        {
          mode: attr(oneOf('immediate', 'ondemand'), refusedAs('unknown memoryBacking/allocation/mode')),
          threads: attr(uint, { unset: 0 }),
        },
        { omitEmpty: true },
      ),
    ),
    discard: flag(),
  },
  { omitEmpty: true },
);

export const NUMA_MODES = ['strict', 'preferred', 'interleave', 'restrictive'] as const;

export interface NumaTuneDef {
  memory?: { mode?: (typeof NUMA_MODES)[number]; nodeset?: string; placement?: 'static' | 'auto' };
  memnode?: { cellid: number; mode?: (typeof NUMA_MODES)[number]; nodeset: string }[];
}

export const numatune: ElementCodec<NumaTuneDef> = elementOf<NumaTuneDef>(
  'numatune',
  {
    memory: child(
      part(
        'memory',
        {
          mode: attr(oneOf(...NUMA_MODES), refusedAs('Unsupported NUMA memory tuning mode')),
          nodeset: attr(bitmap, badBitmap),
          placement: attr(oneOf('static', 'auto'), refusedAs('Unsupported NUMA memory placement mode')),
        },
        {
          // A set of nodes says by itself that the placement is static.
          before(model, { verbatim }) {
            if (verbatim === true) return model;
            const { mode, nodeset, placement } = model;
            return {
              ...(mode && { mode }),
              ...(nodeset !== undefined ? { nodeset } : placement && { placement }),
            };
          },
        },
      ),
    ),
    memnode: optList(
      part('memnode', {
        cellid: req(uint),
        mode: attr(oneOf(...NUMA_MODES)),
        nodeset: req(bitmap, badBitmap),
      }),
    ),
  } as never,
  { omitEmpty: true },
);
