import { ErrorCode, type ErrorDomain } from './enums/errors.gen.js';
import { LibvirtError } from './errors.js';

/** How a job waits for its turn. */
export interface JobOptions {
  /** Stops waiting (OPERATION_ABORTED) when aborted before the job began; a job under way is not touched. */
  readonly signal?: AbortSignal | undefined;
  /** How long to wait for the turn, in ms; then OPERATION_TIMEOUT, naming the job that is in the way. Default 30,000; Infinity waits for ever. */
  readonly patience?: number;
}

interface Waiting {
  readonly name: string;
  readonly start: () => void;
}

/**
 * The jobs of one object, one at a time, in the order in which they came: what changes an object runs here, what only
 * reads its last known state does not.
 */
export class JobQueue {
  readonly #domain: ErrorDomain;
  readonly #waiting: Waiting[] = [];
  #holder: string | undefined;
  #since = 0;

  /** `domain` is the error domain of the owner. */
  constructor(domain: ErrorDomain) {
    this.#domain = domain;
  }

  /** Name of the job that runs now. */
  get holder(): string | undefined {
    return this.#holder;
  }

  /** How long it has run, in ms; 0 while none does. */
  get busyFor(): number {
    return this.#holder === undefined ? 0 : performance.now() - this.#since;
  }

  /** Runs `work` when its turn has come and passes on what it returns or raises. `name` is what others are told. */
  async run<T>(name: string, work: () => Promise<T> | T, options: JobOptions = {}): Promise<T> {
    if (this.#holder !== undefined) await this.#turn(name, options);
    this.#holder = name;
    this.#since = performance.now();
    try {
      return await work();
    } finally {
      this.#holder = undefined;
      const next = this.#waiting.shift();
      if (next !== undefined) {
        // It owns the queue from here on, before anybody who comes meanwhile.
        this.#holder = next.name;
        next.start();
      }
    }
  }

  #turn(name: string, { signal, patience = 30_000 }: JobOptions): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = (code: ErrorCode, detail: string, cause?: unknown) => {
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
        settle();
        reject(new LibvirtError(code, this.#domain, detail, cause === undefined ? {} : { cause }));
      };
      const abort = () =>
        leave(
          ErrorCode.OPERATION_ABORTED,
          `the caller gave up waiting for its turn (held by monitor=${this.#holder})`,
          signal?.reason,
        );
      const late = () =>
        leave(ErrorCode.OPERATION_TIMEOUT, `cannot acquire state change lock (held by monitor=${this.#holder})`);
      const timer = patience === Infinity ? undefined : setTimeout(late, patience);
      const settle = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', abort);
      };
      const waiting: Waiting = {
        name,
        start: () => {
          settle();
          resolve();
        },
      };
      this.#waiting.push(waiting);
      if (signal?.aborted) abort();
      else signal?.addEventListener('abort', abort, { once: true });
    });
  }
}
