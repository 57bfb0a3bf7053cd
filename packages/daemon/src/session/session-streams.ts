import type { StreamDriver } from '@virtkit/core';
import { MessageStatus, MessageType, rpcError } from '@virtkit/core/util';
import type { Client, Frame } from '../server/client.js';
import type { Call } from './call.js';
import type { Session } from './session.js';
import { StreamRelay } from './stream-relay.js';

interface Offer {
  readonly driver: StreamDriver;
  readonly wire: readonly unknown[];
}

/** The open streams of one client, by the serial of the calls that opened them. */
export class SessionStreams {
  readonly #open = new Map<number, StreamRelay>();
  readonly #offered = new Map<Call<Session>, Offer>();

  constructor(private readonly client: Client) {}

  /** The stream begins when the answer of the call is sent. */
  offer(call: Call<Session>, driver: StreamDriver, wire: readonly unknown[]): void {
    this.#offered.set(call, { driver, wire });
  }

  /** The answer of a call was sent: the stream that it opened, if it did, begins. */
  begin(call: Call<Session>): void {
    const offered = this.#offered.get(call);
    if (offered === undefined) return;
    this.#offered.delete(call);
    const { procedure } = call.plan;
    const flags = Object.keys(procedure.args?.fields ?? {}).indexOf('flags');
    const sparse = (Number(offered.wire[flags] ?? 0) & (procedure.stream?.sparseFlag ?? 0)) !== 0;
    const relay = new StreamRelay(this.client, call, offered.driver, procedure.stream!.direction, sparse, () =>
      this.#open.delete(call.serial),
    );
    this.#open.get(call.serial)?.abort('its serial was used again');
    this.#open.set(call.serial, relay);
    relay.start();
  }

  /** The answer could not be sent, so the client will never know of the stream. */
  abandon(call: Call<Session>): void {
    this.#offered.get(call)?.driver.streamAbort();
    this.#offered.delete(call);
  }

  receive(frame: Frame): void {
    const { header, reader } = frame;
    const relay = this.#open.get(header.serial);
    // Data for a stream that just failed may still be under way.
    if (relay === undefined || relay.call.procedure !== header.procedure) return;
    if (header.type === MessageType.STREAM_HOLE) return relay.hole(reader);
    switch (header.status) {
      case MessageStatus.CONTINUE:
        return relay.data(this.client.keep(frame));
      case MessageStatus.OK:
        return relay.finish();
      case MessageStatus.ERROR:
        return relay.abortByClient();
      default:
        throw rpcError(`a stream message cannot have the status ${header.status}`);
    }
  }

  /** The client is gone. */
  abort(): void {
    for (const relay of this.#open.values()) relay.abort('the client disconnected');
    for (const { driver } of this.#offered.values()) driver.streamAbort('the client disconnected');
    this.#open.clear();
    this.#offered.clear();
  }
}
