import type { Duplex } from 'node:stream';
import {
  ErrorCode,
  ErrorDomain,
  FrameHeader,
  FrameSplitter,
  FrameWriter,
  LibvirtError,
  MessageStatus,
  MessageType,
  rpcError,
  xdrCodec,
  XdrReader,
} from '@virtkit/core/util';
import type { ClientStream } from './client-stream.js';
import { ClientStreams } from './client-streams.js';
import { keepalive, keepaliveProcedures, type Procedure } from './protocol/index.js';
import { receivedError } from './received-error.js';
import type { Line } from './transport/dial.js';

interface Pending {
  readonly procedure: Procedure;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: LibvirtError) => void;
  timer: NodeJS.Timeout | undefined;
  readonly signal: AbortSignal | undefined;
  onAbort: (() => void) | undefined;
}

export interface Answer {
  readonly values: readonly unknown[];
  readonly stream: ClientStream | undefined;
}

export interface RpcClientOptions {
  /** Messages that no call asked for. `reader` is valid during the call only. */
  readonly onEvent: (program: number, procedure: number, reader: XdrReader) => void;
  /** Called once, when the connection is over. */
  readonly onClose: (error: LibvirtError) => void;
}

/** Unread stream bytes above which the connection is not read, and below which it is again. */
const STOP_READING = 16 * 1024 * 1024;
const READ_AGAIN = 4 * 1024 * 1024;
/** As long as calls wait for answers, which come behind the data of streams, this much is taken. */
const UNREAD_MOST = 256 * 1024 * 1024;
/** A deadline can be set this far ahead. */
const TIMER_MOST = 0x7fff_ffff;

const NO_VALUES: readonly unknown[] = [];

/** One connection to a daemon: calls in flight by serial, streams, events, keepalive. */
export class RpcClient {
  readonly #socket: Duplex;
  readonly #options: RpcClientOptions;
  readonly #splitter = new FrameSplitter();
  readonly #header = new FrameHeader();
  readonly #reader = new XdrReader();
  readonly #writer = new FrameWriter();
  readonly #pending = new Map<number, Pending>();
  /** Calls that open streams and whose callers gave up. */
  readonly #abandoned = new Map<number, Procedure>();
  readonly #streams: ClientStreams;
  #serial = 0;
  #flushing = false;
  #draining: Promise<void> | undefined;
  #closed: LibvirtError | undefined;
  #keepalive: NodeJS.Timeout | undefined;
  #silent = 0;

  constructor(line: Line, options: RpcClientOptions) {
    const { socket } = line;
    this.#socket = socket;
    this.#options = options;
    this.#streams = new ClientStreams({
      send: (procedure, serial, type, status, payload) => this.#sendStream(procedure, serial, type, status, payload),
      regulate: () => this.#regulate(),
    });
    line.listen((bytes) => this.#onData(bytes));
    socket.on('error', (cause) =>
      this.close(
        LibvirtError.is(cause) ? cause : LibvirtError.system(ErrorDomain.RPC, 'the connection was lost', cause),
      ),
    );
    socket.on('close', () => this.close(rpcError('End of file while reading data: the daemon closed the connection')));
  }

  get closed(): LibvirtError | undefined {
    return this.#closed;
  }

  /**
   * Calls a procedure with the values of its record. `deadline` in ms, 0 for none. Raises what the daemon answers,
   * OPERATION_TIMEOUT at the deadline, and a lost connection as RPC.
   */
  call(procedure: Procedure, values: readonly unknown[], deadline: number, signal?: AbortSignal): Promise<Answer> {
    if (this.#closed !== undefined) return Promise.reject(this.#closed);
    const serial = this.#serial;
    this.#serial = (serial + 1) >>> 0;
    const writer = this.#writer;
    const { program } = procedure;
    writer.begin(program.number, program.version, procedure.number, MessageType.CALL, serial, MessageStatus.OK);
    try {
      if (procedure.args !== undefined) xdrCodec(procedure.args).encodeFields(writer, values);
      writer.finish();
    } catch (error) {
      writer.cancel();
      return Promise.reject(LibvirtError.from(error));
    }
    this.#flushSoon();
    return new Promise((resolve, reject) => {
      const pending: Pending = { procedure, resolve, reject, timer: undefined, signal, onAbort: undefined };
      this.#pending.set(serial, pending);
      if (deadline > 0)
        pending.timer = setTimeout(
          () =>
            this.#giveUp(serial, ErrorCode.OPERATION_TIMEOUT, `no answer to ${procedure.name} within ${deadline} ms`),
          Math.min(deadline, TIMER_MOST),
        );
      if (signal !== undefined) {
        pending.onAbort = () =>
          this.#giveUp(serial, ErrorCode.OPERATION_ABORTED, `${procedure.name}: the caller gave up waiting`);
        signal.addEventListener('abort', pending.onAbort, { once: true });
        if (signal.aborted) pending.onAbort();
      }
      if (this.#streams.unread > STOP_READING) this.#regulate();
    });
  }

  /** The answer may still come; it finds nobody waiting. */
  #giveUp(serial: number, code: ErrorCode, text: string): void {
    const pending = this.#settle(serial);
    if (pending === undefined) return;
    if (pending.procedure.stream !== undefined) this.#abandoned.set(serial, pending.procedure);
    pending.reject(new LibvirtError(code, ErrorDomain.RPC, text));
  }

  #settle(serial: number): Pending | undefined {
    const pending = this.#pending.get(serial);
    if (pending === undefined) return undefined;
    this.#pending.delete(serial);
    release(pending);
    if (this.#streams.unread > STOP_READING) this.#regulate();
    return pending;
  }

  /** Pings every `interval` seconds of silence; after `count` without an answer the connection is given up. */
  startKeepalive(interval: number, count: number): void {
    clearInterval(this.#keepalive);
    this.#silent = 0;
    if (interval <= 0) return;
    this.#keepalive = setInterval(() => {
      // What is not read cannot be missed; the daemon, which may miss our answers to its own pings, hears that we live.
      if (this.#socket.isPaused()) this.#silent = 0;
      else if (this.#silent > count)
        return this.close(rpcError(`connection closed due to keepalive timeout: ${count} pings without an answer`));
      else if (this.#silent++ === 0) return;
      this.#sendKeepalive(keepaliveProcedures.ping.number);
    }, interval * 1000);
    this.#keepalive.unref();
  }

  /** Ends the connection: what is in flight raises `error`. */
  close(error: LibvirtError = rpcError('the connection was closed')): void {
    if (this.#closed !== undefined) return;
    this.#closed = error;
    clearInterval(this.#keepalive);
    this.#socket.destroy();
    const waiting = [...this.#pending.values()];
    this.#pending.clear();
    this.#abandoned.clear();
    for (const pending of waiting) {
      release(pending);
      pending.reject(error);
    }
    this.#streams.fail(error);
    this.#options.onClose(error);
  }

  // Sending

  #sendKeepalive(procedure: number): void {
    const writer = this.#writer;
    writer.begin(keepalive.number, keepalive.version, procedure, MessageType.MESSAGE, 0, MessageStatus.OK);
    writer.finish();
    this.#flushSoon();
  }

  /** Calls made in one turn of the event loop leave in one write. */
  #flushSoon(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    queueMicrotask(() => this.#flush());
  }

  #flush(): boolean {
    this.#flushing = false;
    const writer = this.#writer;
    if (writer.pos === 0 || this.#closed !== undefined) return true;
    const bytes = Buffer.from(writer.written());
    writer.reset();
    return this.#socket.write(bytes);
  }

  #sendStream(
    { program, number }: Procedure,
    serial: number,
    type: MessageType,
    status: MessageStatus,
    payload?: (writer: FrameWriter) => void,
  ): Promise<void> {
    if (this.#closed !== undefined) return Promise.reject(this.#closed);
    const writer = this.#writer;
    writer.begin(program.number, program.version, number, type, serial, status);
    payload?.(writer);
    writer.finish();
    return this.#flush() ? Promise.resolve() : this.#drained();
  }

  #drained(): Promise<void> {
    return (this.#draining ??= new Promise((resolve) => {
      const go = (): void => {
        this.#socket.removeListener('drain', go);
        this.#socket.removeListener('close', go);
        this.#draining = undefined;
        resolve();
      };
      this.#socket.once('drain', go);
      this.#socket.once('close', go);
    }));
  }

  // Receiving

  /** Streams that nobody reads hold back the connection, though not at once where calls wait behind their data. */
  #regulate(): void {
    const { unread } = this.#streams;
    const waiting = this.#pending.size > 0;
    if (unread > (waiting ? UNREAD_MOST : STOP_READING)) this.#socket.pause();
    else if (this.#socket.isPaused() && (waiting || unread < READ_AGAIN)) this.#socket.resume();
  }

  #onData(chunk: Buffer): void {
    this.#silent = 0;
    this.#splitter.push(chunk);
    try {
      while (this.#closed === undefined && this.#splitter.next()) {
        const { buffer, start, end } = this.#splitter;
        this.#header.read(buffer, start);
        this.#reader.reset(buffer, start + 24, end);
        this.#onFrame();
      }
    } catch (error) {
      this.close(LibvirtError.from(error));
    }
    this.#splitter.settle();
  }

  #onFrame(): void {
    const { type, serial, status, program, procedure } = this.#header;
    switch (type) {
      case MessageType.REPLY:
        return this.#onReply(serial, status);
      case MessageType.MESSAGE:
        if (program !== keepalive.number) return this.#options.onEvent(program, procedure, this.#reader);
        if (procedure === keepaliveProcedures.ping.number) this.#sendKeepalive(keepaliveProcedures.pong.number);
        return;
      case MessageType.STREAM:
      case MessageType.STREAM_HOLE:
        return this.#streams.receive(type, serial, status, this.#reader, this.#splitter.own);
      default:
        throw rpcError(`the daemon sent a message of type ${type}, which a client does not expect`);
    }
  }

  #onReply(serial: number, status: number): void {
    const pending = this.#settle(serial);
    if (pending === undefined) return this.#onLateReply(serial, status);
    const { procedure } = pending;
    try {
      if (status === MessageStatus.ERROR) return pending.reject(receivedError(this.#reader));
      const values = procedure.ret === undefined ? NO_VALUES : xdrCodec(procedure.ret).decodeFields(this.#reader);
      const stream = procedure.stream === undefined ? undefined : this.#streams.open(procedure, serial);
      pending.resolve({ values, stream });
    } catch (error) {
      // Other answers may be well.
      const { message } = LibvirtError.from(error);
      pending.reject(rpcError(`Unable to decode message payload: the answer to ${procedure.name}: ${message}`, error));
    }
  }

  #onLateReply(serial: number, status: number): void {
    const procedure = this.#abandoned.get(serial);
    if (procedure === undefined) return;
    this.#abandoned.delete(serial);
    if (status === MessageStatus.OK) this.#streams.refuse(procedure, serial);
  }
}

function release({ timer, signal, onAbort }: Pending): void {
  clearTimeout(timer);
  if (onAbort !== undefined) signal?.removeEventListener('abort', onAbort);
}
