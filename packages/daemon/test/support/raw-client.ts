import { connect, type Socket } from 'node:net';
import {
  FrameHeader,
  FrameSplitter,
  FrameWriter,
  MessageStatus,
  MessageType,
  XdrReader,
  xdrCodec,
} from '@virtkit/core/util';
import { messageError, remote, type Procedure, type Program } from '@virtkit/driver-remote/protocol';

export interface Message {
  program: number;
  procedure: number;
  type: number;
  serial: number;
  status: number;
  payload: Buffer;
}

/** The error record of a reply. */
export class WireError extends Error {
  readonly code: number;
  readonly domain: number;
  readonly str1: string | null;
  readonly int1: number;
  constructor(record: { code: number; domain: number; message: string | null; str1: string | null; int1: number }) {
    super(record.message ?? '');
    ({ code: this.code, domain: this.domain, str1: this.str1, int1: this.int1 } = record);
  }
}

/** A client that speaks bytes: what real clients would never do can be tried with it. */
export class RawClient {
  readonly events: Message[] = [];
  readonly socket: Socket;
  closed = false;
  #serial = 0;
  readonly #splitter = new FrameSplitter();
  readonly #waiting = new Map<number, (message: Message) => void>();
  readonly #streams = new Map<number, Message[]>();
  #wakeStream: (() => void)[] = [];
  readonly order: number[] = [];

  constructor(target: string | Socket) {
    this.socket = typeof target === 'string' ? connect(target) : target;
    this.socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    this.socket.on('error', () => undefined);
    this.socket.on('close', () => {
      this.closed = true;
      for (const wake of this.#wakeStream.splice(0)) wake();
    });
  }

  #receive(chunk: Buffer): void {
    this.#splitter.push(chunk);
    while (this.#splitter.next()) {
      const { buffer, start, end } = this.#splitter;
      const header = new FrameHeader();
      header.read(buffer, start);
      const { program, procedure, type, serial, status } = header;
      const message = { program, procedure, type, serial, status, payload: buffer.subarray(start + 24, end) };
      if (type === MessageType.MESSAGE) this.events.push(message);
      else if (type === MessageType.STREAM || type === MessageType.STREAM_HOLE) {
        const queue = this.#streams.get(serial) ?? [];
        queue.push(message);
        this.#streams.set(serial, queue);
        for (const wake of this.#wakeStream.splice(0)) wake();
      } else {
        this.order.push(serial);
        this.#waiting.get(serial)?.(message);
        this.#waiting.delete(serial);
      }
    }
  }

  static procedure(name: string): Procedure {
    const found = remote.byName.get(name);
    if (found === undefined) throw new Error(`no procedure ${name}`);
    return found;
  }

  frame(procedure: Procedure, serial: number, values: readonly unknown[] = []): Buffer {
    const writer = new FrameWriter();
    writer.begin(procedure.program.number, 1, procedure.number, MessageType.CALL, serial, MessageStatus.OK);
    if (procedure.args !== undefined) xdrCodec(procedure.args).encodeFields(writer, values);
    writer.finish();
    return Buffer.from(writer.written());
  }

  /** Sends a call and returns the whole answer. */
  send(name: string, ...values: readonly unknown[]): { serial: number; reply: Promise<Message> } {
    const serial = this.#serial++;
    const reply = new Promise<Message>((resolve) => this.#waiting.set(serial, resolve));
    this.socket.write(this.frame(RawClient.procedure(name), serial, values));
    return { serial, reply };
  }

  /** Sends bytes as they are and returns the answer to a serial. */
  raw(bytes: Buffer, serial: number): Promise<Message> {
    const reply = new Promise<Message>((resolve) => this.#waiting.set(serial, resolve));
    this.socket.write(bytes);
    return reply;
  }

  /** As {@link call}, of another program. */
  async callOf(program: Program, name: string, ...values: readonly unknown[]): Promise<Record<string, unknown>> {
    const procedure = program.byName.get(name)!;
    const serial = this.#serial++;
    return decodeReply(procedure, await this.raw(this.frame(procedure, serial, values), serial));
  }

  /** Calls and returns the answer's values by name; raises the WireError of an error. */
  async call(name: string, ...values: readonly unknown[]): Promise<Record<string, unknown>> {
    return decodeReply(RawClient.procedure(name), await this.send(name, ...values).reply);
  }

  async open(uri = 'fake:///x', flags = 0): Promise<this> {
    await this.call('authList');
    await this.call('connectOpen', uri, flags);
    return this;
  }

  streamFrame(procedure: Procedure, serial: number, status: number, data: Uint8Array = Buffer.alloc(0)): void {
    const writer = new FrameWriter();
    writer.begin(remote.number, 1, procedure.number, MessageType.STREAM, serial, status);
    writer.raw(data);
    writer.finish();
    this.socket.write(Buffer.from(writer.written()));
  }

  /** The next stream message of the call. */
  async streamMessage(serial: number): Promise<Message> {
    for (;;) {
      const message = this.#streams.get(serial)?.shift();
      if (message !== undefined) return message;
      if (this.closed) throw new Error('closed');
      await new Promise<void>((resolve) => this.#wakeStream.push(resolve));
    }
  }

  async gone(): Promise<void> {
    if (!this.closed) await new Promise<void>((resolve) => this.socket.once('close', () => resolve()));
  }

  close(): void {
    this.socket.destroy();
  }
}

export function decodeReply(procedure: Procedure, message: Message): Record<string, unknown> {
  const reader = new XdrReader(message.payload);
  if (message.status === MessageStatus.ERROR) throw errorOf(message);
  return procedure.ret === undefined ? {} : (xdrCodec(procedure.ret).decode(reader) as Record<string, unknown>);
}

export const errorOf = (message: Message): WireError =>
  new WireError(xdrCodec(messageError).decode(new XdrReader(message.payload)));
