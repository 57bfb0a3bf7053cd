/** How long one piece of work may keep the event loop from others, in milliseconds. */
const SHARE = 0.5;

/**
 * Long work that lets others run in between: after each step, `if (share.used) await share.next();`.
 */
export class LoopShare {
  #until = performance.now() + SHARE;

  /** It is the turn of others. */
  get used(): boolean {
    return performance.now() >= this.#until;
  }

  /** Resolves when they had theirs. */
  async next(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    this.#until = performance.now() + SHARE;
  }
}
