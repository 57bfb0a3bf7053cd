import type { QemuDomain } from '../domain/domain.js';
import { endProcess, stopDomain } from '../domain/stop.js';
import type { QemuHost } from '../host/qemu-host.js';

/** What belongs to one connection and ends with it. */
export class QemuSession {
  readonly #autodestroy = new Set<QemuDomain>();
  readonly #registrations = new Set<number>();

  constructor(private readonly host: QemuHost) {}

  /** VIR_DOMAIN_START_AUTODESTROY: the domain ends with this connection. */
  autodestroy(domain: QemuDomain): void {
    this.#autodestroy.add(domain);
  }

  registered(callbackID: number): void {
    this.#registrations.add(callbackID);
  }

  deregistered(callbackID: number): void {
    this.#registrations.delete(callbackID);
  }

  async close(): Promise<void> {
    for (const id of this.#registrations) this.host.events.deregister(id);
    this.#registrations.clear();
    await Promise.all(
      [...this.#autodestroy].map(async (domain) => {
        const { live } = domain;
        if (live === undefined) return;
        live.beingDestroyed = true;
        await endProcess(live, { graceful: false }).catch(() => undefined);
        await domain.jobs.run('autodestroy', () => stopDomain(this.host, domain, live, 'destroyed'), {
          patience: Infinity,
        });
      }),
    );
  }
}
