import { call, event, type ProcedureTable } from '../procedure.js';
import { int, list, opaque, optional, secret, string, uint, uuid } from '../types.js';

/** Secrets. */
export const secretProcedures = {
  connectNumOfSecrets: call(139, 'high', null, { num: int }, ['connect:search_secrets'], { filter: 'secret:getattr' }),
  connectListSecrets: call(140, 'high', { maxuuids: int }, { uuids: list(string, 16384) }, ['connect:search_secrets'], {
    filter: 'secret:getattr',
  }),
  secretLookupByUUID: call(141, 'high', { uuid: uuid }, { secret: secret }, ['secret:getattr']),
  secretDefineXML: call(142, 'high', { xml: string, flags: uint }, { secret: secret }, ['secret:write', 'secret:save']),
  secretGetXMLDesc: call(143, 'high', { secret: secret, flags: uint }, { xml: string }, ['secret:read']),
  secretSetValue: call(144, 'high', { secret: secret, value: opaque(65536), flags: uint }, null, ['secret:write']),
  secretGetValue: call(145, 'high', { secret: secret, flags: uint }, { value: opaque(65536) }, ['secret:read_secure']),
  secretUndefine: call(146, 'high', { secret: secret }, null, ['secret:delete']),
  secretLookupByUsage: call(147, 'high', { usageType: int, usageID: string }, { secret: secret }, ['secret:getattr']),
  connectListAllSecrets: call(
    287,
    'high',
    { needResults: int, flags: uint },
    { secrets: list(secret, 16384), ret: uint },
    ['connect:search_secrets'],
    { filter: 'secret:getattr' },
  ),
  connectSecretEventRegisterAny: call(
    380,
    'high',
    { eventID: int, secret: optional(secret) },
    { callbackID: int },
    ['connect:search_secrets'],
    { filter: 'secret:getattr' },
  ),
  connectSecretEventDeregisterAny: call(381, 'high', { callbackID: int }, null, ['connect:read']),
} satisfies ProcedureTable;

/** Secrets. Messages and calls that no driver table has. */
export const secretMessages = {
  secretEventLifecycle: event(382, { callbackID: int, secret: secret, event: int, detail: int }),
  secretEventValueChanged: event(383, { callbackID: int, secret: secret }),
} satisfies ProcedureTable;
