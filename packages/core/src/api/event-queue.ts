const FOREVER = 2 ** 31 - 1;

/** Put in place of events that a reader was too slow to take. */
export interface Dropped {
  readonly dropped: number;
}

export interface EventQueueOptions {
  /** How many events wait for the reader at most; default 1,000. The oldest are dropped first. */
  readonly bufferSize?: number;
  /** Ends the iteration when aborted. */
  readonly signal?: AbortSignal;
}

/**
 * Events as an async iterator with a bounded buffer: a reader that falls behind gets one {@link Dropped} marker saying
 * how many it missed, in their place, and then the rest. A reader that waits keeps the process alive.
 */
export class EventQueue<Event> implements AsyncIterableIterator<Event | Dropped> {
  readonly #buffer: Event[] = [];
  readonly #size: number;
  readonly #close: (queue: EventQueue<Event>) => void;
  #dropped = 0;
  readonly #waiting: ((result: IteratorResult<Event | Dropped>) => void)[] = [];
  readonly #signal: AbortSignal | undefined;
  #hold: NodeJS.Timeout | undefined;
  #ended = false;

  /** `close` is called once, when the reader is done. */
  constructor(options: EventQueueOptions, close: (queue: EventQueue<Event>) => void) {
    this.#size = Math.max(1, options.bufferSize ?? 1000);
    this.#close = close;
    this.#signal = options.signal;
    if (options.signal?.aborted) this.end();
    else options.signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  get ended(): boolean {
    return this.#ended;
  }

  readonly #onAbort = (): void => this.end();

  push(event: Event): void {
    if (this.#ended) return;
    const waiting = this.#waiting.shift();
    if (waiting !== undefined) {
      this.#letGo();
      return waiting({ done: false, value: event });
    }
    if (this.#buffer.length >= this.#size) {
      this.#buffer.shift();
      this.#dropped++;
    }
    this.#buffer.push(event);
  }

  /** No more events will come; what is buffered is still delivered. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#signal?.removeEventListener('abort', this.#onAbort);
    this.#close(this);
    for (const waiting of this.#waiting.splice(0)) waiting({ done: true, value: undefined });
    this.#letGo();
  }

  #letGo(): void {
    if (this.#waiting.length > 0) return;
    clearInterval(this.#hold);
    this.#hold = undefined;
  }

  next(): Promise<IteratorResult<Event | Dropped>> {
    if (this.#dropped > 0) {
      const dropped = this.#dropped;
      this.#dropped = 0;
      return Promise.resolve({ done: false, value: { dropped } });
    }
    if (this.#buffer.length > 0) return Promise.resolve({ done: false, value: this.#buffer.shift()! });
    if (this.#ended) return Promise.resolve({ done: true, value: undefined });
    // Neither an event of a driver in memory nor a signal's deadline is anything that Node waits for.
    this.#hold ??= setInterval(() => undefined, FOREVER);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  return(): Promise<IteratorResult<Event | Dropped>> {
    this.end();
    this.#buffer.length = 0;
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
