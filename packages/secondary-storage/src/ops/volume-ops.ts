import {
  formatStorageVol,
  parseStorageVol,
  storageVol,
  type StorageVolDef,
  validateDocument,
} from '@virtkit/core/conf';
import type { StorageDriver, StorageVolRef } from '@virtkit/core/driver';
import {
  StorageVolCreateFlags as Create,
  StorageVolInfoFlags,
  StorageVolResizeFlags as Resize,
  StorageVolType,
  StorageVolWipeAlgorithm,
} from '@virtkit/core/util';
import type { Pool } from '../pool.js';
import { type PoolList, requireActive, volumeIn } from '../pool-list.js';
import {
  failed,
  internalError,
  invalid,
  invalidArg,
  unknownFlags,
  unsupported,
  volumeExists,
} from '../storage-errors.js';
import { downloadStream, uploadStream } from '../volume-stream.js';
import type { VolumeWork } from '../volume-work.js';

const TYPES: Readonly<Record<StorageVolDef['type'], number>> = {
  file: StorageVolType.FILE,
  block: StorageVolType.BLOCK,
  dir: StorageVolType.DIR,
  network: StorageVolType.NETWORK,
  netdir: StorageVolType.NETDIR,
  ploop: StorageVolType.PLOOP,
};

export const volumeOps = (list: PoolList, work: VolumeWork) => {
  const pathOf = (ref: StorageVolRef): string => list.volume(ref.pool, ref.name).def.target.path ?? '';

  /** A change of one volume, and what the volume and its pool are then. */
  const change = (
    ref: StorageVolRef,
    what: string,
    run: (def: StorageVolDef, pool: Pool) => Promise<void>,
  ): Promise<void> => {
    const { pool } = list.volume(ref.pool, ref.name);
    return pool.jobs.run(what, async () => {
      requireActive(pool);
      const def = await pool.reader.refresh(volumeIn(pool, ref.name));
      await run(def, pool);
      pool.volumes.set(def.name, await pool.reader.refresh(def));
      await list.resize(pool);
    });
  };

  const create = async (pool: Pool, xml: string, flags: number, source?: StorageVolDef): Promise<StorageVolRef> => {
    requireActive(pool);
    if ((flags & Create.VALIDATE) !== 0) await validateDocument('storagevol', storageVol, xml);
    const given = parseStorageVol(xml, pool.def.type, {
      shows: 0,
      capacity: source === undefined ? 'optional-with-backing' : 'optional',
    });
    if (pool.volumes.has(given.name))
      throw source === undefined
        ? volumeExists(`'${given.name}'`)
        : internalError(`storage volume name '${given.name}' already in use.`);
    if (source !== undefined) {
      given.capacity = Math.max(given.capacity, source.capacity);
      if (given.hasAllocation !== true) given.allocation = given.capacity;
    }
    const def = placed(given, pool);
    const built = await work.build(def, pool.reader.files, {
      preallocate: (flags & Create.PREALLOC_METADATA) !== 0,
      reflink: (flags & Create.REFLINK) !== 0,
      ...(source !== undefined && { input: source }),
    });
    const { hasAllocation: _, ...made } = def;
    try {
      pool.volumes.set(def.name, await pool.reader.built(made, built));
      await list.resize(pool);
    } catch (error) {
      pool.volumes.delete(def.name);
      await work.remove(def, pool.reader.files);
      throw error;
    }
    return pool.volumeRef(def);
  };

  return {
    storageVolCreateXML(ref, xml, flags) {
      const pool = list.byUuid(ref.uuid, ref.name);
      return pool.jobs.run('create volume', () => create(pool, xml, flags));
    },
    storageVolCreateXMLFrom(ref, xml, from, flags) {
      const pool = list.byUuid(ref.uuid, ref.name);
      return pool.jobs.run('clone volume', async () => {
        requireActive(pool);
        const source = list.volume(from.pool, from.name);
        return create(pool, xml, flags, await source.pool.reader.refresh(source.def));
      });
    },
    storageVolDelete(ref, flags) {
      const { pool } = list.volume(ref.pool, ref.name);
      return pool.jobs.run('delete volume', async () => {
        requireActive(pool);
        if (flags !== 0) throw unknownFlags(flags, 'virStorageBackendVolDeleteLocal');
        await work.remove(volumeIn(pool, ref.name), pool.reader.files);
        pool.volumes.delete(ref.name);
        await list.resize(pool);
      });
    },
    storageVolGetInfo: async (ref) => infoOf((await current(list, ref)).def, 0),
    storageVolGetInfoFlags: async (ref, flags) => infoOf((await current(list, ref)).def, flags),
    async storageVolGetXMLDesc(ref) {
      const { def, pool } = await current(list, ref);
      return formatStorageVol(def, pool.def.type);
    },
    storageVolGetPath: (ref) => pathOf(ref),
    storageVolResize: (ref, capacity, flags) =>
      change(ref, 'resize volume', (def, pool) => resize(work, def, pool, Number(capacity), flags)),
    storageVolWipe: (ref) => change(ref, 'wipe volume', (def) => work.wipe(def, StorageVolWipeAlgorithm.ZERO)),
    storageVolWipePattern: (ref, algorithm) => change(ref, 'wipe volume', (def) => work.wipe(def, algorithm)),
    storageVolDownload: (ref, offset, length, flags) =>
      downloadStream(pathOf(ref), Number(offset), Number(length), (flags & 1) !== 0),
    storageVolUpload: (ref, offset, length) => {
      const { pool, def } = list.volume(ref.pool, ref.name);
      if (def.type === 'dir') throw unsupported(`volume '${def.name}' is a directory: nothing can be uploaded to it`);
      return uploadStream(pathOf(ref), Number(offset), Number(length), () => list.refresh(pool));
    },
  } satisfies StorageDriver;
};

/** A volume as it is now; one whose file was taken away is told as it was known last. */
async function current(list: PoolList, ref: StorageVolRef): Promise<{ pool: Pool; def: StorageVolDef }> {
  const { pool, def } = list.volume(ref.pool, ref.name);
  const fresh = await pool.reader.refresh(def).catch(() => def);
  // Meanwhile it may have been changed or deleted.
  if (pool.volumes.get(def.name) === def) pool.volumes.set(def.name, fresh);
  return { pool, def: fresh };
}

function infoOf(def: StorageVolDef, flags: number): { type: number; capacity: bigint; allocation: bigint } {
  const used = (flags & StorageVolInfoFlags.GET_PHYSICAL) !== 0 ? (def.physical ?? def.allocation) : def.allocation;
  return { type: TYPES[def.type], capacity: BigInt(def.capacity), allocation: BigInt(used) };
}

/** Where a new volume of a directory lies. */
function placed(def: StorageVolDef, pool: Pool): StorageVolDef {
  if (def.name.includes('/')) throw invalid(`volume name '${def.name}' cannot contain '/'`);
  const path = `${pool.def.target.path}/${def.name}`;
  return { ...def, type: 'file', key: path, target: { ...def.target, path } };
}

async function resize(work: VolumeWork, def: StorageVolDef, pool: Pool, wanted: number, flags: number): Promise<void> {
  const shrink = (flags & Resize.SHRINK) !== 0;
  const delta = (flags & Resize.DELTA) !== 0;
  const capacity = !delta ? wanted : shrink ? def.capacity - Math.min(wanted, def.capacity) : def.capacity + wanted;
  if (capacity < def.allocation) throw invalidArg("can't shrink capacity below existing allocation");
  if (capacity < def.capacity && !shrink)
    throw invalidArg("Can't shrink capacity below current capacity unless shrink flag explicitly specified");
  if (capacity > def.capacity + pool.def.available) throw failed('Not enough space left in storage pool');
  await work.resize(def, capacity, { allocate: (flags & Resize.ALLOCATE) !== 0, shrink });
  def.capacity = capacity;
}
