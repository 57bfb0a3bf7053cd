import { LibvirtError, rpcError, STREAM_CHUNK } from '@virtkit/core/util';
import type { StreamDriver, StreamHole } from '@virtkit/core/driver';

/** What a stream needs of its connection. */
export interface StreamWire {
  /** Sends data; resolves when the socket took it. */
  sendData(data: Uint8Array): Promise<void>;
  sendHole(length: number): Promise<void>;
  /** A stream message without payload: status OK finishes, ERROR aborts. */
  sendEnd(abort: boolean): void;
  /** Called as unread bytes grow and shrink, so that the connection can stop reading. */
  buffered(delta: number): void;
  /** The stream is over: its serial is free. */
  release(): void;
}

type Item = Uint8Array | StreamHole;

/** One stream of a connection, at the client's end. */
export class ClientStream implements StreamDriver {
  readonly #wire: StreamWire;
  readonly #items: Item[] = [];
  #unread = 0;
  #ended = false;
  #over = false;
  #error: LibvirtError | undefined;
  #reader: { resolve: (item: Item | null) => void; reject: (error: unknown) => void; max: number } | undefined;
  #finishing: { resolve: () => void; reject: (error: unknown) => void } | undefined;

  constructor(wire: StreamWire) {
    this.#wire = wire;
  }

  streamRecv(max: number): Promise<Uint8Array | StreamHole | null> | Uint8Array | StreamHole | null {
    const item = this.#take(max);
    if (item !== undefined) return item;
    if (this.#error !== undefined) throw this.#error;
    if (this.#ended || this.#over) return null;
    return new Promise((resolve, reject) => (this.#reader = { resolve, reject, max }));
  }

  async streamSend(data: Uint8Array): Promise<void> {
    for (let at = 0; at < data.length; at += STREAM_CHUNK) {
      this.#checkOpen();
      await this.#wire.sendData(data.subarray(at, at + STREAM_CHUNK));
    }
  }

  async streamSendHole(length: number): Promise<void> {
    this.#checkOpen();
    await this.#wire.sendHole(length);
  }

  streamFinish(): Promise<void> {
    if (this.#error !== undefined) return Promise.reject(this.#error);
    if (this.#over) return Promise.resolve();
    this.#drop();
    this.#wire.sendEnd(false);
    return new Promise((resolve, reject) => (this.#finishing = { resolve, reject }));
  }

  streamAbort(): void {
    if (this.#over) return;
    this.#drop();
    this.#ended = true;
    this.#wire.sendEnd(true);
    this.#finishing = { resolve: () => undefined, reject: () => undefined };
  }

  #checkOpen(): void {
    if (this.#error !== undefined) throw this.#error;
    if (this.#over || this.#finishing !== undefined) throw rpcError('the stream has ended');
  }

  #take(max: number): Item | undefined {
    const item = this.#items[0];
    if (item === undefined) return undefined;
    if (!(item instanceof Uint8Array)) return this.#items.shift();
    if (item.length > max) {
      this.#items[0] = item.subarray(max);
      this.#count(-max);
      return item.subarray(0, max);
    }
    this.#items.shift();
    this.#count(-item.length);
    return item;
  }

  #drop(): void {
    this.#items.length = 0;
    this.#count(-this.#unread);
  }

  /** Bytes of a stream that is over hold nothing back: no more can come. */
  #count(delta: number): void {
    if (this.#over || delta === 0) return;
    this.#unread += delta;
    this.#wire.buffered(delta);
  }

  // What arrives

  /** Data, or the end of it where it is empty. */
  data(bytes: Uint8Array): void {
    if (this.#finishing !== undefined || this.#ended) return;
    if (bytes.length === 0) {
      this.#ended = true;
      return this.#wake();
    }
    this.#items.push(bytes);
    this.#count(bytes.length);
    this.#wake();
  }

  hole(length: number): void {
    if (this.#finishing !== undefined) return;
    this.#items.push({ hole: length });
    this.#wake();
  }

  /** The server confirmed the end. */
  done(): void {
    this.#end();
    this.#finishing?.resolve();
    this.#wake();
  }

  fail(error: LibvirtError): void {
    this.#error = error;
    this.#end();
    this.#finishing?.reject(error);
    this.#wake();
  }

  #end(): void {
    if (this.#over) return;
    this.#count(-this.#unread);
    this.#over = true;
    this.#wire.release();
  }

  #wake(): void {
    const reader = this.#reader;
    if (reader === undefined) return;
    const item = this.#take(reader.max);
    if (item === undefined && this.#error === undefined && !this.#ended && !this.#over) return;
    this.#reader = undefined;
    if (item !== undefined) reader.resolve(item);
    else if (this.#error !== undefined) reader.reject(this.#error);
    else reader.resolve(null);
  }
}
