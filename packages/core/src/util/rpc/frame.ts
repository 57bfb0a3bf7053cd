import { rpcError } from './rpc-error.js';
import { XdrWriter } from './xdr-writer.js';

/** virNetMessageType */
export const MessageType = {
  CALL: 0,
  REPLY: 1,
  MESSAGE: 2,
  STREAM: 3,
  CALL_WITH_FDS: 4,
  REPLY_WITH_FDS: 5,
  STREAM_HOLE: 6,
} as const;
export type MessageType = (typeof MessageType)[keyof typeof MessageType];

/** virNetMessageStatus */
export const MessageStatus = { OK: 0, ERROR: 1, CONTINUE: 2 } as const;
export type MessageStatus = (typeof MessageStatus)[keyof typeof MessageStatus];

/** Bytes of the length word and the header: the shortest frame. */
export const FRAME_MIN = 28;
/** The longest frame, its length word included. */
export const FRAME_MAX = 33554436;
/** What one stream message carries at most between stock peers. */
export const STREAM_CHUNK = 262120;

/** Buffers for frames that arrive in pieces, used again: a stream of data would otherwise keep the garbage collector busy. */
export class FramePool {
  readonly #free: Buffer[] = [];

  take(): Buffer {
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(RESERVE);
  }

  /** A copy at the start of a buffer; of much in one that is used again. */
  copy(bytes: Buffer): Buffer {
    const { length } = bytes;
    const buffer = length > SMALL && length <= RESERVE ? this.take() : Buffer.allocUnsafe(length);
    bytes.copy(buffer);
    return buffer;
  }

  /** Only what {@link take} gave is kept. */
  give(buffer: Buffer): void {
    if (buffer.length === RESERVE && this.#free.length < POOLED) this.#free.push(buffer);
  }
}

/** Cuts a stream of bytes into frames; those that arrived whole are read where they are. */
export class FrameSplitter {
  /** Where the current frame lies: `start` is at its header, after the length word. Read after {@link next} said true. */
  buffer: Buffer = EMPTY;
  start = 0;
  end = 0;

  #chunk: Buffer = EMPTY;
  #pos = 0;
  /** The chunk is not ours. */
  #borrowed = false;
  readonly #queue: Buffer[] = [];
  #queued = 0;
  #partial: Buffer | undefined;
  #have = 0;
  #skip = 0;
  readonly #pool: FramePool | undefined;

  /** With a pool, who has read a frame for which {@link pooled} holds gives its buffer back. */
  constructor(pool?: FramePool) {
    this.#pool = pool;
  }

  /** The current frame is alone in a buffer that was put together for it. */
  get pooled(): boolean {
    return this.start === 4 && this.buffer.length === RESERVE && this.buffer !== this.#chunk;
  }

  /** The current frame is not where it was pushed: it may be used after {@link settle}. */
  get own(): boolean {
    return !this.#borrowed || this.buffer !== this.#chunk;
  }

  /** Adds bytes that arrived. They must not be changed before {@link settle}. */
  push(chunk: Buffer): void {
    if (this.#pos < this.#chunk.length) {
      this.#queue.push(Buffer.from(chunk));
      this.#queued += chunk.length;
    } else {
      this.#chunk = chunk;
      this.#pos = 0;
      this.#borrowed = true;
    }
  }

  /** Keeps what {@link next} has left of the bytes that were pushed: their buffer may be used again. */
  settle(): void {
    if (!this.#borrowed) return;
    this.#borrowed = false;
    this.#chunk = this.#pos < this.#chunk.length ? Buffer.from(this.#chunk.subarray(this.#pos)) : EMPTY;
    this.#pos = 0;
  }

  /** Bytes that arrived and that {@link next} has not looked at. */
  get pending(): number {
    return this.#chunk.length - this.#pos + this.#queued;
  }

  /** Leaves out bytes that follow the current frame, such as the carriers of descriptors. */
  skip(count: number): void {
    this.#skip += count;
  }

  /** Moves to the next complete frame; false when more bytes are needed. Raises an error for an impossible length. */
  next(): boolean {
    for (;;) {
      const available = this.#chunk.length - this.#pos;
      if (available === 0) {
        const queued = this.#queue.shift();
        if (queued === undefined) {
          // Nothing of the chunk is needed any more: do not keep it for an idle connection.
          this.#chunk = EMPTY;
          this.#pos = 0;
          this.#borrowed = false;
          return false;
        }
        this.#queued -= queued.length;
        this.#chunk = queued;
        this.#pos = 0;
        this.#borrowed = false;
        continue;
      }
      if (this.#skip > 0) {
        const skipped = Math.min(this.#skip, available);
        this.#skip -= skipped;
        this.#pos += skipped;
        continue;
      }
      if (this.#partial !== undefined) {
        if (this.#collect(available)) return true;
        continue;
      }
      if (available < 4) {
        this.#partial = Buffer.allocUnsafeSlow(512);
        this.#have = 0;
        continue;
      }
      const length = checkLength(this.#chunk.readUInt32BE(this.#pos));
      if (length <= available) {
        this.buffer = this.#chunk;
        this.start = this.#pos + 4;
        this.end = this.#pos += length;
        return true;
      }
      // Room for a chunk of a stream at once; beyond that for what has come and as much again, as a length word alone
      // should not reserve what may never arrive.
      this.#partial =
        length <= RESERVE && length > SMALL && this.#pool !== undefined
          ? this.#pool.take()
          : Buffer.allocUnsafeSlow(Math.min(length, Math.max(RESERVE, available * 2)));
      this.#have = 0;
    }
  }

  /** Copies what is there into the partial frame; true when it is complete. */
  #collect(available: number): boolean {
    let partial = this.#partial!;
    const wanted = this.#have < 4 ? 4 : checkLength(partial.readUInt32BE(0));
    const count = Math.min(available, wanted - this.#have);
    if (this.#have + count > partial.length) {
      const size = Math.min(wanted, Math.max(partial.length * 2, this.#have + count));
      const larger = Buffer.allocUnsafeSlow(size);
      partial.copy(larger, 0, 0, this.#have);
      this.#partial = partial = larger;
    }
    this.#chunk.copy(partial, this.#have, this.#pos, this.#pos + count);
    this.#pos += count;
    this.#have += count;
    if (this.#have < 4 || this.#have < checkLength(partial.readUInt32BE(0))) return false;
    this.buffer = partial;
    this.start = 4;
    this.end = this.#have;
    this.#partial = undefined;
    return true;
  }
}

const EMPTY = Buffer.alloc(0);
/** The longest frame that is given its whole length before it has arrived. */
const RESERVE = FRAME_MIN + STREAM_CHUNK;
/** Frames up to this length get buffers of their own: they are not worth a large one. */
const SMALL = 16384;
const POOLED = 16;

function checkLength(length: number): number {
  if (length < FRAME_MIN || length > FRAME_MAX)
    throw rpcError(`a message of ${length} bytes is not possible: ${FRAME_MIN} to ${FRAME_MAX} are`);
  return length;
}

/** virNetMessageHeader: read into and written from one object that is used again. */
export class FrameHeader {
  program = 0;
  version = 0;
  procedure = 0;
  type = 0;
  serial = 0;
  status = 0;

  /** Reads the 24 bytes at `at`; the splitter has made sure that they are there. */
  read(buffer: Buffer, at: number): void {
    this.program = buffer.readUInt32BE(at);
    this.version = buffer.readUInt32BE(at + 4);
    this.procedure = buffer.readInt32BE(at + 8);
    this.type = buffer.readInt32BE(at + 12);
    this.serial = buffer.readUInt32BE(at + 16);
    this.status = buffer.readInt32BE(at + 20);
  }
}

/** Appends whole frames: {@link begin}, the payload by the methods of XdrWriter, {@link finish}. */
export class FrameWriter extends XdrWriter {
  #start = 0;

  begin(program: number, version: number, procedure: number, type: number, serial: number, status: number): void {
    this.#start = this.pos;
    this.int(0);
    this.int(program);
    this.int(version);
    this.int(procedure);
    this.int(type);
    this.int(serial);
    this.int(status);
  }

  /** Completes the frame with its length, which it returns. A frame above the limit is withdrawn. */
  finish(): number {
    const start = this.#start;
    const end = this.pos;
    const length = end - start;
    if (length > FRAME_MAX) {
      this.pos = start;
      throw rpcError(`a message of ${length} bytes is above the limit of ${FRAME_MAX}`);
    }
    this.pos = start;
    this.int(length);
    this.pos = end;
    return length;
  }

  /** Withdraws the frame that was begun. */
  cancel(): void {
    this.pos = this.#start;
  }
}
