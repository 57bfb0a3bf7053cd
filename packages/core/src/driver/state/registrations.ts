import { ErrorCode, type ErrorDomain, LibvirtError } from '../../util/index.js';
import type { EventCallback } from '../drivers.js';
import type { EventState } from '../event-state.js';

/** The event callbacks of one connection; they end with it. */
export class Registrations<Events> {
  readonly #ids = new Set<number>();

  constructor(
    private readonly events: EventState<Events>,
    private readonly domain: ErrorDomain,
  ) {}

  register<Id extends keyof Events & number>(
    eventID: Id,
    key: string | null,
    callback: EventCallback<Events[Id]>,
  ): number {
    const id = this.events.register(eventID, key, callback);
    this.#ids.add(id);
    return id;
  }

  deregister(id: number): void {
    if (!this.#ids.delete(id) || !this.events.deregister(id))
      throw new LibvirtError(ErrorCode.INVALID_ARG, this.domain, `could not find event callback ${id} for deletion`);
  }

  close(): void {
    for (const id of this.#ids) this.events.deregister(id);
    this.#ids.clear();
  }
}
