import { call, program, type ProcedureTable } from './procedure.js';
import { hyper, list, optional, string, uhyper, uint, record } from './types.js';
import { typedParam } from './typed-param.js';

const nonnullServer = record({ name: string });
const nonnullClient = record({ srv: nonnullServer, id: uhyper, timestamp: hyper, transport: uint });

export const adminProcedures = {
  connectOpen: call(1, 'low', { flags: uint }, null),
  connectClose: call(2, 'low', null, null),
  connectGetLibVersion: call(3, 'low', null, { libVer: uhyper }),
  connectListServers: call(
    4,
    'low',
    { needResults: uint, flags: uint },
    { servers: list(nonnullServer, 16384), ret: uint },
  ),
  connectLookupServer: call(5, 'low', { name: string, flags: uint }, { srv: nonnullServer }),
  serverGetThreadpoolParameters: call(6, 'low', { srv: nonnullServer, flags: uint }, { params: list(typedParam, 32) }),
  serverSetThreadpoolParameters: call(
    7,
    'low',
    { srv: nonnullServer, params: list(typedParam, 32), flags: uint },
    null,
  ),
  serverListClients: call(
    8,
    'low',
    { srv: nonnullServer, needResults: uint, flags: uint },
    { clients: list(nonnullClient, 16384), ret: uint },
  ),
  serverLookupClient: call(9, 'low', { srv: nonnullServer, id: uhyper, flags: uint }, { clnt: nonnullClient }),
  clientGetInfo: call(10, 'low', { clnt: nonnullClient, flags: uint }, { params: list(typedParam, 64) }),
  clientClose: call(11, 'low', { clnt: nonnullClient, flags: uint }, null),
  serverGetClientLimits: call(12, 'low', { srv: nonnullServer, flags: uint }, { params: list(typedParam, 32) }),
  serverSetClientLimits: call(13, 'low', { srv: nonnullServer, params: list(typedParam, 32), flags: uint }, null),
  connectGetLoggingOutputs: call(14, 'low', { flags: uint }, { outputs: string, noutputs: uint }),
  connectGetLoggingFilters: call(15, 'low', { flags: uint }, { filters: optional(string), nfilters: uint }),
  connectSetLoggingOutputs: call(16, 'low', { outputs: optional(string), flags: uint }, null),
  connectSetLoggingFilters: call(17, 'low', { filters: optional(string), flags: uint }, null),
  serverUpdateTlsFiles: call(18, 'low', { srv: nonnullServer, flags: uint }, null),
  connectSetDaemonTimeout: call(19, 'low', { timeout: uint, flags: uint }, null),
} satisfies ProcedureTable;

/** Program admin: the daemon itself; a socket of its own. */
export const admin = program({ name: 'admin', number: 0x06900690, version: 1 }, [[undefined, adminProcedures]]);
