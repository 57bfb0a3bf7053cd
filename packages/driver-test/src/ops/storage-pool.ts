import {
  formatStoragePool,
  parsePoolSource,
  parseStoragePool,
  storagePool,
  type StoragePoolDef,
} from '@virtkit/core/conf';
import {
  type StorageDriver,
  storagePoolFilter,
  type StoragePoolInfo,
  type StoragePoolRef,
  type StorageVolRef,
} from '@virtkit/core/driver';
import {
  ErrorDomain,
  StoragePoolDefineFlags,
  StoragePoolEventLifecycleType as Lifecycle,
  StoragePoolState,
} from '@virtkit/core/util';
import { checked } from '../conf/schema.js';
import { internalError, invalidArg, noPool, noSupport, operationFailed, operationInvalid } from '../errors.js';
import { conflictingPool } from '../state/pool-conflict.js';
import { PoolObject } from '../state/pool-object.js';
import type { TestNode } from '../state/test-node.js';
import { createVport, destroyVport } from '../state/vport.js';

const LOGICAL_SOURCES = `<sources>
  <source>
    <device path='/dev/sda20'/>
    <name>testvg1</name>
    <format type='lvm2'/>
  </source>
  <source>
    <device path='/dev/sda21'/>
    <name>testvg2</name>
    <format type='lvm2'/>
  </source>
</sources>
`;

const netfsSources = (host: string): string => `<sources>
  <source>
    <host name='${host}'/>
    <dir path='/testshare'/>
    <format type='nfs'/>
  </source>
</sources>
`;

export const inactive = ({ name }: { name: string }): Error => operationInvalid(`storage pool '${name}' is not active`);

/** Finds pools for the operations on pools and on volumes. */
export function poolFinder({ pools }: TestNode) {
  const byName = (name: string): PoolObject => {
    const pool = pools.byName(name);
    if (pool === undefined) throw noPool(`no storage pool with matching name '${name}'`);
    return pool;
  };
  const byUuid = (uuid: string): PoolObject => {
    const pool = pools.byUuid(uuid);
    if (pool === undefined) throw noPool(`no storage pool with matching uuid '${uuid}'`);
    return pool;
  };
  const activeByName = (name: string): PoolObject => {
    const pool = byName(name);
    if (!pool.active) throw inactive(pool);
    return pool;
  };
  return { byName, byUuid, activeByName };
}

/** Storage pools. */
export function storagePoolOps(node: TestNode) {
  const { pools, events } = node;
  const { byName, byUuid, activeByName } = poolFinder(node);
  const inactiveByName = (name: string): PoolObject => {
    const pool = byName(name);
    if (pool.active) throw operationInvalid(`storage pool '${name}' is active`);
    return pool;
  };

  function assign(def: StoragePoolDef): PoolObject {
    const other = conflictingPool(pools, def);
    if (other !== undefined)
      throw operationFailed(`Storage source conflict with pool: '${other.name}'`, ErrorDomain.STORAGE);
    let pool = pools.match(def.name, def.uuid);
    if (pool === undefined) pools.add((pool = new PoolObject(def)));
    return pool;
  }

  function start(pool: PoolObject): void {
    const { adapter } = pool.def.source;
    if (adapter?.type === 'fc_host') createVport(node, adapter);
    pool.active = true;
    events.poolLifecycle(pool.ref, Lifecycle.STARTED);
  }

  return {
    connectListAllStoragePools(flags: number): StoragePoolRef[] {
      const matches = storagePoolFilter(flags);
      const refs: StoragePoolRef[] = [];
      for (const pool of pools) if (matches(pool)) refs.push(pool.ref);
      return refs;
    },

    connectFindStoragePoolSources(type: string, srcSpec: string | null, flags: number): string {
      const source = srcSpec === null ? undefined : parsePoolSource(srcSpec);
      switch (type) {
        case 'logical':
          return LOGICAL_SOURCES;
        case 'netfs': {
          const host = source?.host?.[0]?.name;
          if (host === undefined) throw invalidArg('hostname must be specified for netfs sources');
          return netfsSources(host);
        }
        case 'dir':
          throw internalError(`unknown storage pool type ${type}`);
        default:
          throw noSupport(`pool type '${type}' does not support source discovery`);
      }
    },

    storagePoolLookupByName: (name: string) => byName(name).ref,
    storagePoolLookupByUUID: (uuid: string) => byUuid(uuid).ref,
    storagePoolLookupByVolume: ({ pool }: StorageVolRef) => byName(pool).ref,

    storagePoolCreateXML(xml: string, flags: number): StoragePoolRef {
      const def = parseStoragePool(xml);
      if (pools.byName(def.name)?.active === true && pools.byUuid(def.uuid)?.active === true)
        throw operationInvalid(`pool is already active as '${def.name}'`, ErrorDomain.STORAGE);
      const pool = assign(def);
      pool.define(def);
      pool.persistent = false;
      start(pool);
      return pool.ref;
    },

    storagePoolDefineXML(xml: string, flags: number): StoragePoolRef | Promise<StoragePoolRef> {
      return checked('storagepool', storagePool, xml, (flags & StoragePoolDefineFlags.VALIDATE) !== 0, () => {
        const def = parseStoragePool(xml);
        const pool = assign(def);
        // As in libvirt's driver, a definition for a pool that is active is never used.
        if (!pool.active) pool.define(def);
        pool.persistent = true;
        events.poolLifecycle(pool.ref, Lifecycle.DEFINED);
        return pool.ref;
      });
    },

    storagePoolUndefine({ name }: StoragePoolRef): void {
      const pool = inactiveByName(name);
      pools.remove(pool);
      events.poolLifecycle(pool.ref, Lifecycle.UNDEFINED);
    },

    storagePoolBuild({ name }: StoragePoolRef, flags: number): void {
      events.poolLifecycle(inactiveByName(name).ref, Lifecycle.CREATED);
    },

    storagePoolCreate({ name }: StoragePoolRef, flags: number): void {
      start(inactiveByName(name));
    },

    storagePoolDestroy({ name }: StoragePoolRef): void {
      const pool = activeByName(name);
      const { adapter } = pool.def.source;
      if (adapter?.type === 'fc_host') destroyVport(node, adapter);
      pool.active = false;
      events.poolLifecycle(pool.ref, Lifecycle.STOPPED);
      if (!pool.persistent) pools.remove(pool);
    },

    storagePoolDelete({ name }: StoragePoolRef, flags: number): void {
      events.poolLifecycle(inactiveByName(name).ref, Lifecycle.DELETED);
    },

    storagePoolRefresh({ name }: StoragePoolRef, flags: number): void {
      events.poolRefreshed(activeByName(name).ref);
    },

    storagePoolGetInfo({ name }: StoragePoolRef): StoragePoolInfo {
      const { active, def } = byName(name);
      return {
        state: active ? StoragePoolState.RUNNING : StoragePoolState.INACTIVE,
        capacity: BigInt(def.capacity),
        allocation: BigInt(def.allocation),
        available: BigInt(def.available),
      };
    },

    storagePoolGetXMLDesc: ({ name }: StoragePoolRef, flags: number) => formatStoragePool(byName(name).def),
    storagePoolGetAutostart: ({ name }: StoragePoolRef) => byName(name).autostart,
    storagePoolSetAutostart({ name }: StoragePoolRef, autostart: boolean): void {
      const pool = byName(name);
      if (!pool.persistent) throw invalidArg('pool has no config file');
      pool.autostart = autostart;
    },
    storagePoolIsActive: ({ uuid }: StoragePoolRef) => byUuid(uuid).active,
    storagePoolIsPersistent: ({ uuid }: StoragePoolRef) => byUuid(uuid).persistent,
  } satisfies StorageDriver;
}
