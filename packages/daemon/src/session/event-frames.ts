import { FrameWriter, MessageStatus, MessageType } from '@virtkit/core/util';
import type { EventBinding } from '@virtkit/driver-remote/protocol';
import type { Client } from '../server/client.js';

/** Events carry this serial, as the peer's do; clients go by the procedure. */
const EVENT_SERIAL = 1;
/** Where the id of the registration stands: right after the header. */
const ID_OFFSET = 28;

/** What is needed of an event's binding to send it. */
export type SentEvent = Pick<EventBinding, 'message' | 'hasCallbackId' | 'encode'>;

/**
 * Event messages, encoded once for all clients that get them: drivers give every listener the same payload object, so
 * the frame made for the first serves the others with the id of their registration put in.
 */
export class EventFrames {
  readonly #writer = new FrameWriter(4096);
  #payload: object | undefined;
  #binding: SentEvent | undefined;
  #frame = Buffer.alloc(0);
  #scheduled = false;

  send(client: Client, binding: SentEvent, callbackID: number, payload: object): void {
    if (this.#payload !== payload || this.#binding !== binding) this.#encode(binding, payload);
    if (binding.hasCallbackId) this.#frame.writeInt32BE(callbackID, ID_OFFSET);
    // A client that could not be handed the bytes at once keeps them: the next one gets a copy.
    if (!client.sendShared(this.#frame)) this.#frame = Buffer.from(this.#frame);
  }

  #encode(binding: SentEvent, payload: object): void {
    const { message } = binding;
    const writer = this.#writer;
    writer.reset();
    writer.begin(
      message.program.number,
      message.program.version,
      message.number,
      MessageType.MESSAGE,
      EVENT_SERIAL,
      MessageStatus.OK,
    );
    binding.encode(writer, 0, payload);
    writer.finish();
    this.#frame = Buffer.from(writer.written());
    this.#payload = payload;
    this.#binding = binding;
    if (this.#scheduled) return;
    // The payload is not kept beyond the burst that it belongs to.
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#payload = undefined;
      this.#binding = undefined;
    });
  }
}
