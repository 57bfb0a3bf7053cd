import {
  attr,
  child,
  type ElementCodec,
  elementOf,
  type Field,
  flag,
  leaf,
  nonEmpty,
  oneOf,
  optList,
  part,
  req,
  reqLeaf,
  type Scalar,
  scaled,
  uint,
  ulong,
} from '../xml/index.js';
import { bitmap } from './common/bitmap.js';
import { badBitmap, refusedAs, refusedAsPlain, unsupported } from './common/problems.js';
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

const noPath = () => unsupported('missing per-device path');
const limit = (scalar: Scalar<number>, what: string): Field<number, true> =>
  leaf(scalar, { unset: 0, ...refusedAsPlain(`could not parse ${what} `) });

export const blkiotune: ElementCodec<BlkioTuneDef> = elementOf<BlkioTuneDef>(
  'blkiotune',
  {
    weight: leaf({ ...uint, parse: (text) => uint.parse(text) ?? 0 }, { unset: 0 }),
    device: optList(
      elementOf<BlkioDeviceDef>('device', {
        path: reqLeaf(nonEmpty, { missing: noPath, invalid: noPath }),
        weight: limit(uint, 'weight'),
        read_iops_sec: limit(uint, 'read iops sec'),
        write_iops_sec: limit(uint, 'write iops sec'),
        read_bytes_sec: limit(ulong, 'read bytes sec'),
        write_bytes_sec: limit(ulong, 'write bytes sec'),
      }),
    ),
  },
  {
    omitEmpty: true,
    // A device of which nothing is said is not written.
    before({ device, ...rest }) {
      const told = device?.filter(({ path: _path, ...limits }) => Object.keys(limits).length > 0);
      return told === undefined || told.length === 0 ? rest : { ...rest, device: told };
    },
  },
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
      part('access', {
        mode: attr(oneOf('shared', 'private'), {
          ...refusedAs('unknown memoryBacking/access/mode'),
          emptyIsAbsent: true,
        }),
      }) as ElementCodec<{ mode: 'shared' | 'private' }>,
      { emptyIsAbsent: true },
    ),
    allocation: child(
      part(
        'allocation',
        {
          mode: attr(oneOf('immediate', 'ondemand'), {
            ...refusedAs('unknown memoryBacking/allocation/mode'),
            emptyIsAbsent: true,
          }),
          threads: attr(uint, { unset: 0, emptyIsAbsent: true }),
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
