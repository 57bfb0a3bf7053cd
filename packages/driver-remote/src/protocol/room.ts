import { rpcError } from '@virtkit/core/util';

/** A caller that announces more room than an answer can have asks for work that nobody could receive. */
export function checkRoom(what: string, asked: number, most: number): void {
  if (asked > most || asked < 0) throw rpcError(`${what} is ${asked}, and from 0 to ${most} fit into an answer`);
}
