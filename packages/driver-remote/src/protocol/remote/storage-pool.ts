import { call, event, type ProcedureTable } from '../procedure.js';
import { int, list, optional, pool, string, uchar, uhyper, uint, uuid, volume } from '../types.js';

/** Storage pools. */
export const storagePoolProcedures = {
  connectNumOfStoragePools: call(71, 'high', null, { num: int }, ['connect:search_storage_pools'], {
    filter: 'storage_pool:getattr',
  }),
  connectListStoragePools: call(
    72,
    'high',
    { maxnames: int },
    { names: list(string, 16384) },
    ['connect:search_storage_pools'],
    { filter: 'storage_pool:getattr' },
  ),
  connectNumOfDefinedStoragePools: call(73, 'high', null, { num: int }, ['connect:search_storage_pools'], {
    filter: 'storage_pool:getattr',
  }),
  connectListDefinedStoragePools: call(
    74,
    'high',
    { maxnames: int },
    { names: list(string, 16384) },
    ['connect:search_storage_pools'],
    { filter: 'storage_pool:getattr' },
  ),
  connectFindStoragePoolSources: call(
    75,
    'low',
    { type: string, srcSpec: optional(string), flags: uint },
    { xml: string },
    ['connect:detect_storage_pools'],
  ),
  storagePoolCreateXML: call(76, 'low', { xml: string, flags: uint }, { pool: pool }, [
    'storage_pool:start',
    'storage_pool:write',
  ]),
  storagePoolDefineXML: call(77, 'high', { xml: string, flags: uint }, { pool: pool }, [
    'storage_pool:write',
    'storage_pool:save',
  ]),
  storagePoolCreate: call(78, 'low', { pool: pool, flags: uint }, null, ['storage_pool:start']),
  storagePoolBuild: call(79, 'low', { pool: pool, flags: uint }, null, ['storage_pool:format']),
  storagePoolDestroy: call(80, 'high', { pool: pool }, null, ['storage_pool:stop']),
  storagePoolDelete: call(81, 'low', { pool: pool, flags: uint }, null, ['storage_pool:format']),
  storagePoolUndefine: call(82, 'high', { pool: pool }, null, ['storage_pool:delete']),
  storagePoolRefresh: call(83, 'low', { pool: pool, flags: uint }, null, ['storage_pool:refresh']),
  storagePoolLookupByName: call(84, 'high', { name: string }, { pool: pool }, ['storage_pool:getattr']),
  storagePoolLookupByUUID: call(85, 'high', { uuid: uuid }, { pool: pool }, ['storage_pool:getattr']),
  storagePoolLookupByVolume: call(86, 'high', { vol: volume }, { pool: pool }, ['storage_pool:getattr']),
  storagePoolGetInfo: call(
    87,
    'high',
    { pool: pool },
    { state: uchar, capacity: uhyper, allocation: uhyper, available: uhyper },
    ['storage_pool:read'],
  ),
  storagePoolGetXMLDesc: call(88, 'high', { pool: pool, flags: uint }, { xml: string }, ['storage_pool:read']),
  storagePoolGetAutostart: call(89, 'high', { pool: pool }, { autostart: int }, ['storage_pool:read']),
  storagePoolSetAutostart: call(90, 'high', { pool: pool, autostart: int }, null, ['storage_pool:write']),
  storagePoolNumOfVolumes: call(91, 'high', { pool: pool }, { num: int }, ['storage_pool:search_storage_vols'], {
    filter: 'storage_vol:getattr',
  }),
  storagePoolListVolumes: call(
    92,
    'high',
    { pool: pool, maxnames: int },
    { names: list(string, 16384) },
    ['storage_pool:search_storage_vols'],
    { filter: 'storage_vol:getattr' },
  ),
  storagePoolIsActive: call(154, 'high', { pool: pool }, { active: int }, ['storage_pool:read']),
  storagePoolIsPersistent: call(155, 'high', { pool: pool }, { persistent: int }, ['storage_pool:read']),
  connectListAllStoragePools: call(
    281,
    'high',
    { needResults: int, flags: uint },
    { pools: list(pool, 16384), ret: uint },
    ['connect:search_storage_pools'],
    { filter: 'storage_pool:getattr' },
  ),
  storagePoolListAllVolumes: call(
    282,
    'high',
    { pool: pool, needResults: int, flags: uint },
    { vols: list(volume, 16384), ret: uint },
    ['storage_pool:search_storage_vols'],
    { filter: 'storage_vol:getattr' },
  ),
  connectStoragePoolEventRegisterAny: call(
    368,
    'high',
    { eventID: int, pool: optional(pool) },
    { callbackID: int },
    ['connect:search_storage_pools'],
    { filter: 'storage_pool:getattr' },
  ),
  connectStoragePoolEventDeregisterAny: call(369, 'high', { callbackID: int }, null, ['connect:read']),
  storagePoolLookupByTargetPath: call(391, 'high', { path: string }, { pool: pool }, ['storage_pool:getattr']),
  connectGetStoragePoolCapabilities: call(403, 'low', { flags: uint }, { capabilities: string }, ['connect:read']),
} satisfies ProcedureTable;

/** Storage pools. Messages and calls that no driver table has. */
export const storagePoolMessages = {
  storagePoolEventLifecycle: event(370, { callbackID: int, pool: pool, event: int, detail: int }),
  storagePoolEventRefresh: event(373, { callbackID: int, pool: pool }),
} satisfies ProcedureTable;
