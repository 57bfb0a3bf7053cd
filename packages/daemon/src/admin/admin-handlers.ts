import { ErrorCode, ErrorDomain, LibvirtError, TypedParamsBuilder, type TypedParams } from '@virtkit/core/util';
import type { Client } from '../server/client.js';
import type { Server } from '../server/server.js';
import type { Handler } from '../session/call.js';
import type { AdminSession } from './admin-session.js';

interface ServerRef {
  readonly name: string;
}
interface ClientRef {
  readonly srv: ServerRef;
  readonly id: bigint;
}

const fail = (code: ErrorCode, text: string): LibvirtError => new LibvirtError(code, ErrorDomain.RPC, text);
/** As virClientTransport numbers them. */
const TRANSPORTS = { unix: 0, tcp: 1, tls: 2 } as const;

/** What the server that serves drivers is called as well. */
const OWN_NAME = 'virtkitd';

function serverOf({ host }: AdminSession, name: string): Server {
  const server = host.servers.get(name === OWN_NAME ? 'libvirtd' : name);
  if (server === undefined)
    throw fail(ErrorCode.NO_SERVER, `No server named '${name}': there are ${[...host.servers.keys()].join(', ')}`);
  return server;
}

function clientOf(session: AdminSession, { srv, id }: ClientRef): Client {
  const client = serverOf(session, srv.name).clients.find((one) => one.id === Number(id));
  if (client === undefined) throw fail(ErrorCode.NO_CLIENT, `No client with matching ID '${id}'`);
  return client;
}

const describe = (server: string, client: Client): object => ({
  srv: { name: server },
  id: BigInt(client.id),
  timestamp: BigInt(Math.floor(client.connectedAt / 1000)),
  transport: TRANSPORTS[client.transport.kind],
});

function clientInfo(client: Client): TypedParams {
  const { readOnly, kind, peer, identity } = client.transport;
  const info = new TypedParamsBuilder().boolean('readonly', readOnly);
  if (kind !== 'unix') info.string('sock_addr', peer);
  if (identity.x509Name !== undefined) info.string('tls_x509_dname', identity.x509Name);
  return info.params;
}

function limitsOf(server: Server): TypedParams {
  return new TypedParamsBuilder()
    .uint('nclients_max', server.limits.clients)
    .uint('nclients', server.clientCount)
    .uint('nclients_unauth_max', server.limits.anonymous)
    .uint('nclients_unauth', server.anonymousClients).params;
}

/** What libvirt's pool of threads would have: as many as it keeps, or as many as there are calls. */
function poolOf({ workers: { min, max, busy, waiting, priority } }: Server): TypedParams {
  const count = Math.max(min, busy);
  return new TypedParamsBuilder()
    .uint('minWorkers', min)
    .uint('maxWorkers', max)
    .uint('nWorkers', count)
    .uint('freeWorkers', count - busy)
    .uint('prioWorkers', priority)
    .uint('jobQueueDepth', waiting).params;
}

function setPool({ workers }: Server, params: TypedParams): void {
  const {
    minWorkers = workers.min,
    maxWorkers = workers.max,
    prioWorkers = workers.priority,
  } = numbersOf(params, ['minWorkers', 'maxWorkers', 'prioWorkers']);
  if (minWorkers > maxWorkers) throw fail(ErrorCode.INVALID_ARG, 'minWorkers cannot be larger than maxWorkers');
  if (maxWorkers === 0) throw fail(ErrorCode.INVALID_ARG, 'maxWorkers must be greater than 0');
  Object.assign(workers, { min: minWorkers, max: maxWorkers, priority: prioWorkers });
  workers.admit();
}

/** The values of parameters that can be set; INVALID_ARG for any other. */
function numbersOf(params: TypedParams, known: readonly string[]): Record<string, number> {
  const given: Record<string, number> = {};
  for (const { field, value } of params) {
    if (!known.includes(field) || typeof value !== 'number')
      throw fail(ErrorCode.INVALID_ARG, `parameter '${field}' cannot be set: ${known.join(', ')} can`);
    given[field] = value;
  }
  return given;
}

function setLimits(server: Server, params: TypedParams): void {
  const given = numbersOf(params, ['nclients_max', 'nclients_unauth_max']);
  const { nclients_max: clients = server.limits.clients, nclients_unauth_max: anonymous = server.limits.anonymous } =
    given;
  if (clients < 1 || anonymous < 1 || anonymous > clients)
    throw fail(ErrorCode.INVALID_ARG, 'nclients_max must be at least nclients_unauth_max, and both at least 1');
  server.limits = { ...server.limits, clients, anonymous };
}

const count = (text: string): number => text.split(/\s+/).filter((word) => word !== '').length;

/** The procedures of the administration socket, by name. */
export const adminHandlers: Readonly<Record<string, Handler<AdminSession>>> = {
  connectOpen: (session) => {
    session.opened = true;
    return [];
  },
  connectClose: (session) => {
    session.client.closeAfterReply();
    return [];
  },
  // The version of libvirt whose protocol this is.
  connectGetLibVersion: () => [9_000_000n],
  connectListServers: ({ host }, [need]) => [
    need === 0 ? [] : [...host.servers.keys()].map((name) => ({ name })),
    host.servers.size,
  ],
  connectLookupServer: (session, [name]) => {
    serverOf(session, name as string);
    return [{ name }];
  },
  serverListClients: (session, [srv, need]) => {
    const { name } = srv as ServerRef;
    const { clients } = serverOf(session, name);
    return [need === 0 ? [] : clients.map((client) => describe(name, client)), clients.length];
  },
  serverLookupClient: (session, [srv, id]) => {
    const { name } = srv as ServerRef;
    return [describe(name, clientOf(session, { srv: { name }, id: id as bigint }))];
  },
  clientGetInfo: (session, [client]) => [clientInfo(clientOf(session, client as ClientRef))],
  clientClose: (session, [client]) => {
    const found = clientOf(session, client as ClientRef);
    // It may be the one that asks.
    found.closeAfterReply();
    return [];
  },
  serverGetClientLimits: (session, [srv]) => [limitsOf(serverOf(session, (srv as ServerRef).name))],
  serverSetClientLimits: (session, [srv, params]) => {
    setLimits(serverOf(session, (srv as ServerRef).name), params as TypedParams);
    return [];
  },
  connectGetLoggingOutputs: ({ host }) => [host.log.outputs, count(host.log.outputs)],
  connectGetLoggingFilters: ({ host }) => [host.log.filters === '' ? null : host.log.filters, count(host.log.filters)],
  connectSetLoggingOutputs: ({ host }, [outputs]) => {
    host.log.apply({
      log_level: host.log.level,
      log_filters: host.log.filters,
      log_outputs: (outputs as string | null) ?? undefined,
    });
    return [];
  },
  connectSetLoggingFilters: ({ host }, [filters]) => {
    host.log.apply({
      log_level: host.log.level,
      log_filters: (filters as string | null) ?? undefined,
      log_outputs: host.log.outputs,
    });
    return [];
  },
  serverUpdateTlsFiles: async (session, [srv]) => {
    const server = serverOf(session, (srv as ServerRef).name);
    if (!(await session.host.reloadTls(server)))
      throw fail(ErrorCode.INTERNAL_ERROR, 'no tls service found, unable to update tls files');
    return [];
  },
  serverGetThreadpoolParameters: (session, [srv]) => [poolOf(serverOf(session, (srv as ServerRef).name))],
  serverSetThreadpoolParameters: (session, [srv, params]) => {
    setPool(serverOf(session, (srv as ServerRef).name), params as TypedParams);
    return [];
  },
  connectSetDaemonTimeout: ({ host }, [seconds]) => {
    host.setIdleTimeout(seconds as number);
    return [];
  },
};
