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
import { ClientStream } from './client-stream.js';
import { keepalive, keepaliveProcedures, messageError, type Procedure, streamHole } from './protocol/index.js';

interface Pending {
  readonly procedure: Procedure;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: LibvirtError) => void;
  readonly timer: NodeJS.Timeout | undefined;
}

export interface Answer {
  readonly values: readonly unknown[];
  readonly stream: ClientStream | undefined;
}

export interface RpcClientOptions {
  /** Messages that no call asked for. `buffer` is valid during the call only. */
  readonly onEvent: (program: number, procedure: number, reader: XdrReader) => void;
  /** Called once, when the connection is over. */
  readonly onClose: (error: LibvirtError) => void;
}

/** Unread stream bytes above which the connection is not read, and below which it is again. */
const STOP_READING = 16 * 1024 * 1024;
const READ_AGAIN = 4 * 1024 * 1024;

const errorCodec = xdrCodec(messageError);
const holeCodec = xdrCodec(streamHole);

/** One connection to a daemon: calls in flight by serial, streams, events, keepalive. */
export class RpcClient {
  readonly #socket: Duplex;
  readonly #options: RpcClientOptions;
  readonly #splitter = new FrameSplitter();
  readonly #header = new FrameHeader();
  readonly #reader = new XdrReader();
  readonly #writer = new FrameWriter();
  readonly #pending = new Map<number, Pending>();
  readonly #streams = new Map<number, ClientStream>();
  #serial = 0;
  #flushing = false;
  #closed: LibvirtError | undefined;
  #unread = 0;
  #keepalive: NodeJS.Timeout | undefined;
  #silent = 0;

  constructor(socket: Duplex, options: RpcClientOptions) {
    this.#socket = socket;
    this.#options = options;
    socket.on('data', (chunk: Buffer) => this.#onData(chunk));
    socket.on('error', (cause) =>
      this.#fail(
        LibvirtError.is(cause) ? cause : LibvirtError.system(ErrorDomain.RPC, 'the connection was lost', cause),
      ),
    );
    socket.on('close', () => this.#fail(rpcError('End of file while reading data: the daemon closed the connection')));
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
    const serial = this.#serial++ >>> 0;
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
      const giveUp = (code: ErrorCode, text: string): void => {
        // The answer may still come; it finds nobody waiting.
        this.#pending.delete(serial);
        reject(new LibvirtError(code, ErrorDomain.RPC, text));
      };
      const timer =
        deadline === 0
          ? undefined
          : setTimeout(
              () => giveUp(ErrorCode.OPERATION_TIMEOUT, `no answer to ${procedure.name} within ${deadline} ms`),
              deadline,
            );
      const onAbort = (): void => {
        clearTimeout(timer);
        giveUp(ErrorCode.OPERATION_ABORTED, `${procedure.name}: the caller gave up waiting`);
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      const settle = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
      };
      this.#pending.set(serial, {
        procedure,
        timer,
        resolve: (answer) => (settle(), resolve(answer)),
        reject: (error) => (settle(), reject(error)),
      });
    });
  }

  /** Pings every `interval` seconds of silence; after `count` without an answer the connection is given up. */
  startKeepalive(interval: number, count: number): void {
    clearInterval(this.#keepalive);
    this.#silent = 0;
    if (interval <= 0) return;
    this.#keepalive = setInterval(() => {
      if (this.#silent > count)
        return this.#fail(rpcError(`connection closed due to keepalive timeout: ${count} pings without an answer`));
      if (this.#silent++ > 0) this.#sendKeepalive(keepaliveProcedures.ping.number);
    }, interval * 1000);
    this.#keepalive.unref();
  }

  close(): void {
    this.#fail(rpcError('the connection was closed'));
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

  #openStream(procedure: Procedure, serial: number): ClientStream {
    const { program } = procedure;
    const frame = (
      type: MessageType,
      status: MessageStatus,
      payload?: (writer: FrameWriter) => void,
    ): Promise<void> => {
      if (this.#closed !== undefined) return Promise.reject(this.#closed);
      const writer = this.#writer;
      writer.begin(program.number, program.version, procedure.number, type, serial, status);
      payload?.(writer);
      writer.finish();
      if (this.#flush()) return Promise.resolve();
      return new Promise((resolve) => {
        const go = (): void => {
          this.#socket.removeListener('drain', go);
          this.#socket.removeListener('close', go);
          resolve();
        };
        this.#socket.once('drain', go);
        this.#socket.once('close', go);
      });
    };
    const stream = new ClientStream({
      sendData: (data) =>
        frame(MessageType.STREAM, MessageStatus.CONTINUE, (writer) => {
          const at = writer.claim(data.length);
          writer.buffer.set(data, at);
        }),
      sendHole: (length) =>
        frame(MessageType.STREAM_HOLE, MessageStatus.CONTINUE, (writer) =>
          holeCodec.encode(writer, { length: BigInt(length), flags: 0 }),
        ),
      sendEnd: (abort) =>
        void frame(MessageType.STREAM, abort ? MessageStatus.ERROR : MessageStatus.OK).catch(() => undefined),
      buffered: (delta) => this.#buffered(delta),
      release: () => this.#streams.delete(serial),
    });
    this.#streams.set(serial, stream);
    return stream;
  }

  #buffered(delta: number): void {
    this.#unread += delta;
    if (this.#unread > STOP_READING) this.#socket.pause();
    else if (this.#unread < READ_AGAIN && this.#socket.isPaused()) this.#socket.resume();
  }

  // Receiving

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
      this.#fail(LibvirtError.from(error));
    }
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
        return this.#onStream(type, serial, status);
      default:
        throw rpcError(`the daemon sent a message of type ${type}, which a client does not expect`);
    }
  }

  #onReply(serial: number, status: number): void {
    const pending = this.#pending.get(serial);
    if (pending === undefined) return;
    this.#pending.delete(serial);
    if (status === MessageStatus.ERROR) return pending.reject(this.#readError());
    const { procedure } = pending;
    const values = procedure.ret === undefined ? [] : xdrCodec(procedure.ret).decodeFields(this.#reader);
    const stream = procedure.stream === undefined ? undefined : this.#openStream(procedure, serial);
    pending.resolve({ values, stream });
  }

  #onStream(type: number, serial: number, status: number): void {
    const stream = this.#streams.get(serial);
    if (stream === undefined) return;
    if (status === MessageStatus.ERROR) {
      const empty = this.#reader.remaining === 0;
      return stream.fail(empty ? rpcError('the daemon aborted the stream') : this.#readError());
    }
    if (status === MessageStatus.OK) return stream.done();
    if (type === MessageType.STREAM_HOLE) return stream.hole(Number(holeCodec.decode(this.#reader).length));
    const { buffer, pos, end } = this.#reader;
    // The bytes outlive the chunk that they came in only if they are few in a large one.
    stream.data(buffer.subarray(pos, end));
  }

  #readError(): LibvirtError {
    const raw = errorCodec.decode(this.#reader);
    const text = (value: string | null): string | undefined => value ?? undefined;
    const optional = Object.fromEntries(
      (['str1', 'str2', 'str3'] as const).flatMap((name) => {
        const value = text(raw[name]);
        return value === undefined ? [] : [[name, value]];
      }),
    );
    return LibvirtError.received(
      raw.code as ErrorCode,
      raw.domain as ErrorDomain,
      raw.message ?? 'an error occurred, but the cause is unknown',
      { level: raw.level as 2, int1: raw.int1, int2: raw.int2, ...optional },
    );
  }

  #fail(error: LibvirtError): void {
    if (this.#closed !== undefined) return;
    this.#closed = error;
    clearInterval(this.#keepalive);
    this.#socket.destroy();
    for (const pending of this.#pending.values()) pending.reject(error);
    this.#pending.clear();
    for (const stream of [...this.#streams.values()]) stream.fail(error);
    this.#options.onClose(error);
  }
}
