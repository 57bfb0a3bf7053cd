import type { StreamDriver } from '@virtkit/core';
import {
  LibvirtError,
  ErrorDomain,
  FRAME_MIN,
  MessageStatus,
  MessageType,
  rpcError,
  STREAM_CHUNK,
  xdrCodec,
  type XdrReader,
} from '@virtkit/core/util';
import { streamHole } from '@virtkit/driver-remote/protocol';
import type { Client, KeptBytes } from '../server/client.js';
import type { Call } from './call.js';
import type { Session } from './session.js';

const HOLE_CODEC = xdrCodec(streamHole);
/** Messages that wait for the client to read them, before the driver is asked for more. */
const AHEAD = 3;
const LITTLE = 1024;

/**
 * One stream between a client and a driver. Downwards a few messages are sent ahead of what the client has read; upwards data that the driver has not taken yet counts as a request, so that the client is not read any further.
 */
export class StreamRelay {
  /** What is to be done with the driver, one after the other. */
  #work: Promise<void> | undefined;
  #ended = false;
  /** Messages on their way to the client. */
  #ahead = 0;
  #room: (() => void) | undefined;
  /** Buffers for data from the driver, used again. */
  readonly #free: Buffer[] = [];

  constructor(
    private readonly client: Client,
    readonly call: Call<Session>,
    private readonly driver: StreamDriver,
    private readonly direction: 'up' | 'down' | 'both',
    private readonly sparse: boolean,
    private readonly onEnd: () => void,
  ) {}

  start(): void {
    if (this.direction !== 'up' && this.driver.streamRecv !== undefined)
      this.#download().catch((error: unknown) => this.#fail(error));
  }

  async #download(): Promise<void> {
    const { driver } = this;
    for (;;) {
      // Consoles trickle: a buffer of this size would wait for their next word.
      const into = this.direction === 'down' ? (this.#free.pop() ?? Buffer.allocUnsafeSlow(STREAM_CHUNK)) : undefined;
      const next = driver.streamRecv!(STREAM_CHUNK, into);
      const data = next instanceof Promise ? await next : next;
      if (this.#ended) return;
      if (data === null) break;
      const filled = data instanceof Uint8Array && data.buffer === into?.buffer;
      if (into !== undefined && !filled) this.#free.push(into);
      if (data instanceof Uint8Array) this.#send(data, filled ? into : undefined);
      else if (this.sparse) this.#sendHole(data.hole);
      else
        for (let rest = data.hole; rest > 0; rest -= STREAM_CHUNK)
          this.#send(Buffer.alloc(Math.min(rest, STREAM_CHUNK)));
      if (this.#ahead >= AHEAD) await new Promise<void>((resolve) => (this.#room = resolve));
      if (this.#ended) return;
    }
    // The end of the data is an empty message; the stream ends when the client says so.
    this.#send(new Uint8Array());
  }

  /** `buffer` is free again when the data in it was sent. */
  #send(data: Uint8Array, buffer?: Buffer): void {
    for (let at = 0; at === 0 || at < data.length; at += STREAM_CHUNK) {
      const part = data.length <= STREAM_CHUNK ? data : data.subarray(at, at + STREAM_CHUNK);
      // Little data, as of a console, is cheaper copied behind its head than written beside it.
      const little = part.length <= LITTLE;
      const head = this.#head(part.length, little ? part.length : 0);
      if (little) head.set(part, FRAME_MIN);
      this.#ahead++;
      this.client.sendParts(head, little ? undefined : part, () => {
        if (buffer !== undefined) this.#free.push(buffer);
        this.#ahead--;
        this.#room?.();
        this.#room = undefined;
      });
    }
  }

  /** The head of a message with `length` bytes of data, and room behind it. */
  #head(length: number, room: number): Buffer {
    const { program, procedure, serial } = this.call;
    const head = Buffer.allocUnsafe(FRAME_MIN + room);
    head.writeUInt32BE(FRAME_MIN + length, 0);
    head.writeUInt32BE(program.number, 4);
    head.writeUInt32BE(program.version, 8);
    head.writeInt32BE(procedure, 12);
    head.writeInt32BE(MessageType.STREAM, 16);
    head.writeUInt32BE(serial, 20);
    head.writeInt32BE(MessageStatus.CONTINUE, 24);
    return head;
  }

  #sendHole(length: number): void {
    const out = this.client.begin(this.call, MessageType.STREAM_HOLE, MessageStatus.CONTINUE);
    HOLE_CODEC.encodeFields(out, [BigInt(length), 0]);
    this.client.commit();
  }

  /** Data from the client, which is given back when the driver has taken it. */
  data(kept: KeptBytes): void {
    if (kept.data.length === 0) return this.client.giveBack(kept);
    if (this.direction === 'down' || this.driver.streamSend === undefined)
      return this.#fail(rpcError('this stream takes no data'));
    this.#upload(() => {
      const taken = this.driver.streamSend!(kept.data);
      if (!(taken instanceof Promise)) return this.client.giveBack(kept);
      return taken.then(() => this.client.giveBack(kept));
    });
  }

  hole(reader: XdrReader): void {
    if (!this.sparse || this.driver.streamSendHole === undefined)
      throw rpcError('a hole in a stream that was not opened as sparse');
    const { length } = HOLE_CODEC.decode(reader);
    if (length < 0n || length > BigInt(Number.MAX_SAFE_INTEGER)) throw rpcError(`a hole of ${length} bytes`);
    this.#upload(() => this.driver.streamSendHole!(Number(length)));
  }

  /** Does it now if the driver is idle, else after what is under way. */
  #upload(step: () => void | Promise<void>): void {
    if (this.#ended) return;
    if (this.#work === undefined) {
      let result: void | Promise<void>;
      try {
        result = step();
      } catch (error) {
        return this.#fail(error);
      }
      if (!(result instanceof Promise)) return;
      return this.#track(result);
    }
    this.#track(this.#work.then(() => (this.#ended ? undefined : step())));
  }

  #track(work: Promise<void>): void {
    this.client.hold();
    const tracked: Promise<void> = work
      .catch((error: unknown) => this.#fail(error))
      .then(() => {
        if (this.#work === tracked) this.#work = undefined;
        this.client.release();
      });
    this.#work = tracked;
  }

  /** The client has sent or read everything. */
  finish(): void {
    this.#upload(() => {
      const done = this.driver.streamFinish();
      return done instanceof Promise ? done.then(() => this.#end()) : this.#end();
    });
  }

  #end(): void {
    if (this.#ended) return;
    this.#close();
    this.#acknowledge();
  }

  #acknowledge(): void {
    this.client.begin(this.call, MessageType.STREAM, MessageStatus.OK);
    this.client.commit();
  }

  abortByClient(): void {
    if (this.#ended) return;
    this.#close();
    this.driver.streamAbort();
    this.#acknowledge();
  }

  /** Ends without a word to the client. */
  abort(reason: string): void {
    if (this.#ended) return;
    this.#close();
    this.driver.streamAbort(reason);
  }

  #fail(error: unknown): void {
    if (this.#ended) return;
    this.#close();
    this.driver.streamAbort(error);
    this.client.error(this.call, MessageType.STREAM, LibvirtError.from(error, ErrorDomain.STREAMS));
  }

  #close(): void {
    this.#ended = true;
    this.#room?.();
    this.onEnd();
  }
}
