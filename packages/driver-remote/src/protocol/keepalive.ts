import { event, program, type ProcedureTable } from './procedure.js';

export const keepaliveProcedures = {
  ping: event(1, null),
  pong: event(2, null),
} satisfies ProcedureTable;

/** Program keepalive: ping and pong, on the same connection as remote. */
export const keepalive = program({ name: 'keepalive', number: 0x6b656570, version: 1 }, [
  [undefined, keepaliveProcedures],
]);
