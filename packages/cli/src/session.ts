import { type Connect, Host } from '@virtkit/core';
import { findHostRoot, type HostRoot } from './host-root.js';

export interface SessionOptions {
  readonly uri?: string | undefined;
  readonly readOnly?: boolean;
  readonly root?: string | undefined;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** The host and the connection of one run of the program, opened when first asked for. */
export class Session {
  options: SessionOptions;
  readonly root: HostRoot;
  readonly #abort = new AbortController();
  #host: Promise<Host> | undefined;
  #connect: Promise<Connect> | undefined;
  /** As the program was started. */
  #own: SessionOptions | undefined;

  constructor(options: SessionOptions) {
    this.options = options;
    this.root = findHostRoot(options.root ?? process.env['VIRTKIT_ROOT']);
  }

  /** The same session for one command of a shell, which may ask for another form of output. */
  with(options: Pick<SessionOptions, 'json' | 'quiet'>): this {
    this.#own ??= this.options;
    this.options = { ...this.#own, ...options };
    return this;
  }

  /** Aborted when the user interrupts. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  interrupt(): void {
    this.#abort.abort();
  }

  get uri(): string | undefined {
    return this.options.uri ?? process.env['VIRTKIT_DEFAULT_URI'];
  }

  host(): Promise<Host> {
    return (this.#host ??= Host.create({ root: this.root.directory }));
  }

  connect(): Promise<Connect> {
    return (this.#connect ??= this.host().then((host) =>
      host.open(this.uri, { readOnly: this.options.readOnly === true, signal: this.signal }),
    ));
  }

  /** Replaces the connection, as `connect` in the shell does. */
  async reconnect(uri: string | undefined, readOnly: boolean): Promise<Connect> {
    const host = await this.host();
    const old = await this.#connect?.catch(() => undefined);
    this.#connect = host.open(uri, { readOnly });
    await old?.close();
    return this.#connect;
  }

  async close(): Promise<void> {
    const host = await this.#host?.catch(() => undefined);
    await host?.close();
  }
}
