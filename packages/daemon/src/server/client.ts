import type { Socket } from 'node:net';
import type { FrameWriter, MessageType } from '@virtkit/core/util';
import { FrameHeader, FrameSplitter, LibvirtError, MessageStatus, XdrReader, xdrCodec } from '@virtkit/core/util';
import { messageError, type ProgramInfo } from '@virtkit/driver-remote/protocol';
import type { Transport } from './transport.js';
import { shareInput } from './shared-input.js';
import type { Turns } from './turns.js';

/** A message whose answer is due: what the answer repeats of it. */
export interface Request {
  readonly program: ProgramInfo | { readonly number: number; readonly version: number };
  readonly procedure: number;
  readonly serial: number;
}

/** A frame as it arrived; all of it is valid only until the receiver returns. */
export interface Frame {
  readonly header: FrameHeader;
  /** Stands at the payload. */
  readonly reader: XdrReader;
  /** Set by {@link Client.keep}. */
  kept: boolean;
}

/** Bytes of a frame that are used longer than it. */
export interface KeptBytes {
  readonly data: Buffer;
  readonly buffer: Buffer;
}

/** What serves the messages of a client. */
export interface ClientService {
  /** May raise: the client is then disconnected, as for bytes that cannot be understood. */
  receive(frame: Frame): void;
  /** Called once when the connection is gone. */
  closed(): void;
}

/** Limits of one connection. */
export interface ClientLimits {
  /** Calls in execution, and stream data not taken over yet, before no more is read. */
  readonly requests: number;
  /** Bytes that wait for the client to read them, before no more of it is served. */
  readonly output: number;
  /** Bytes of events that wait in addition; beyond them the client is disconnected. */
  readonly events: number;
}

/** How long one client's messages are served before others get their turn, in milliseconds. */
const TURN = 1;
/** Bytes that are read of a client that must wait. */
const READ_AHEAD = 128 * 1024;
const ERROR_CODEC = xdrCodec(messageError);

/**
 * One connection: cuts what arrives into frames, gives them to its service one after the other, and sends what the
 * service answers. Answers given at once are collected and written together.
 *
 * Reading stops while too many requests are in execution or the client leaves too much of its answers unread, so that a
 * slow client waits for itself and costs nobody memory.
 */
export class Client {
  service: ClientService | undefined;
  /** When something last arrived, in milliseconds of the monotonic clock. */
  lastReceived = performance.now();
  readonly connectedAt = Date.now();

  readonly #socket: Socket;
  readonly #splitter: FrameSplitter;
  readonly #turns: Turns;
  #inFlight = 0;
  #serving = false;
  #scheduled = false;
  #reading = true;
  #closed = false;
  #closeWhenSent = false;

  constructor(
    readonly id: number,
    readonly transport: Transport,
    readonly limits: ClientLimits,
    turns: Turns,
    private readonly onProblem: (client: Client, text: string) => void,
  ) {
    this.#turns = turns;
    this.#splitter = new FrameSplitter(turns.pool);
    this.#socket = transport.socket;
    const { input } = turns;
    if (!shareInput(this.#socket, input, (length) => this.#received(input.subarray(0, length))))
      this.#socket.on('data', (chunk: Buffer) => this.#received(chunk));
    this.#socket.resume();
    this.#socket.on('drain', () => this.#serve());
    this.#socket.on('error', (error: NodeJS.ErrnoException) => {
      // That a client vanishes in the middle of something is no problem of ours.
      if (error.code !== 'ECONNRESET' && error.code !== 'EPIPE') onProblem(this, error.message);
    });
    this.#socket.on('close', () => this.#gone());
    // The other side has said all that it will: what it asked before is not waited for.
    this.#socket.on('end', () => this.close());
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** True while the client may be silent because we do not listen. */
  get stalled(): boolean {
    return !this.#reading;
  }

  get requestsInFlight(): number {
    return this.#inFlight;
  }

  /** Bytes that the client has not read yet. */
  get unread(): number {
    return this.#socket.writableLength;
  }

  /** A request goes on after its frame was handed over; ended by {@link release}. */
  hold(): void {
    this.#inFlight++;
    this.#turns.workers.begin();
  }

  release(): void {
    this.#inFlight--;
    this.#turns.workers.end();
    this.proceed();
  }

  /** There may be room again for what could not be served. */
  proceed(): void {
    if (!this.#reading || this.#splitter.pending > 0) this.#serveSoon();
  }

  /** Something arrived, in a buffer that is another's afterwards. */
  #received(chunk: Buffer): void {
    this.lastReceived = performance.now();
    this.#splitter.push(chunk);
    this.#serve();
    this.#splitter.settle();
  }

  #serveSoon(): void {
    if (this.#closed || this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#serve();
    });
  }

  #serve(): void {
    if (this.#serving || this.#closed) return;
    this.#serving = true;
    const { writer, frame } = this.#turns;
    this.#turns.current = this;
    const until = performance.now() + TURN;
    let served = 0;
    let more = false;
    try {
      while (this.#mayServe() && this.#splitter.next()) {
        const { buffer, start, end } = this.#splitter;
        frame.header.read(buffer, start);
        frame.reader.reset(buffer, start + 24, end);
        frame.kept = false;
        this.service!.receive(frame);
        if (!frame.kept && this.#splitter.pooled) this.#turns.pool.give(buffer);
        if (writer.pos > 65536) this.#flush();
        if ((++served & 7) === 0 && performance.now() > until) {
          more = true;
          break;
        }
      }
    } catch (error) {
      this.onProblem(this, LibvirtError.from(error).message);
      this.close();
    } finally {
      this.#flush();
      this.#turns.current = undefined;
      this.#serving = false;
    }
    if (more) this.#serveSoon();
    this.#read(!more && this.#mayRead());
    if (this.#closeWhenSent) this.close();
  }

  #mayServe(): boolean {
    return this.#inFlight < this.limits.requests && !this.#mayNotAnswer() && this.#turns.workers.mayBegin(this);
  }

  /** What cannot be served yet is read a little ahead: so that a client is seen to leave. */
  #mayRead(): boolean {
    return this.#mayServe() || (this.#splitter.pending < READ_AHEAD && !this.#mayNotAnswer());
  }

  #mayNotAnswer(): boolean {
    return this.#closed || this.#closeWhenSent || this.#socket.writableLength > this.limits.output;
  }

  #read(wanted: boolean): void {
    if (wanted === this.#reading || this.#closed) return;
    this.#reading = wanted;
    if (wanted) this.#socket.resume();
    else this.#socket.pause();
  }

  /** What the reader has left of the current frame, for longer; ended by {@link giveBack}. */
  keep(frame: Frame): KeptBytes {
    const { buffer, pos, end } = frame.reader;
    const data = buffer.subarray(pos, end);
    if (this.#splitter.pooled) {
      frame.kept = true;
      return { data, buffer };
    }
    const copy = this.#turns.pool.copy(data);
    return { data: copy.subarray(0, data.length), buffer: copy };
  }

  giveBack({ buffer }: KeptBytes): void {
    this.#turns.pool.give(buffer);
  }

  /** Skips bytes after the current frame: the carriers of descriptors, which we cannot receive. */
  skip(bytes: number): void {
    this.#splitter.skip(bytes);
  }

  /** Begins a frame; {@link commit} sends it. Nothing else of this client may be sent in between. */
  begin(request: Request, type: MessageType, status: MessageStatus): FrameWriter {
    const { writer, spare, current } = this.#turns;
    const out = current === this ? writer : spare;
    out.begin(request.program.number, request.program.version, request.procedure, type, request.serial, status);
    return out;
  }

  /** Sends the frame: together with others of this turn, or now. */
  commit(): void {
    const { writer, spare, current } = this.#turns;
    const out = current === this ? writer : spare;
    out.finish();
    if (out === spare) this.#send(spare);
  }

  #flush(): void {
    const { writer } = this.#turns;
    if (writer.pos > 0) this.#send(writer);
  }

  /** Writes what the writer holds and empties it. The socket keeps what it could not hand to the kernel at once. */
  #send(writer: FrameWriter): void {
    if (this.#closed) return writer.reset();
    this.#socket.write(writer.written());
    writer.reset(this.#socket.writableLength > 0);
  }

  /** Answers with an error, all of its fields. */
  error(request: Request, type: MessageType, error: LibvirtError): void {
    const out = this.begin(request, type, MessageStatus.ERROR);
    ERROR_CODEC.encodeFields(out, [
      error.code,
      error.domain,
      limited(error.message),
      error.level,
      null,
      limited(error.str1),
      limited(error.str2),
      limited(error.str3),
      error.int1,
      error.int2,
      null,
    ]);
    this.commit();
  }

  /**
   * Sends bytes that make up one frame: `head` is ours, `data`, if there is some, may belong to others and is not copied.
   * `taken` is called when the kernel has them.
   */
  sendParts(head: Buffer, data: Uint8Array | undefined, taken: () => void): void {
    if (this.#closed) return taken();
    this.#turnOrder();
    if (data === undefined) {
      this.#socket.write(head, taken);
      return;
    }
    this.#socket.cork();
    this.#socket.write(head);
    this.#socket.write(data, taken);
    this.#socket.uncork();
  }

  /**
   * Sends a whole frame that other clients get as well. Returns true if the bytes may be changed afterwards, false if
   * the socket still holds them. A client that does not read its events is disconnected.
   */
  sendShared(frame: Buffer): boolean {
    if (this.#closed) return true;
    if (this.#socket.writableLength > this.limits.events) {
      this.onProblem(this, `leaves ${this.#socket.writableLength} bytes of events unread: disconnected`);
      this.destroy();
      return true;
    }
    this.#turnOrder();
    this.#socket.write(frame);
    return this.#socket.writableLength === 0;
  }

  /** What was collected in this turn goes first. */
  #turnOrder(): void {
    if (this.#turns.current === this) this.#flush();
  }

  /** Hangs up after what was answered is sent. */
  closeAfterReply(): void {
    this.#closeWhenSent = true;
    if (!this.#serving) this.close();
  }

  /** Hangs up; what is not sent yet may still arrive. */
  close(): void {
    if (this.#closed) return;
    this.#socket.destroySoon();
    this.#gone();
  }

  /** Hangs up at once. */
  destroy(): void {
    this.#socket.destroy();
    this.#gone();
  }

  #gone(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#turns.workers.forget(this);
    this.service?.closed();
  }
}

/** Text that fits into a message: an error must never fail to be told. */
function limited(text: string | undefined): string | null {
  if (text === undefined) return null;
  return text.length > 65536 ? `${text.slice(0, 65536)}…` : text;
}
