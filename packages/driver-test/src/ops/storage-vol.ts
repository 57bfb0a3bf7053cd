import { formatStorageVol, parseStorageVol, POOL_TYPES, storageVol } from '@virtkit/core/conf';
import type { StorageDriver, StoragePoolRef, StorageVolInfo, StorageVolRef } from '@virtkit/core/driver';
import { ErrorDomain, StorageVolCreateFlags, StorageVolType } from '@virtkit/core/util';
import { checked } from '../conf/schema.js';
import { internalError, noVolume, operationFailed, operationInvalid } from '../errors.js';
import type { PoolObject, VolumeObject } from '../state/pool-object.js';
import type { TestNode } from '../state/test-node.js';
import { poolFinder } from './storage-pool.js';

const TYPES = {
  file: StorageVolType.FILE,
  block: StorageVolType.BLOCK,
  network: StorageVolType.NETWORK,
  netdir: StorageVolType.NETDIR,
} as const;

/** Volumes: names and sizes, without data. */
export function storageVolOps(node: TestNode) {
  const { pools } = node;
  const { activeByName } = poolFinder(node);

  function find({ pool: poolName, name }: StorageVolRef): { pool: PoolObject; volume: VolumeObject } {
    const pool = activeByName(poolName);
    const volume = pool.volumes.get(name);
    if (volume === undefined) throw noVolume(`no storage vol with matching name '${name}'`);
    return { pool, volume };
  }

  function lookup(what: string, value: string): StorageVolRef {
    for (const pool of pools) {
      const volume = pool.active ? pool.byPath(value) : undefined;
      if (volume !== undefined) return volume.ref;
    }
    throw noVolume(`no storage vol with matching ${what} '${value}'`);
  }

  function create(pool: PoolObject, xml: string): StorageVolRef {
    const def = parseStorageVol(xml, pool.def.type);
    if (pool.volumes.has(def.name)) throw operationFailed('storage vol already exists', ErrorDomain.TEST);
    if (pool.def.allocation + def.allocation > pool.def.capacity)
      throw internalError(`Not enough free space in pool for volume '${def.name}'`);
    return pool.addVolume(def).ref;
  }

  return {
    storagePoolNumOfVolumes: ({ name }: StoragePoolRef) => activeByName(name).volumes.size,
    storagePoolListVolumes: ({ name }: StoragePoolRef) => [...activeByName(name).volumes.keys()],
    storagePoolListAllVolumes(ref: StoragePoolRef, flags: number): StorageVolRef[] {
      const pool = poolFinder(node).byUuid(ref.uuid);
      if (!pool.active) throw operationInvalid('storage pool is not active');
      return Array.from(pool.volumes.values(), (volume) => volume.ref);
    },

    storageVolLookupByName: ({ name: pool }: StoragePoolRef, name: string) => find({ pool, name, key: '' }).volume.ref,
    storageVolLookupByKey: (key: string) => lookup('key', key),
    storageVolLookupByPath: (path: string) => lookup('path', path),

    storageVolCreateXML: ({ name }: StoragePoolRef, xml: string, flags: number) =>
      checked('storagevol', storageVol, xml, (flags & StorageVolCreateFlags.VALIDATE) !== 0, () =>
        create(activeByName(name), xml),
      ),
    storageVolCreateXMLFrom(
      { name }: StoragePoolRef,
      xml: string,
      original: StorageVolRef,
      flags: number,
    ): StorageVolRef | Promise<StorageVolRef> {
      return checked('storagevol', storageVol, xml, (flags & StorageVolCreateFlags.VALIDATE) !== 0, () => {
        const pool = activeByName(name);
        const ref = create(pool, xml);
        if (pool.volumes.has(original.name)) return ref;
        pool.removeVolume(pool.volumes.get(ref.name) as VolumeObject);
        throw noVolume(`no storage vol with matching name '${original.name}'`);
      });
    },

    storageVolDelete(ref: StorageVolRef, flags: number): void {
      const { pool, volume } = find(ref);
      pool.removeVolume(volume);
    },

    storageVolGetInfo(ref: StorageVolRef): StorageVolInfo {
      const { pool, volume } = find(ref);
      return {
        type: TYPES[POOL_TYPES[pool.def.type].volType],
        capacity: BigInt(volume.def.capacity),
        allocation: BigInt(volume.def.allocation),
      };
    },

    storageVolGetXMLDesc(ref: StorageVolRef, flags: number): string {
      const { pool, volume } = find(ref);
      return formatStorageVol(volume.def, pool.def.type);
    },

    storageVolGetPath: (ref: StorageVolRef) => find(ref).volume.path,
  } satisfies StorageDriver;
}
