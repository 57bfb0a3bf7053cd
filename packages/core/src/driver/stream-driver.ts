import type { Awaitable } from './call.js';

/** A stretch of zeroes in a sparse stream, in bytes. */
export interface StreamHole {
  readonly hole: number;
}

/**
 * virStreamDriver: one open stream, as the driver's end offers it. The side that opened it reads what the driver sends
 * and writes what the driver consumes; a driver leaves out the direction that it does not have.
 */
export interface StreamDriver {
  /**
   * virStreamRecv: up to `max` bytes, a hole (sparse streams), or null at the end. Waits until there is something. The
   * data may be put into `into`, which has room for `max`, and a part of it be returned.
   */
  streamRecv?(max: number, into?: Uint8Array): Awaitable<Uint8Array | StreamHole | null>;
  /** virStreamSend: resolves when the data was taken over, which is how a slow consumer slows its producer. */
  streamSend?(data: Uint8Array): Awaitable<void>;
  /** virStreamSendHole: `length` in bytes. */
  streamSendHole?(length: number): Awaitable<void>;
  /** virStreamFinish: all data was sent; resolves once it is safe, raises what went wrong late. */
  streamFinish(): Awaitable<void>;
  /** virStreamAbort: gives up; never raises. */
  streamAbort(reason?: unknown): void;
}
