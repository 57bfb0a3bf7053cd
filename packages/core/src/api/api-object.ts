import type { FunctionName } from '../driver/index.js';
import type { Connect } from './connect.js';
import type { Domain } from './domain.js';
import type {
  DomainStatsRecord as DomainStatsRecordRef,
  DomainScreenshot as DomainScreenshotRef,
} from '../driver/index.js';
import type { Stream } from './stream.js';

/** Last argument of every call that may wait. */
export interface CallOptions {
  /** Stops waiting when aborted: the call raises OPERATION_ABORTED. */
  readonly signal?: AbortSignal;
}

/** A structure with the references in it turned into public objects. */
export type Api<T> = {
  readonly [K in keyof T]: T[K] extends DomainStatsRecordRef['dom']
    ? Domain
    : T[K] extends DomainScreenshotRef['stream']
      ? Stream
      : T[K];
};

/**
 * A handle: a connection and an identity, never state. A handle to an object that is gone fails at its next call with
 * the object's own NO_* code.
 */
export abstract class ApiObject {
  /** The connection through which the object was reached. */
  abstract readonly connect: Connect;
  /** What identifies the object; undefined for the connection itself. */
  abstract readonly ref: object | undefined;

  /** Calls one function of libvirt on this object, and turns what it returns into public objects. */
  protected async invoke(name: FunctionName, args: readonly unknown[], options?: CallOptions): Promise<unknown> {
    const raw = args.map(unwrap);
    return this.connect.wrap(name, await this.connect.call(name, this.ref, raw, options?.signal));
  }
}

/** Public objects go to the driver as their references. */
function unwrap(value: unknown): unknown {
  if (value instanceof ApiObject) return value.ref;
  return Array.isArray(value) ? value.map(unwrap) : value;
}
