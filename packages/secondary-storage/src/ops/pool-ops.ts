import {
  confContext,
  formatPoolCapabilities,
  formatStoragePool,
  parseStoragePool,
  sanitizePath,
  storagePool,
  validateDocument,
} from '@virtkit/core/conf';
import { type StorageDriver, storagePoolFilter } from '@virtkit/core/driver';
import { StoragePoolDefineFlags, StoragePoolState, StorageXMLFlags } from '@virtkit/core/util';
import { DEFINABLE } from '../backend/backend.js';
import { findSources } from '../find-sources.js';
import type { Pool } from '../pool.js';
import { POOL_CONTEXT, type PoolList, requireActive } from '../pool-list.js';
import { noPool, noVolume } from '../storage-errors.js';

const LIVE = { ...POOL_CONTEXT, ...confContext({ live: true }) };

export const poolOps = (list: PoolList) => {
  const of = ({ uuid, name }: { uuid: string; name: string }): Pool => list.byUuid(uuid, name);
  return {
    connectListAllStoragePools: (flags) =>
      list
        .all()
        .filter(storagePoolFilter(flags))
        .map(({ ref }) => ref),
    connectFindStoragePoolSources: (type, spec) => findSources(type, spec, list.services.commands),
    connectGetStoragePoolCapabilities: () => formatPoolCapabilities(DEFINABLE),
    storagePoolLookupByName: (name) => list.byName(name).ref,
    storagePoolLookupByUUID: (uuid) => list.byUuid(uuid).ref,
    storagePoolLookupByVolume: ({ pool }) => list.byName(pool).ref,
    storagePoolLookupByTargetPath(path) {
      const clean = sanitizePath(path);
      const pool = list.all().find((one) => one.active && one.def.target.path === clean);
      if (pool === undefined) throw noPool(`no storage pool with matching target path '${path}'`);
      return pool.ref;
    },
    async storagePoolDefineXML(xml, flags) {
      if ((flags & StoragePoolDefineFlags.VALIDATE) !== 0) await validateDocument('storagepool', storagePool, xml);
      return (await list.define(parseStoragePool(xml, POOL_CONTEXT))).ref;
    },
    storagePoolCreateXML: async (xml, flags) => (await list.create(parseStoragePool(xml, POOL_CONTEXT), flags)).ref,
    storagePoolBuild: (ref, flags) => list.build(of(ref), flags),
    storagePoolUndefine: (ref) => list.undefine(of(ref)),
    storagePoolCreate: (ref, flags) => list.start(of(ref), flags),
    storagePoolDestroy: (ref) => list.stop(of(ref)),
    storagePoolDelete: (ref) => list.remove(of(ref)),
    storagePoolRefresh: (ref) => list.refresh(of(ref)),
    storagePoolGetInfo(ref) {
      const { active, def } = of(ref);
      return {
        state: active ? StoragePoolState.RUNNING : StoragePoolState.INACTIVE,
        capacity: BigInt(def.capacity),
        allocation: BigInt(def.allocation),
        available: BigInt(def.available),
      };
    },
    storagePoolGetXMLDesc(ref, flags) {
      const pool = of(ref);
      return (flags & StorageXMLFlags.INACTIVE) !== 0
        ? formatStoragePool(pool.config, POOL_CONTEXT)
        : formatStoragePool(pool.def, LIVE);
    },
    storagePoolGetAutostart: (ref) => of(ref).autostart,
    storagePoolSetAutostart: (ref, autostart) => list.setAutostart(of(ref), autostart),
    storagePoolIsActive: (ref) => of(ref).active,
    storagePoolIsPersistent: (ref) => of(ref).persistent,
    storagePoolNumOfVolumes(ref) {
      const pool = of(ref);
      requireActive(pool);
      return pool.volumes.size;
    },
    storagePoolListVolumes(ref) {
      const pool = of(ref);
      requireActive(pool);
      return [...pool.volumes.keys()];
    },
    storagePoolListAllVolumes(ref) {
      const pool = of(ref);
      requireActive(pool);
      return [...pool.volumes.values()].map((def) => pool.volumeRef(def));
    },
    storageVolLookupByName(ref, name) {
      const pool = of(ref);
      requireActive(pool);
      const def = pool.volumes.get(name);
      if (def === undefined) throw noVolume(`no storage vol with matching name '${name}'`);
      return pool.volumeRef(def);
    },
    storageVolLookupByKey(key) {
      for (const pool of list.all())
        for (const def of pool.volumes.values()) if (def.key === key) return pool.volumeRef(def);
      throw noVolume(`no storage vol with matching key ${key}`);
    },
    storageVolLookupByPath(path) {
      const clean = sanitizePath(path);
      for (const pool of list.all())
        for (const def of pool.volumes.values()) if (def.target.path === clean) return pool.volumeRef(def);
      throw noVolume(`no storage vol with matching path '${path}'`);
    },
  } satisfies StorageDriver;
};
