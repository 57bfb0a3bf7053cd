import { ErrorCode, ErrorDomain, LibvirtError } from '../util/index.js';
import type { StreamDriver, StreamHole } from '../driver/index.js';

const CHUNK = 262_120;

/**
 * virStream: bytes to or from a driver. Also an async iterable of what arrives. Ends by `finish` (all was sent, or all
 * was read) or `abort`; leaving an iteration early aborts.
 */
export class Stream implements AsyncIterable<Uint8Array> {
  constructor(readonly driver: StreamDriver) {}

  /** virStreamRecv: up to `max` bytes, waiting until there are some; null at the end. Holes arrive as zeroes. */
  async recv(max = CHUNK): Promise<Uint8Array | null> {
    const data = await this.recvFlags(max);
    return data === null || data instanceof Uint8Array ? data : new Uint8Array(data.hole);
  }

  /** virStreamRecvFlags with STOP_AT_HOLE: bytes, a hole, or null at the end. */
  async recvFlags(max = CHUNK): Promise<Uint8Array | StreamHole | null> {
    if (this.driver.streamRecv === undefined) throw unsupported('virStreamRecv');
    return this.driver.streamRecv(max);
  }

  /** virStreamSend: resolves once the data was taken over. */
  async send(data: Uint8Array): Promise<void> {
    if (this.driver.streamSend === undefined) throw unsupported('virStreamSend');
    await this.driver.streamSend(data);
  }

  /** virStreamSendHole: `length` zero bytes, on sparse streams. */
  async sendHole(length: number): Promise<void> {
    if (this.driver.streamSendHole === undefined) throw unsupported('virStreamSendHole');
    await this.driver.streamSendHole(length);
  }

  /** virStreamFinish: raises what went wrong late, for example a disk that filled up. */
  async finish(): Promise<void> {
    await this.driver.streamFinish();
  }

  /** virStreamAbort */
  abort(reason?: unknown): void {
    this.driver.streamAbort(reason);
  }

  async *[Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    let done = false;
    try {
      for (let data = await this.recv(); data !== null; data = await this.recv()) yield data;
      done = true;
    } finally {
      if (done) await this.finish();
      else this.abort();
    }
  }
}

function unsupported(symbol: string): LibvirtError {
  return new LibvirtError(ErrorCode.NO_SUPPORT, ErrorDomain.STREAMS, symbol);
}
