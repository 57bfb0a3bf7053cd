import type {
  DomainEvents,
  DomainRef,
  EventCallback,
  EventState,
  NetworkEvents,
  NetworkRef,
  NodeDeviceEvents,
  NodeDeviceRef,
  StoragePoolEvents,
  StoragePoolRef,
} from '@virtkit/core/driver';
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtkit/core/util';
import type { NodeEvents } from './state/events.js';

/** The registrations of one connection in one event state, so that they end with it. */
class Registrations<Events> {
  readonly #ids = new Set<number>();

  constructor(readonly state: EventState<Events>) {}

  register<Id extends keyof Events & number>(id: Id, key: string | null, callback: EventCallback<Events[Id]>): number {
    const registration = this.state.register(id, key, callback);
    this.#ids.add(registration);
    return registration;
  }

  deregister(id: number): void {
    if (!this.#ids.delete(id))
      throw new LibvirtError(
        ErrorCode.INVALID_ARG,
        ErrorDomain.TEST,
        `could not find event callback ${id} for deletion`,
      );
    this.state.deregister(id);
  }

  close(): void {
    for (const id of this.#ids) this.state.deregister(id);
    this.#ids.clear();
  }
}

/** What a connection adds to the tables of its node: its own event callbacks. */
export function eventRegistrations(events: NodeEvents) {
  const domain = new Registrations<DomainEvents>(events.domain);
  const network = new Registrations<NetworkEvents>(events.network);
  const storagePool = new Registrations<StoragePoolEvents>(events.storagePool);
  const nodeDevice = new Registrations<NodeDeviceEvents>(events.nodeDevice);
  return {
    hypervisor: {
      connectDomainEventRegisterAny: <Id extends keyof DomainEvents>(
        dom: DomainRef | null,
        id: Id,
        callback: EventCallback<DomainEvents[Id]>,
      ) => domain.register(id, dom?.uuid ?? null, callback),
      connectDomainEventDeregisterAny: (id: number) => domain.deregister(id),
    },
    network: {
      connectNetworkEventRegisterAny: <Id extends keyof NetworkEvents>(
        net: NetworkRef | null,
        id: Id,
        callback: EventCallback<NetworkEvents[Id]>,
      ) => network.register(id, net?.uuid ?? null, callback),
      connectNetworkEventDeregisterAny: (id: number) => network.deregister(id),
    },
    storage: {
      connectStoragePoolEventRegisterAny: <Id extends keyof StoragePoolEvents>(
        pool: StoragePoolRef | null,
        id: Id,
        callback: EventCallback<StoragePoolEvents[Id]>,
      ) => storagePool.register(id, pool?.uuid ?? null, callback),
      connectStoragePoolEventDeregisterAny: (id: number) => storagePool.deregister(id),
    },
    nodeDevice: {
      connectNodeDeviceEventRegisterAny: <Id extends keyof NodeDeviceEvents>(
        dev: NodeDeviceRef | null,
        id: Id,
        callback: EventCallback<NodeDeviceEvents[Id]>,
      ) => nodeDevice.register(id, dev?.name ?? null, callback),
      connectNodeDeviceEventDeregisterAny: (id: number) => nodeDevice.deregister(id),
    },
    close(): void {
      for (const registrations of [domain, network, storagePool, nodeDevice]) registrations.close();
    },
  };
}
