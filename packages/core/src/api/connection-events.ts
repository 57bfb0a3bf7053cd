import { ErrorCode, ErrorDomain, LibvirtError } from '../util/index.js';
import type { DriverTable, ObjectKind } from '../driver/index.js';
import { type Awaitable, EVENTS, type CallContext } from '../driver/index.js';

/** Objects that have events, and where their drivers take registrations. */
export const EVENT_SOURCES = {
  domain: {
    table: 'hypervisor',
    register: 'connectDomainEventRegisterAny',
    symbol: 'virConnectDomainEventRegisterAny',
    domain: ErrorDomain.DOMAIN,
    deregister: 'connectDomainEventDeregisterAny',
  },
  network: {
    table: 'network',
    register: 'connectNetworkEventRegisterAny',
    symbol: 'virConnectNetworkEventRegisterAny',
    domain: ErrorDomain.NETWORK,
    deregister: 'connectNetworkEventDeregisterAny',
  },
  storagePool: {
    table: 'storage',
    register: 'connectStoragePoolEventRegisterAny',
    symbol: 'virConnectStoragePoolEventRegisterAny',
    domain: ErrorDomain.STORAGE,
    deregister: 'connectStoragePoolEventDeregisterAny',
  },
  nodeDevice: {
    table: 'nodeDevice',
    register: 'connectNodeDeviceEventRegisterAny',
    symbol: 'virConnectNodeDeviceEventRegisterAny',
    domain: ErrorDomain.NODEDEV,
    deregister: 'connectNodeDeviceEventDeregisterAny',
  },
  secret: {
    table: 'secret',
    register: 'connectSecretEventRegisterAny',
    symbol: 'virConnectSecretEventRegisterAny',
    domain: ErrorDomain.SECRET,
    deregister: 'connectSecretEventDeregisterAny',
  },
} as const satisfies Record<
  string,
  { table: DriverTable; register: string; deregister: string; symbol: string; domain: ErrorDomain }
>;

export type EventSource = keyof typeof EVENT_SOURCES & ObjectKind;

type Register = (
  ref: object | null,
  id: number,
  callback: (event: never) => void,
  call: CallContext,
) => Awaitable<number>;
type Deregister = (id: number, call: CallContext) => Awaitable<void>;

const idsOf = new Map<string, Set<number>>();
for (const { object, id } of EVENTS) {
  const ids = idsOf.get(object) ?? new Set();
  idsOf.set(object, ids.add(id));
}

const NO_CALL: CallContext = { signal: undefined };

/** The registrations of one connection; all end with it. */
export class ConnectionEvents {
  readonly #registered = new Map<EventSource, Map<number, { active: boolean }>>();

  constructor(private readonly driverOf: (table: DriverTable) => Promise<object | undefined>) {}

  async register(
    source: EventSource,
    ref: object | null,
    id: number,
    callback: (event: never) => void,
  ): Promise<number> {
    const { table, register, symbol, domain } = EVENT_SOURCES[source];
    if (!idsOf.get(source)?.has(id))
      throw new LibvirtError(
        ErrorCode.INVALID_ARG,
        domain,
        `eventID in ${symbol} must be less than ${idsOf.get(source)?.size ?? 0}, not ${id}`,
      );
    const driver = (await this.driverOf(table)) as Record<string, Register | undefined> | undefined;
    if (driver?.[register] === undefined) throw new LibvirtError(ErrorCode.NO_SUPPORT, domain, symbol);
    // A callback that deregisters itself must not be called for what is already queued behind this event.
    const registration = { active: true };
    const guarded = (event: never): void => {
      if (registration.active) callback(event);
    };
    const callbackID = await driver[register](ref, id, guarded, NO_CALL);
    let registered = this.#registered.get(source);
    if (registered === undefined) this.#registered.set(source, (registered = new Map()));
    registered.set(callbackID, registration);
    return callbackID;
  }

  async deregister(source: EventSource, callbackID: number): Promise<void> {
    const { table, deregister, symbol, domain } = EVENT_SOURCES[source];
    const registration = this.#registered.get(source)?.get(callbackID);
    if (registration === undefined)
      throw new LibvirtError(
        ErrorCode.INVALID_ARG,
        domain,
        `could not find event callback ${callbackID} for deletion (${symbol.replace('Register', 'Deregister')})`,
      );
    registration.active = false;
    this.#registered.get(source)?.delete(callbackID);
    const driver = (await this.driverOf(table)) as Record<string, Deregister>;
    await driver[deregister]!(callbackID, NO_CALL);
  }

  async close(): Promise<void> {
    for (const [source, ids] of this.#registered)
      for (const id of [...ids.keys()]) await this.deregister(source, id).catch(() => undefined);
  }
}
