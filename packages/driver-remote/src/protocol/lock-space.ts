import { xdr } from '@virtkit/core/util';
import { call, program, type ProcedureTable } from './procedure.js';
import { uint, uuid, record } from './types.js';

const owner = record({ uuid: uuid, name: xdr.stringOf(65536), id: uint, pid: uint });

export const lockSpaceProcedures = {
  register: call(1, 'low', { owner: owner, flags: uint }, null),
  restrict: call(2, 'low', { flags: uint }, null),
  new: call(3, 'low', { path: xdr.stringOf(65536), flags: uint }, null),
  createResource: call(4, 'low', { path: xdr.stringOf(65536), name: xdr.stringOf(65536), flags: uint }, null),
  deleteResource: call(5, 'low', { path: xdr.stringOf(65536), name: xdr.stringOf(65536), flags: uint }, null),
  acquireResource: call(6, 'low', { path: xdr.stringOf(65536), name: xdr.stringOf(65536), flags: uint }, null),
  releaseResource: call(7, 'low', { path: xdr.stringOf(65536), name: xdr.stringOf(65536), flags: uint }, null),
  createLockspace: call(8, 'low', { path: xdr.stringOf(65536) }, null),
} satisfies ProcedureTable;

/** Program lockSpace: virtlockd's socket. */
export const lockSpace = program({ name: 'lockSpace', number: 0x0ea7beef, version: 1 }, [
  [undefined, lockSpaceProcedures],
]);
