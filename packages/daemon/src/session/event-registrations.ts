import {
  type Connect,
  ConnectCloseReason,
  type Domain,
  ErrorCode,
  ErrorDomain,
  type EventSource,
  LibvirtError,
} from '@virtkit/core';
import { xdrCodec, type XdrRecord, type XdrType } from '@virtkit/core/util';
import { eventBinding, type Procedure, qemu, remote } from '@virtkit/driver-remote/protocol';
import type { Client } from '../server/client.js';
import type { EventFrames, SentEvent } from './event-frames.js';

/** The event registrations of one client, in both generations. They end with its connection to the driver. */
export class EventRegistrations {
  /** By source and id: callbacks that the client deregisters by id. */
  readonly #callbacks = new Set<string>();
  /** First generation: registration by event. */
  readonly #legacy = new Map<number, Promise<number>>();
  #closeWatch: (() => void) | undefined;

  constructor(
    private readonly client: Client,
    private readonly frames: EventFrames,
  ) {}

  /** Registers for events of one object or of all; answers with the id that the messages will carry. */
  async register(connect: Connect, source: EventSource, ref: object | null, eventID: number): Promise<number> {
    const id = await this.#listen(connect, source, ref, eventID, false);
    this.#callbacks.add(`${source}/${id}`);
    return id;
  }

  async deregister(connect: Connect, source: EventSource, callbackID: number): Promise<void> {
    if (!this.#callbacks.delete(`${source}/${callbackID}`))
      throw internal(`${SOURCE_NAMES[source]} event callback ${callbackID} not registered`);
    await connect.deregisterEvent(source, callbackID);
  }

  /** connectDomainEventRegisterAny: messages without an id, one registration for each event. */
  async registerLegacy(connect: Connect, eventID: number): Promise<void> {
    if (this.#legacy.has(eventID))
      throw new LibvirtError(ErrorCode.INVALID_ARG, ErrorDomain.NONE, 'event callback already tracked');
    const registered = this.#listen(connect, 'domain', null, eventID, true);
    this.#legacy.set(eventID, registered);
    await registered.catch((error: unknown) => {
      this.#legacy.delete(eventID);
      throw error;
    });
  }

  async deregisterLegacy(connect: Connect, eventID: number): Promise<void> {
    const registered = this.#legacy.get(eventID);
    if (registered === undefined) throw internal(`domain event ${eventID} not registered`);
    this.#legacy.delete(eventID);
    await connect.deregisterEvent('domain', await registered);
  }

  #listen(
    connect: Connect,
    source: EventSource,
    ref: object | null,
    eventID: number,
    legacy: boolean,
  ): Promise<number> {
    const binding = eventBinding(source, eventID, legacy);
    if (binding === undefined) throw internal(`unsupported event ID ${eventID}`);
    const { client, frames } = this;
    let callbackID = -1;
    const registered = connect.registerEvent(source, ref, eventID, (payload: object) => {
      frames.send(client, binding, callbackID, payload);
    });
    return registered.then((id) => (callbackID = id));
  }

  /** Raw events of QEMU's monitor. */
  async registerMonitor(
    connect: Connect,
    dom: Domain['ref'] | null,
    event: string | null,
    flags: number,
  ): Promise<number> {
    const { client, frames } = this;
    let callbackID = -1;
    callbackID = await connect.qemuMonitorEventRegister(
      dom === null ? null : { ref: dom },
      event,
      (payload) => frames.send(client, MONITOR_EVENT, callbackID, payload),
      flags,
    );
    return callbackID;
  }

  /** connectRegisterCloseCallback: the client is told once when the driver loses its way to the hypervisor. */
  watchClose(connect: Connect): void {
    if (this.#closeWatch !== undefined) throw internal('A close callback is already registered');
    let told = false;
    this.#closeWatch = connect.onStateChange(({ state }) => {
      if (state === 'connected' || told) return;
      told = true;
      this.frames.send(this.client, CLOSE_EVENT, -1, { reason: ConnectCloseReason.ERROR });
    });
  }

  unwatchClose(): void {
    if (this.#closeWatch === undefined) throw internal('close callback not registered');
    this.#closeWatch();
    this.#closeWatch = undefined;
  }

  clear(): void {
    this.#closeWatch?.();
    this.#closeWatch = undefined;
    this.#callbacks.clear();
    this.#legacy.clear();
  }
}

/** A message outside of the objects' events, from its record. */
function plainEvent(message: Procedure): SentEvent {
  const codec = xdrCodec(message.args as XdrType<object> & XdrRecord);
  const hasCallbackId = codec.names.includes('callbackID');
  return {
    message,
    hasCallbackId,
    encode: (writer, callbackID, payload) => codec.encode(writer, hasCallbackId ? { ...payload, callbackID } : payload),
  };
}
const MONITOR_EVENT = plainEvent(qemu.byName.get('domainMonitorEvent')!);
const CLOSE_EVENT = plainEvent(remote.byName.get('connectEventConnectionClosed')!);

const SOURCE_NAMES: Readonly<Record<string, string>> = {
  domain: 'domain',
  network: 'network',
  storagePool: 'storage pool',
  nodeDevice: 'node device',
  secret: 'secret',
};

const internal = (text: string): LibvirtError => new LibvirtError(ErrorCode.INTERNAL_ERROR, ErrorDomain.RPC, text);
