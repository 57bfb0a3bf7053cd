/**
 * Long work that lets others run in between: after each step, `if (share.used) await share.next();`.
 */
export class LoopShare {
  #until: number;
  #turn: Promise<void> | undefined;

  /** `share` is how long the work may keep the event loop from others at a time, in milliseconds. */
  constructor(private readonly share = 0.5) {
    this.#until = performance.now() + share;
  }

  /** It is the turn of others. */
  get used(): boolean {
    return performance.now() >= this.#until;
  }

  /** Resolves when they had theirs. Several that work side by side wait for the same turn, as they share the time after it. */
  next(): Promise<void> {
    return (this.#turn ??= new Promise((resolve) =>
      setImmediate(() => {
        this.#turn = undefined;
        this.#until = performance.now() + this.share;
        resolve();
      }),
    ));
  }
}
