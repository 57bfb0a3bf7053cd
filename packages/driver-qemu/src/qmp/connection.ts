import { type Socket, connect } from 'node:net';
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtkit/core/util';
import { QmpCommandError, commandAborted, commandRefused, commandTimedOut, monitorClosed } from './errors.js';
import { stringify } from './json.js';
import { LineSplitter } from './line-splitter.js';
import type { QmpEvent, QmpVersion } from './types.js';

/** How long to wait for the answer to a command. */
export interface ExecuteOptions {
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds after which the call fails with OPERATION_TIMEOUT; a late answer is dropped. */
  readonly timeout?: number | undefined;
}

interface Pending {
  readonly command: string;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: LibvirtError) => void;
  /** The whole message is wanted, a refusal too. */
  readonly raw: boolean;
  readonly release: () => void;
}

/** An answer as it came, its `id` included. */
export type RawReply = Readonly<Record<string, unknown>>;

interface Message {
  readonly QMP?: { readonly version: QmpVersion };
  readonly id?: string;
  readonly return?: unknown;
  readonly error?: { readonly class: string; readonly desc: string };
  readonly event?: string;
}

/**
 * One QMP conversation with a QEMU process. Commands may be sent at once and many at a time: they are written behind
 * the capabilities handshake and QEMU answers them in order.
 */
export class QmpConnection {
  readonly #socket: Socket;
  readonly #splitter = new LineSplitter();
  readonly #pending = new Map<string, Pending>();
  readonly #listeners = new Set<(event: QmpEvent) => void>();
  readonly #closeListeners = new Set<(error: LibvirtError) => void>();
  readonly #ready: Promise<QmpVersion>;
  #version: QmpVersion | undefined;
  #serial = 0;
  #closed: LibvirtError | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => this.#splitter.push(chunk, (line) => this.#receive(line)));
    socket.on('error', (error) => this.#close(monitorClosed(error)));
    socket.on('close', () => this.#close(monitorClosed()));
    this.#ready = this.execute('qmp_capabilities').then(() => {
      if (this.#version === undefined) throw monitorClosed();
      return this.#version;
    });
    this.#ready.catch(() => undefined);
  }

  /** Opens the monitor's unix socket. QEMU need not listen yet: see {@link ready}. */
  static connect(path: string): Promise<QmpConnection> {
    return new Promise((resolve, reject) => {
      const socket = connect(path);
      socket.once('error', (error) =>
        reject(LibvirtError.system(ErrorDomain.QEMU, `failed to connect to monitor socket '${path}'`, error)),
      );
      socket.once('connect', () => {
        socket.removeAllListeners('error');
        resolve(new QmpConnection(socket));
      });
    });
  }

  /** QEMU has greeted and answers commands: it greets before it has opened its devices, but answers only after. */
  get ready(): Promise<QmpVersion> {
    return this.#ready;
  }

  /** Why the connection is unusable; undefined while it is open. */
  get closed(): LibvirtError | undefined {
    return this.#closed;
  }

  /** Runs a command and returns its `return` value. A refusal becomes a LibvirtError with a QmpCommandError as cause. */
  execute<Reply = unknown>(
    command: string,
    args?: Readonly<Record<string, unknown>>,
    options: ExecuteOptions = {},
  ): Promise<Reply> {
    return this.#send<Reply>(command, { execute: command, arguments: args }, options, false);
  }

  /** Sends a message as a client gave it; what QEMU answers is passed on whatever it is. */
  pass(message: Readonly<Record<string, unknown>>, options: ExecuteOptions = {}): Promise<RawReply> {
    const { execute } = message;
    return this.#send<RawReply>(typeof execute === 'string' ? execute : '', message, options, true);
  }

  #send<Reply>(
    command: string,
    message: Readonly<Record<string, unknown>>,
    { signal, timeout }: ExecuteOptions,
    raw: boolean,
  ): Promise<Reply> {
    if (this.#closed !== undefined) return Promise.reject(this.#closed);
    if (signal?.aborted) return Promise.reject(commandAborted(command, signal));
    const id = `libvirt-${++this.#serial}`;
    return new Promise<Reply>((resolve, reject) => {
      const giveUp = (error: LibvirtError) => {
        this.#pending.delete(id);
        release();
        reject(error);
      };
      const timer =
        timeout === undefined ? undefined : setTimeout(() => giveUp(commandTimedOut(command, timeout)), timeout);
      const abort = signal && (() => giveUp(commandAborted(command, signal)));
      if (abort) signal.addEventListener('abort', abort, { once: true });
      const release = () => {
        clearTimeout(timer);
        if (abort) signal.removeEventListener('abort', abort);
      };
      this.#pending.set(id, { command, resolve: resolve as (value: unknown) => void, reject, raw, release });
      this.#socket.write(`${stringify({ ...message, id })}\n`);
    });
  }

  /** Calls `listener` for each event, in order, never inside another call. Returns how to stop. */
  onEvent(listener: (event: QmpEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Calls `listener` once when the connection ends, at once when it already has. */
  onClose(listener: (error: LibvirtError) => void): void {
    if (this.#closed === undefined) this.#closeListeners.add(listener);
    else listener(this.#closed);
  }

  /** Ends the conversation; QEMU goes on. Commands not answered yet fail. */
  close(): void {
    this.#close(monitorClosed());
  }

  #close(error: LibvirtError): void {
    if (this.#closed !== undefined) return;
    this.#closed = error;
    this.#socket.destroy();
    for (const pending of this.#pending.values()) {
      pending.release();
      pending.reject(error);
    }
    this.#pending.clear();
    const listeners = [...this.#closeListeners];
    this.#closeListeners.clear();
    this.#listeners.clear();
    for (const listener of listeners) listener(error);
  }

  #receive(line: string): void {
    if (this.#closed !== undefined || line.trim() === '') return;
    let message: Message;
    try {
      message = JSON.parse(line) as Message;
      if (typeof message !== 'object' || message === null) throw new TypeError('not an object');
    } catch (cause) {
      const detail = `cannot parse what QEMU wrote to its monitor: ${line.slice(0, 200)}`;
      this.#close(new LibvirtError(ErrorCode.INTERNAL_ERROR, ErrorDomain.QEMU, detail, { cause }));
      return;
    }
    if (message.event !== undefined) {
      for (const listener of [...this.#listeners]) listener(message as QmpEvent);
    } else if (message.QMP !== undefined) this.#version = message.QMP.version;
    else if (message.id !== undefined) this.#answer(message.id, message);
    else if (message.error !== undefined) this.#answerUnnamed(message);
  }

  /** What QEMU could not read it answers without its id: only messages of clients are like that. */
  #answerUnnamed(message: Message): void {
    for (const [id, { raw }] of this.#pending) if (raw) return this.#answer(id, message);
  }

  #answer(id: string, message: Message): void {
    const { return: value, error } = message;
    const pending = this.#pending.get(id);
    if (pending === undefined) return;
    this.#pending.delete(id);
    pending.release();
    if (pending.raw) pending.resolve(message);
    else if (error === undefined) pending.resolve(value);
    else pending.reject(commandRefused(new QmpCommandError(pending.command, error.class, error.desc)));
  }
}
