import { StorageVolDownloadFlags, StorageVolUploadFlags } from '@virtkit/core/util';
import { call, type ProcedureTable } from '../procedure.js';
import { char, pool, string, uhyper, uint, volume } from '../types.js';

/** Storage volumes. */
export const storageVolumeProcedures = {
  storageVolCreateXML: call(93, 'low', { pool: pool, xml: string, flags: uint }, { vol: volume }, [
    'storage_vol:create',
  ]),
  storageVolDelete: call(94, 'low', { vol: volume, flags: uint }, null, ['storage_vol:delete']),
  storageVolLookupByName: call(95, 'high', { pool: pool, name: string }, { vol: volume }, ['storage_vol:getattr']),
  storageVolLookupByKey: call(96, 'high', { key: string }, { vol: volume }, ['storage_vol:getattr']),
  storageVolLookupByPath: call(97, 'high', { path: string }, { vol: volume }, ['storage_vol:getattr']),
  storageVolGetInfo: call(98, 'high', { vol: volume }, { type: char, capacity: uhyper, allocation: uhyper }, [
    'storage_vol:read',
  ]),
  storageVolGetXMLDesc: call(99, 'high', { vol: volume, flags: uint }, { xml: string }, ['storage_vol:read']),
  storageVolGetPath: call(100, 'high', { vol: volume }, { name: string }, ['storage_vol:read']),
  storageVolCreateXMLFrom: call(
    125,
    'low',
    { pool: pool, xml: string, clonevol: volume, flags: uint },
    { vol: volume },
    ['storage_vol:create'],
  ),
  storageVolWipe: call(165, 'low', { vol: volume, flags: uint }, null, ['storage_vol:format']),
  storageVolUpload: call(
    208,
    'low',
    { vol: volume, offset: uhyper, length: uhyper, flags: uint },
    null,
    ['storage_vol:data_write'],
    { stream: { direction: 'up', declared: 'up', parameter: 1, sparseFlag: StorageVolUploadFlags.SPARSE_STREAM } },
  ),
  storageVolDownload: call(
    209,
    'low',
    { vol: volume, offset: uhyper, length: uhyper, flags: uint },
    null,
    ['storage_vol:data_read'],
    {
      stream: { direction: 'down', declared: 'down', parameter: 1, sparseFlag: StorageVolDownloadFlags.SPARSE_STREAM },
    },
  ),
  storageVolWipePattern: call(259, 'low', { vol: volume, algorithm: uint, flags: uint }, null, ['storage_vol:format']),
  storageVolResize: call(260, 'low', { vol: volume, capacity: uhyper, flags: uint }, null, ['storage_vol:resize']),
  storageVolGetInfoFlags: call(
    378,
    'high',
    { vol: volume, flags: uint },
    { type: char, capacity: uhyper, allocation: uhyper },
    ['storage_vol:read'],
  ),
} satisfies ProcedureTable;
