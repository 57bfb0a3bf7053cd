import type { EventEntry, QemuMonitorEvent } from '@virtkit/core/driver';
import { ErrorCode, ErrorDomain, LibvirtError, type XdrReader, xdrCodec } from '@virtkit/core/util';
import { eventOfMessage, type Procedure, type Program, qemu, remote } from './protocol/index.js';
import type { Answer } from './rpc-client.js';
import type { Session } from './session.js';

type Callback = (event: never) => void;
type Source = EventEntry['object'] | 'qemuMonitor';

/** Procedures that take and drop registrations. Ids of callbacks repeat between kinds of objects. */
const SOURCES: Readonly<
  Record<Source, { readonly program: Program; readonly register: string; readonly deregister: string }>
> = {
  domain: {
    program: remote,
    register: 'connectDomainEventCallbackRegisterAny',
    deregister: 'connectDomainEventCallbackDeregisterAny',
  },
  network: {
    program: remote,
    register: 'connectNetworkEventRegisterAny',
    deregister: 'connectNetworkEventDeregisterAny',
  },
  storagePool: {
    program: remote,
    register: 'connectStoragePoolEventRegisterAny',
    deregister: 'connectStoragePoolEventDeregisterAny',
  },
  nodeDevice: {
    program: remote,
    register: 'connectNodeDeviceEventRegisterAny',
    deregister: 'connectNodeDeviceEventDeregisterAny',
  },
  secret: { program: remote, register: 'connectSecretEventRegisterAny', deregister: 'connectSecretEventDeregisterAny' },
  qemuMonitor: {
    program: qemu,
    register: 'connectDomainMonitorEventRegister',
    deregister: 'connectDomainMonitorEventDeregister',
  },
};

interface Registration {
  readonly source: Source;
  /** Values of the record that registers it. */
  readonly values: readonly unknown[];
  readonly callback: Callback;
  /** The daemon's own number; NOWHERE while it knows nothing of the registration. */
  remoteId: number;
}

const NOWHERE = -1;

/** The tables' spelling differs from the facts' in case. */
function procedureOf(program: Program, name: string): Procedure {
  const lower = name.toLowerCase();
  const found = program.byName.get(name) ?? program.procedures.find((one) => one.name.toLowerCase() === lower);
  if (found === undefined) throw new Error(`program ${program.name} has no procedure ${name}`);
  return found;
}

type Invoke = (procedure: Procedure, values: readonly unknown[]) => Promise<Answer>;

/** Registrations of one connection; they are made anew after a reconnect. An event that cannot be read is dropped. */
export class RemoteEvents {
  readonly #registrations = new Map<number, Registration>();
  readonly #byRemote = new Map<string, Registration>();
  /** Events that came before the answer to their registration. */
  readonly #early: { key: string; event: object }[] = [];
  #registering = 0;
  #nextId = 0;

  constructor(private readonly invoke: Invoke) {}

  async register(source: Source, values: readonly unknown[], callback: Callback): Promise<number> {
    const registration: Registration = { source, values, callback, remoteId: NOWHERE };
    await this.#send(registration, this.invoke);
    const id = this.#nextId++;
    this.#registrations.set(id, registration);
    return id;
  }

  async deregister(id: number): Promise<void> {
    const registration = this.#registrations.get(id);
    if (registration === undefined)
      throw new LibvirtError(ErrorCode.INVALID_ARG, ErrorDomain.REMOTE, `no event callback ${id}`);
    this.#registrations.delete(id);
    const { source, remoteId } = registration;
    if (remoteId === NOWHERE) return;
    this.#byRemote.delete(key(source, remoteId));
    const { program, deregister } = SOURCES[source];
    await this.invoke(procedureOf(program, deregister), [remoteId]);
  }

  /** The daemon is lost, and with it all that it knew of us. */
  forget(): void {
    this.#byRemote.clear();
    for (const registration of this.#registrations.values()) registration.remoteId = NOWHERE;
  }

  /** After a reconnect. What the daemon refuses now, events of a domain that is gone for one, stays silent. */
  async restore(session: Session): Promise<void> {
    const invoke: Invoke = (procedure, values) => session.invoke(procedure, values);
    for (const registration of this.#registrations.values())
      await this.#send(registration, invoke).catch((error: unknown) => {
        if (session.client.closed !== undefined) throw error;
      });
  }

  async #send(registration: Registration, invoke: Invoke): Promise<void> {
    const { program, register } = SOURCES[registration.source];
    this.#registering++;
    try {
      const { values } = await invoke(procedureOf(program, register), registration.values);
      registration.remoteId = values[0] as number;
      const own = key(registration.source, registration.remoteId);
      this.#byRemote.set(own, registration);
      for (const early of this.#early) if (early.key === own) tell(registration, early.event);
    } finally {
      if (--this.#registering === 0) this.#early.length = 0;
    }
  }

  /** A message arrived; what nobody registered for is dropped. */
  deliver(program: number, number: number, reader: XdrReader): void {
    const message = (program === qemu.number ? qemu : remote).byNumber[number];
    if (message === undefined) return;
    const decoded = decode(message, reader);
    if (decoded === undefined) return;
    const { source, callbackID, event } = decoded;
    const own = key(source, callbackID);
    const registration = this.#byRemote.get(own);
    if (registration !== undefined) tell(registration, event);
    else if (this.#registering > 0 && this.#early.length < 256) this.#early.push({ key: own, event });
  }
}

const key = (source: Source, remoteId: number): string => `${source} ${remoteId}`;

/** What a listener does wrong is its own: it must not cost the connection. */
function tell({ callback }: Registration, event: object): void {
  try {
    callback(event as never);
  } catch (error) {
    process.nextTick(() => {
      throw error;
    });
  }
}

interface Delivered {
  readonly source: Source;
  readonly callbackID: number;
  readonly event: object;
}

/** Undefined for messages that are no events of objects, and for what cannot be read. */
function decode(message: Procedure, reader: XdrReader): Delivered | undefined {
  const binding = eventOfMessage(message);
  try {
    if (binding !== undefined) {
      const { callbackID, payload: event } = binding.decode(reader);
      return { source: binding.event.object, callbackID, event };
    }
    if (message.program.number !== qemu.number) return undefined;
    const { callbackID, ...event } = xdrCodec(message.args!).decode(reader) as {
      callbackID: number;
    } & QemuMonitorEvent;
    return { source: 'qemuMonitor', callbackID, event };
  } catch {
    return undefined;
  }
}
