import type { EventCallback } from './drivers.js';

interface Registration {
  readonly id: number;
  readonly eventID: number;
  readonly filter: string | null;
  readonly callback: EventCallback<never>;
}

/**
 * virObjectEventState: the registrations of one kind of object, and the queue of what happened.
 *
 * Events are delivered in the order in which they were emitted, from the event loop and never from within `emit`. A
 * callback may deregister itself or others: those that were removed are not called any more. Without registrations
 * `emit` costs nothing and keeps nothing.
 */
export class EventState<Events> {
  readonly #registrations = new Map<number, Registration>();
  readonly #queue: { readonly eventID: number; readonly key: string; readonly payload: unknown }[] = [];
  #nextId = 0;
  #scheduled = false;

  /** `key` (the object's UUID, or its name where it has none) restricts the callback to one object. */
  register<Id extends keyof Events & number>(
    eventID: Id,
    key: string | null,
    callback: EventCallback<Events[Id]>,
  ): number {
    const id = this.#nextId++;
    this.#registrations.set(id, { id, eventID, filter: key, callback: callback as EventCallback<never> });
    return id;
  }

  /** False if there is no such registration. */
  deregister(id: number): boolean {
    return this.#registrations.delete(id);
  }

  get registrations(): number {
    return this.#registrations.size;
  }

  emit<Id extends keyof Events & number>(eventID: Id, key: string, payload: Events[Id]): void {
    if (this.#registrations.size === 0) return;
    this.#queue.push({ eventID, key, payload });
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => this.#deliver());
  }

  #deliver(): void {
    this.#scheduled = false;
    for (const { eventID, key, payload } of this.#queue.splice(0)) {
      for (const registration of [...this.#registrations.values()]) {
        if (registration.eventID !== eventID || !this.#registrations.has(registration.id)) continue;
        if (registration.filter !== null && registration.filter !== key) continue;
        try {
          registration.callback(payload as never);
        } catch (error) {
          // A listener's fault must not cost the others their events; it surfaces as an uncaught error of its own.
          queueMicrotask(() => {
            throw error;
          });
        }
      }
    }
  }
}
