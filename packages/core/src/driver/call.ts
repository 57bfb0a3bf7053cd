/** A value, or a promise of it: drivers answer at once where they can, which spares the caller a turn of the event loop. */
export type Awaitable<T> = T | Promise<T>;

/** Goes with every call into a driver, as its last argument. */
export interface CallContext {
  /**
   * Aborted when the caller no longer waits, or its deadline passed. A driver that waits for something must stop waiting
   * and raise OPERATION_ABORTED; what it had begun to change it undoes or finishes.
   */
  readonly signal: AbortSignal | undefined;
  /**
   * The caller only asks how many parameters there are (a client's `nparams` of 0). A driver whose answer does not depend
   * on the object may give as many of any value without looking at it.
   */
  readonly counting?: boolean;
}
