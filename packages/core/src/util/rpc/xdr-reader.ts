import { rpcError } from './rpc-error.js';
import { uuidText } from './uuid-bytes.js';

const EMPTY = Buffer.alloc(0);

/**
 * Reads XDR values from a range of a buffer that it never copies (opaque values excepted, which outlive the buffer).
 *
 * Every length is checked against its limit and against what is left before anything is allocated. Padding bytes are
 * skipped whatever they hold, as the peer does.
 */
export class XdrReader {
  buffer: Buffer;
  pos: number;
  end: number;

  constructor(buffer: Buffer = EMPTY, pos = 0, end = buffer.length) {
    this.buffer = buffer;
    this.pos = pos;
    this.end = end;
  }

  reset(buffer: Buffer, pos: number, end: number): this {
    this.buffer = buffer;
    this.pos = pos;
    this.end = end;
    return this;
  }

  get remaining(): number {
    return this.end - this.pos;
  }

  /** Claims `length` bytes and returns where they begin. */
  take(length: number): number {
    const at = this.pos;
    if (length > this.end - at) throw rpcError(`${length} bytes are needed, ${this.end - at} are left`);
    this.pos = at + length;
    return at;
  }

  int(): number {
    const at = this.pos;
    if (this.end - at < 4) this.take(4);
    this.pos = at + 4;
    const buffer = this.buffer;
    return (buffer[at]! << 24) | (buffer[at + 1]! << 16) | (buffer[at + 2]! << 8) | buffer[at + 3]!;
  }

  uint(): number {
    return this.int() >>> 0;
  }

  hyper(): bigint {
    return this.buffer.readBigInt64BE(this.take(8));
  }

  uhyper(): bigint {
    return this.buffer.readBigUInt64BE(this.take(8));
  }

  double(): number {
    return this.buffer.readDoubleBE(this.take(8));
  }

  bool(): boolean {
    return this.int() !== 0;
  }

  /** A count or length word that may not exceed `max`. */
  length(max: number): number {
    const length = this.uint();
    if (length > max) throw rpcError(`length ${length} is above the limit of ${max}`);
    return length;
  }

  string(max: number): string {
    const length = this.length(max);
    const at = this.take((length + 3) & ~3);
    return this.buffer.toString('utf8', at, at + length);
  }

  /** A counted opaque value, as a copy. */
  opaque(max: number): Buffer {
    return this.bytes(this.length(max));
  }

  /** An opaque value of fixed length, as a copy. */
  bytes(length: number): Buffer {
    const at = this.take((length + 3) & ~3);
    const copy = Buffer.allocUnsafeSlow(length);
    this.buffer.copy(copy, 0, at, at + length);
    return copy;
  }

  uuid(): string {
    return uuidText(this.buffer, this.take(16));
  }
}
