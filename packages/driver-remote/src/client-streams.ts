import {
  type FrameWriter,
  type LibvirtError,
  MessageStatus,
  MessageType,
  rpcError,
  xdrCodec,
  type XdrReader,
} from '@virtkit/core/util';
import { ClientStream } from './client-stream.js';
import { type Procedure, streamHole } from './protocol/index.js';
import { receivedError } from './received-error.js';

/** What the streams need of their connection. */
export interface StreamsWire {
  /** Sends a message of a stream; resolves when the socket can take more. */
  send(
    procedure: Procedure,
    serial: number,
    type: MessageType,
    status: MessageStatus,
    payload?: (writer: FrameWriter) => void,
  ): Promise<void>;
  /** {@link ClientStreams.unread} changed. */
  regulate(): void;
}

const holeCodec = xdrCodec(streamHole);

/** The streams of one connection, by the serials of the calls that opened them. */
export class ClientStreams {
  /** Bytes that arrived and that nobody has read. */
  unread = 0;
  readonly #open = new Map<number, ClientStream>();

  constructor(private readonly wire: StreamsWire) {}

  open(procedure: Procedure, serial: number): ClientStream {
    const { wire } = this;
    const stream = new ClientStream({
      sendData: (data) =>
        wire.send(procedure, serial, MessageType.STREAM, MessageStatus.CONTINUE, (writer) => {
          const at = writer.claim(data.length);
          writer.buffer.set(data, at);
        }),
      sendHole: (length) =>
        wire.send(procedure, serial, MessageType.STREAM_HOLE, MessageStatus.CONTINUE, (writer) =>
          holeCodec.encode(writer, { length: BigInt(length), flags: 0 }),
        ),
      sendEnd: (abort) => this.#end(procedure, serial, abort),
      buffered: (delta) => {
        this.unread += delta;
        wire.regulate();
      },
      release: () => this.#open.delete(serial),
    });
    this.#open.set(serial, stream);
    return stream;
  }

  /** The daemon opened a stream for a caller who is not waiting any more. */
  refuse(procedure: Procedure, serial: number): void {
    this.#end(procedure, serial, true);
  }

  #end(procedure: Procedure, serial: number, abort: boolean): void {
    this.wire
      .send(procedure, serial, MessageType.STREAM, abort ? MessageStatus.ERROR : MessageStatus.OK)
      .catch(() => undefined);
  }

  /** A message of a stream; those of streams that are over are dropped. `own`: its bytes may be kept. */
  receive(type: number, serial: number, status: number, reader: XdrReader, own: boolean): void {
    const stream = this.#open.get(serial);
    if (stream === undefined) return;
    if (status === MessageStatus.ERROR)
      return stream.fail(reader.remaining === 0 ? rpcError('the daemon aborted the stream') : receivedError(reader));
    if (status === MessageStatus.OK) return stream.done();
    if (type === MessageType.STREAM_HOLE) return stream.hole(Number(holeCodec.decode(reader).length));
    const { buffer, pos, end } = reader;
    const data = buffer.subarray(pos, end);
    stream.data(own ? data : Buffer.from(data));
  }

  fail(error: LibvirtError): void {
    for (const stream of [...this.#open.values()]) stream.fail(error);
  }
}
