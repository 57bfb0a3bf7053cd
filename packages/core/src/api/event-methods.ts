import type {
  DomainEvents,
  EventCallback,
  NetworkEvents,
  NodeDeviceEvents,
  SecretEvents,
  StoragePoolEvents,
} from '../driver/index.js';
import type { EventSource } from './connection-events.js';
import type { Domain } from './domain.js';
import { EventQueue, type EventQueueOptions } from './event-queue.js';
import { ConnectMethods } from './gen/connect-methods.gen.js';

export type AnyDomainEvent = {
  readonly [Id in keyof DomainEvents]: { readonly id: Id } & DomainEvents[Id];
}[keyof DomainEvents];

/** The part of a connection that tells of events, by callbacks and as iterators. */
export abstract class EventMethods extends ConnectMethods {
  /** Iterations over events that go on. */
  #iterations: Set<{ end(): void }> | undefined;

  /** Registers a callback by references; see {@link Connect}. */
  abstract registerEvent(
    source: EventSource,
    ref: object | null,
    eventID: number,
    callback: (event: never) => void,
  ): Promise<number>;
  abstract deregisterEvent(source: EventSource, callbackID: number): Promise<void>;

  /** virConnectDomainEventRegisterAny: `domain` null means all; the callback gets references, not handles. */
  domainEventRegisterAny<Id extends keyof DomainEvents>(
    domain: Domain | null,
    eventID: Id,
    callback: EventCallback<DomainEvents[Id]>,
  ): Promise<number> {
    return this.registerEvent('domain', domain?.ref ?? null, eventID, callback);
  }

  /** virConnectDomainEventDeregisterAny */
  domainEventDeregisterAny(callbackID: number): Promise<void> {
    return this.deregisterEvent('domain', callbackID);
  }

  /** virConnectNetworkEventRegisterAny */
  networkEventRegisterAny<Id extends keyof NetworkEvents>(
    ref: NetworkEvents[Id]['net'] | null,
    eventID: Id,
    callback: EventCallback<NetworkEvents[Id]>,
  ): Promise<number> {
    return this.registerEvent('network', ref, eventID, callback);
  }

  /** virConnectStoragePoolEventRegisterAny */
  storagePoolEventRegisterAny<Id extends keyof StoragePoolEvents>(
    ref: StoragePoolEvents[Id]['pool'] | null,
    eventID: Id,
    callback: EventCallback<StoragePoolEvents[Id]>,
  ): Promise<number> {
    return this.registerEvent('storagePool', ref, eventID, callback);
  }

  /** virConnectNodeDeviceEventRegisterAny */
  nodeDeviceEventRegisterAny<Id extends keyof NodeDeviceEvents>(
    ref: NodeDeviceEvents[Id]['dev'] | null,
    eventID: Id,
    callback: EventCallback<NodeDeviceEvents[Id]>,
  ): Promise<number> {
    return this.registerEvent('nodeDevice', ref, eventID, callback);
  }

  /** virConnectSecretEventRegisterAny */
  secretEventRegisterAny<Id extends keyof SecretEvents>(
    ref: SecretEvents[Id]['secret'] | null,
    eventID: Id,
    callback: EventCallback<SecretEvents[Id]>,
  ): Promise<number> {
    return this.registerEvent('secret', ref, eventID, callback);
  }

  /**
   * Domain events as an async iterator, in order: `for await (const event of connect.domainEvents([0]))`. A slow reader
   * finds a marker `{ dropped: n }` where events were lost. Leaving the loop, aborting the signal, or closing the
   * connection ends it.
   */
  async domainEvents<Id extends keyof DomainEvents>(
    eventIDs: readonly Id[],
    options: EventQueueOptions & { readonly domain?: Domain } = {},
  ): Promise<EventQueue<Extract<AnyDomainEvent, { id: Id }>>> {
    const ids: number[] = [];
    const deregister = (): void => {
      for (const id of ids.splice(0)) this.domainEventDeregisterAny(id).catch(() => undefined);
    };
    const queue = new EventQueue<Extract<AnyDomainEvent, { id: Id }>>(options, (ended) => {
      this.#iterations?.delete(ended);
      deregister();
    });
    if (!queue.ended) (this.#iterations ??= new Set()).add(queue);
    try {
      for (const id of eventIDs) {
        if (queue.ended) break;
        const callback = (event: object) => queue.push({ id, ...event } as Extract<AnyDomainEvent, { id: Id }>);
        ids.push(await this.registerEvent('domain', options.domain?.ref ?? null, id, callback));
      }
    } catch (error) {
      queue.end();
      throw error;
    }
    // It may have ended while a registration was under way.
    if (queue.ended) deregister();
    return queue;
  }

  /** For the end of the connection: who iterates over its events has come to their end. */
  protected endIterations(): void {
    for (const iteration of this.#iterations ?? []) iteration.end();
  }
}
