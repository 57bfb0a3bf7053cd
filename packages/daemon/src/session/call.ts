import type { Awaitable } from '@virtkit/core';
import type { XdrRecordCodec } from '@virtkit/core/util';
import type { Procedure } from '@virtkit/driver-remote/protocol';
import type { Request } from '../server/client.js';

/** A call in execution. */
export interface Call<S> extends Request {
  readonly procedure: number;
  readonly plan: Plan<S>;
}

/** Does a procedure: from the arguments' values on the wire to the answer's. May raise. */
export type Handler<S> = (session: S, wire: readonly unknown[], call: Call<S>) => Awaitable<readonly unknown[]>;

/** A procedure made ready for being served. */
export interface Plan<S> {
  readonly procedure: Procedure;
  readonly args: XdrRecordCodec | undefined;
  readonly ret: XdrRecordCodec | undefined;
  readonly run: Handler<S>;
}
