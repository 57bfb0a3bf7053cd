import { xdr } from '@virtkit/core/util';
import { call, event, type ProcedureTable } from '../procedure.js';
import { charBytes } from '../char-text.js';
import { int, list, optional, string, uint } from '../types.js';
import { typedParam } from '../typed-param.js';

export const authType = xdr.enumeration('AuthType', { none: 0, sasl: 1, polkit: 2 });

/** Opening and closing a connection, authentication, features. */
export const sessionProcedures = {
  connectOpen: call(1, 'high', { name: optional(string), flags: uint }, null, ['connect:getattr']),
  connectClose: call(2, 'high', null, null),
  connectSupportsFeature: call(60, 'high', { feature: int }, { supported: int }, ['connect:getattr']),
  connectRegisterCloseCallback: call(360, 'high', null, null, ['connect:getattr']),
  connectUnregisterCloseCallback: call(361, 'high', null, null, ['connect:getattr']),
  connectSetIdentity: call(419, 'low', { params: list(typedParam, 20), flags: uint }, null, ['connect:write']),
} satisfies ProcedureTable;

/** Opening and closing a connection, authentication, features. Messages and calls that no driver table has. */
export const sessionMessages = {
  authList: call(66, 'high', null, { types: list(authType, 20) }, [], { anonymous: true }),
  authSaslInit: call(67, 'high', null, { mechlist: string }, [], { anonymous: true }),
  authSaslStart: call(
    68,
    'high',
    { mech: string, nil: int, data: charBytes(65536) },
    { complete: int, nil: int, data: charBytes(65536) },
    [],
    { anonymous: true },
  ),
  authSaslStep: call(
    69,
    'high',
    { nil: int, data: charBytes(65536) },
    { complete: int, nil: int, data: charBytes(65536) },
    [],
    { anonymous: true },
  ),
  authPolkit: call(70, 'high', null, { complete: int }, [], { anonymous: true }),
  connectGetURI: call(110, 'high', null, { uri: string }, ['connect:getattr']),
  connectEventConnectionClosed: event(362, { reason: int }),
} satisfies ProcedureTable;
