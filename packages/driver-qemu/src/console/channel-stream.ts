import type { StreamDriver } from '@virtkit/core/driver';
import type { LibvirtError } from '@virtkit/core/util';
import type { ByteChannel } from './byte-channel.js';

/** A character device as a stream of the driver contract: what the guest writes is read, what is sent the guest reads. */
export class ChannelStream implements StreamDriver {
  readonly #channel: ByteChannel;
  readonly #closed: () => void;
  #failure: LibvirtError | undefined;
  #over = false;
  #wake: (() => void) | undefined;

  /** `closed` is called once, when the stream has ended for whatever reason. */
  constructor(channel: ByteChannel, closed: () => void) {
    this.#channel = channel;
    this.#closed = closed;
    channel.readable.on('readable', () => this.#wake?.());
    channel.readable.once('end', () => this.#end());
    channel.readable.once('close', () => this.#end());
  }

  async streamRecv(max: number): Promise<Uint8Array | null> {
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure;
      const { readable } = this.#channel;
      const data = readable.readableLength > 0 ? (readable.read() as Buffer | null) : null;
      if (data !== null) {
        if (data.length > max) readable.unshift(data.subarray(max));
        return data.subarray(0, max);
      }
      // Asking with an empty buffer starts the reading, or brings about the end.
      if (this.#over || readable.destroyed) return null;
      readable.read(0);
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  streamSend(data: Uint8Array): void | Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    const { writable } = this.#channel;
    if (this.#over || writable.destroyed || writable.write(data)) return undefined;
    return new Promise<void>((resolve) => {
      const done = () => {
        writable.removeListener('drain', done);
        writable.removeListener('close', done);
        resolve();
      };
      writable.on('drain', done);
      writable.on('close', done);
    });
  }

  streamFinish(): void {
    this.#end();
  }

  streamAbort(): void {
    this.#end();
  }

  /**
   * Takes over what has been written up to now, as far as there is room: a pty forgets it when its other end closes.
   */
  async drain(): Promise<void> {
    for (let turn = 0; turn < 2 && !this.#over; turn++) {
      this.#channel.readable.read(0);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Ends the stream under its user: the next call raises `why`. */
  revoke(why: LibvirtError): void {
    this.#failure = why;
    this.#end();
  }

  #end(): void {
    if (this.#over) return;
    this.#over = true;
    // What has been read already is still delivered; after that comes the end.
    this.#channel.destroy();
    this.#wake?.();
    this.#closed();
  }
}
