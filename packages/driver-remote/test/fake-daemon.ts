import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  FrameHeader,
  FrameSplitter,
  FrameWriter,
  MessageStatus,
  MessageType,
  xdrCodec,
  XdrReader,
} from '@virtkit/core/util';
import { type Connect, Host } from '@virtkit/core';
import driver from '@virtkit/driver-remote';
import { keepalive, messageError, type Procedure, remote } from '@virtkit/driver-remote/protocol';

/** What a scripted procedure does: values of the answer, `undefined` for silence, or an error to raise. */
type Handler = (
  args: unknown[],
  peer: Peer,
  serial: number,
) => readonly unknown[] | undefined | Promise<readonly unknown[]>;

export interface Peer {
  readonly socket: Socket;
  /** Sends an event with the values of its record. */
  event(name: string, values: readonly unknown[]): void;
  /** Sends a stream message; false when the socket is full. */
  stream(name: string, serial: number, status: number, payload?: Uint8Array): boolean;
  /** Answers a call with these bytes, whatever they mean. */
  reply(name: string, serial: number, payload: Uint8Array): undefined;
}

/** A daemon in this process that speaks the real protocol and answers as a test wants. */
export class FakeDaemon {
  readonly path: string;
  readonly calls: string[] = [];
  readonly streamed: { serial: number; status: number; data: Buffer }[] = [];
  readonly peers = new Set<Socket>();
  onStream: ((serial: number, status: number, data: Buffer, peer: Peer) => void) | undefined;
  /** Pings that came. */
  pings = 0;
  #muted = false;
  readonly #folder = mkdtempSync(join(tmpdir(), 'virtkit-fake-'));
  readonly #handlers: Record<string, Handler> = {
    authList: () => [[0]],
    connectSupportsFeature: () => [1],
    connectOpen: () => [],
    connectClose: () => [],
    connectGetType: () => ['FAKE'],
    connectRegisterCloseCallback: () => [],
  };
  #server: Server | undefined;

  constructor(handlers: Record<string, Handler> = {}) {
    this.path = join(this.#folder, 'sock');
    Object.assign(this.#handlers, handlers);
  }

  listen(): Promise<void> {
    this.#server = createServer((socket) => this.#serve(socket));
    return new Promise((resolve) => this.#server!.listen(this.path, resolve));
  }

  /** Reads, and does nothing. */
  mute(muted = true): void {
    this.#muted = muted;
  }

  /** Stops listening and hangs up on everybody. */
  async stop(): Promise<void> {
    for (const socket of this.peers) socket.destroy();
    const server = this.#server;
    if (server !== undefined) await new Promise((resolve) => server.close(resolve));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    rmSync(this.#folder, { recursive: true });
  }

  #serve(socket: Socket): void {
    this.peers.add(socket);
    socket.on('close', () => this.peers.delete(socket)).on('error', () => undefined);
    const splitter = new FrameSplitter();
    const header = new FrameHeader();
    const writer = new FrameWriter();
    const send = (one: Procedure, type: number, serial: number, status: number, fill: () => void): boolean => {
      writer.begin(one.program.number, one.program.version, one.number, type as 0, serial, status as 0);
      fill();
      writer.finish();
      const bytes = Buffer.from(writer.written());
      writer.reset();
      return socket.write(bytes);
    };
    const peer: Peer = {
      socket,
      event: (name, values) => {
        const one = remote.byName.get(name)!;
        send(one, MessageType.MESSAGE, 1, MessageStatus.OK, () => xdrCodec(one.args!).encodeFields(writer, values));
      },
      stream: (name, serial, status, payload = new Uint8Array()) =>
        send(remote.byName.get(name)!, MessageType.STREAM, serial, status, () => {
          const at = writer.claim(payload.length);
          writer.buffer.set(payload, at);
        }),
      reply: (name, serial, payload) =>
        void send(remote.byName.get(name)!, MessageType.REPLY, serial, MessageStatus.OK, () => {
          const at = writer.claim(payload.length);
          writer.buffer.set(payload, at);
        }),
    };
    socket.on('data', (chunk: Buffer) => {
      splitter.push(chunk);
      while (splitter.next()) {
        header.read(splitter.buffer, splitter.start);
        const reader = new XdrReader(splitter.buffer, splitter.start + 24, splitter.end);
        const { serial, status, type } = header;
        if (this.#muted) continue;
        if (header.program === keepalive.number) {
          this.pings++;
          send(keepalive.byName.get('pong')!, MessageType.MESSAGE, 0, MessageStatus.OK, () => undefined);
          continue;
        }
        const one = remote.byNumber[header.procedure]!;
        if (type === MessageType.STREAM) {
          const data = Buffer.from(splitter.buffer.subarray(splitter.start + 24, splitter.end));
          this.streamed.push({ serial, status, data });
          this.onStream?.(serial, status, data, peer);
          continue;
        }
        if (type !== MessageType.CALL) continue;
        this.calls.push(one.name);
        const args = one.args === undefined ? [] : xdrCodec(one.args).decodeFields(reader);
        try {
          const values = this.#handlers[one.name]!(args, peer, serial);
          if (values === undefined) continue;
          const answer = (given: readonly unknown[]): void =>
            void send(one, MessageType.REPLY, serial, MessageStatus.OK, () => {
              if (one.ret !== undefined) xdrCodec(one.ret).encodeFields(writer, given);
            });
          if (values instanceof Promise) void values.then(answer);
          else answer(values);
        } catch {
          const error = {
            code: 42,
            domain: 12,
            message: 'Domain not found: gone',
            level: 2,
            dom: null,
            str1: 'Domain not found: %s',
            str2: 'gone',
            str3: null,
            int1: -1,
            int2: -1,
            net: null,
          };
          send(one, MessageType.REPLY, serial, MessageStatus.ERROR, () => xdrCodec(messageError).encode(writer, error));
        }
      }
    });
  }
}

/** A connection to it by this driver, which has these options. */
export async function open(
  daemon: FakeDaemon,
  options: Readonly<Record<string, unknown>> = {},
  uri = `fake+unix:///system?socket=${daemon.path}&keep=me`,
  signal?: AbortSignal,
): Promise<Connect> {
  const host = await Host.create({ drivers: [{ module: driver, manifest: join(import.meta.dirname, '..'), options }] });
  return host.open(uri, signal === undefined ? {} : { signal });
}
