import { rpcError } from './rpc-error.js';
import { putUuid } from './uuid-bytes.js';

const INITIAL = 16 * 1024;
/** A buffer that one large value made larger than this is given up after use. */
const KEEP = 1024 * 1024;

/** Appends XDR values to a buffer that grows and is used again. */
export class XdrWriter {
  buffer: Buffer;
  pos = 0;

  constructor(capacity = INITIAL) {
    this.buffer = Buffer.allocUnsafeSlow(capacity);
  }

  /** The bytes written so far, not copied: valid until the next call of {@link reset}. */
  written(): Buffer {
    return this.buffer.subarray(0, this.pos);
  }

  /** Begins again. With `abandon` somebody still holds the bytes written, so the buffer is left to them. */
  reset(abandon = false): void {
    this.pos = 0;
    if (abandon || this.buffer.length > KEEP) this.buffer = Buffer.allocUnsafeSlow(INITIAL);
  }

  /** Makes room for `length` bytes and returns where they begin; the caller writes every one of them. */
  claim(length: number): number {
    const at = this.pos;
    const end = at + length;
    if (end > this.buffer.length) this.#grow(end);
    this.pos = end;
    return at;
  }

  #grow(least: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(least, this.buffer.length * 2));
    this.buffer.copy(larger, 0, 0, this.pos);
    this.buffer = larger;
  }

  int(value: number): void {
    const at = this.pos;
    const end = at + 4;
    if (end > this.buffer.length) this.#grow(end);
    this.pos = end;
    const buffer = this.buffer;
    buffer[at] = value >>> 24;
    buffer[at + 1] = value >>> 16;
    buffer[at + 2] = value >>> 8;
    buffer[at + 3] = value;
  }

  hyper(value: bigint): void {
    const at = this.claim(8);
    this.buffer.writeBigInt64BE(value, at);
  }

  uhyper(value: bigint): void {
    const at = this.claim(8);
    this.buffer.writeBigUInt64BE(value, at);
  }

  double(value: number): void {
    const at = this.claim(8);
    this.buffer.writeDoubleBE(value, at);
  }

  string(value: string, max: number): void {
    const chars = value.length;
    if (chars > max) throw rpcError(`a string of ${chars} characters is above the limit of ${max}`);
    if (chars <= SHORT && this.#ascii(value)) return;
    // Three bytes per UTF-16 unit are the most that UTF-8 needs; long text is measured instead of over-allocated.
    const room = chars < 65536 ? chars * 3 : Buffer.byteLength(value);
    const at = this.claim(4 + room + 3);
    const length = this.buffer.write(value, at + 4, room, 'utf8');
    if (length > max) throw rpcError(`a string of ${length} bytes is above the limit of ${max}`);
    this.#finishString(at, length);
  }

  #ascii(value: string): boolean {
    const length = value.length;
    const at = this.claim(4 + length + 3);
    const buffer = this.buffer;
    for (let i = 0; i < length; i++) {
      const code = value.charCodeAt(i);
      if (code > 127) {
        this.pos = at;
        return false;
      }
      buffer[at + 4 + i] = code;
    }
    this.#finishString(at, length);
    return true;
  }

  #finishString(at: number, length: number): void {
    this.pos = at;
    this.int(length);
    this.#pad(at + 4 + length, length);
  }

  /** Ends a value of `length` bytes at `end` with zero bytes up to a multiple of four. */
  #pad(end: number, length: number): void {
    this.pos = end;
    for (let rest = -length & 3; rest > 0; rest--) this.buffer[this.pos++] = 0;
  }

  opaque(value: Uint8Array, max: number): void {
    if (value.length > max) throw rpcError(`${value.length} bytes are above the limit of ${max}`);
    this.int(value.length);
    this.bytes(value);
  }

  /** The bytes and their padding, without a length. */
  bytes(value: Uint8Array): void {
    const at = this.claim((value.length + 3) & ~3);
    this.buffer.set(value, at);
    this.#pad(at + value.length, value.length);
  }

  /** The bytes as they are. */
  raw(value: Uint8Array): void {
    const at = this.claim(value.length);
    this.buffer.set(value, at);
  }

  uuid(value: string): void {
    const at = this.claim(16);
    if (!putUuid(this.buffer, at, value)) throw rpcError(`'${value}' is not a UUID in canonical form`);
  }
}

const SHORT = 48;
