import type { EventEntry, QemuMonitorEvent } from '@virtkit/core/driver';
import { ErrorCode, ErrorDomain, LibvirtError, type XdrReader, xdrCodec } from '@virtkit/core/util';
import { eventOfMessage, type Procedure, type Program, qemu, remote } from './protocol/index.js';
import type { Answer } from './rpc-client.js';

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
  remoteId: number;
}

/** The tables' spelling differs from the facts' in case. */
function procedureOf(program: Program, name: string): Procedure {
  const lower = name.toLowerCase();
  const found = program.byName.get(name) ?? program.procedures.find((one) => one.name.toLowerCase() === lower);
  if (found === undefined) throw new Error(`program ${program.name} has no procedure ${name}`);
  return found;
}

type Invoke = (procedure: Procedure, values: readonly unknown[]) => Promise<Answer>;

/** Registrations of one connection; they are made anew after a reconnect. */
export class RemoteEvents {
  readonly #registrations = new Map<number, Registration>();
  readonly #byRemote = new Map<string, Registration>();
  /** Events that came before the answer to their registration. */
  readonly #early: { key: string; event: object }[] = [];
  #registering = 0;
  #nextId = 0;

  constructor(private readonly invoke: Invoke) {}

  async register(source: Source, values: readonly unknown[], callback: Callback): Promise<number> {
    const registration: Registration = { source, values, callback, remoteId: -1 };
    await this.#send(registration);
    const id = this.#nextId++;
    this.#registrations.set(id, registration);
    return id;
  }

  async deregister(id: number): Promise<void> {
    const registration = this.#registrations.get(id);
    if (registration === undefined)
      throw new LibvirtError(ErrorCode.INVALID_ARG, ErrorDomain.REMOTE, `no event callback ${id}`);
    this.#registrations.delete(id);
    this.#byRemote.delete(key(registration));
    const { program, deregister } = SOURCES[registration.source];
    await this.invoke(procedureOf(program, deregister), [registration.remoteId]);
  }

  /** After a reconnect: the daemon knows nothing of us. */
  async restore(): Promise<void> {
    this.#byRemote.clear();
    for (const registration of this.#registrations.values()) await this.#send(registration);
  }

  async #send(registration: Registration): Promise<void> {
    const { program, register } = SOURCES[registration.source];
    this.#registering++;
    try {
      const { values } = await this.invoke(procedureOf(program, register), registration.values);
      registration.remoteId = values[0] as number;
      this.#byRemote.set(key(registration), registration);
      const own = key(registration);
      for (const early of this.#early) if (early.key === own) registration.callback(early.event as never);
    } finally {
      if (--this.#registering === 0) this.#early.length = 0;
    }
  }

  /** A message arrived; what nobody registered for is dropped. */
  deliver(program: number, number: number, reader: XdrReader): void {
    const message = (program === qemu.number ? qemu : remote).byNumber[number];
    if (message === undefined) return;
    const own = eventOfMessage(message);
    if (own === undefined && message.program.number !== qemu.number) return;
    const source: Source = own?.event.object ?? 'qemuMonitor';
    const { callbackID, payload: event } = own?.decode(reader) ?? monitorEvent(message, reader);
    const registration = this.#byRemote.get(`${source} ${callbackID}`);
    if (registration !== undefined) registration.callback(event as never);
    else if (this.#registering > 0 && this.#early.length < 256)
      this.#early.push({ key: `${source} ${callbackID}`, event });
  }
}

const key = ({ source, remoteId }: Registration): string => `${source} ${remoteId}`;

function monitorEvent(message: Procedure, reader: XdrReader): { callbackID: number; payload: QemuMonitorEvent } {
  const { callbackID, ...payload } = xdrCodec(message.args!).decode(reader) as {
    callbackID: number;
  } & QemuMonitorEvent;
  return { callbackID, payload };
}
