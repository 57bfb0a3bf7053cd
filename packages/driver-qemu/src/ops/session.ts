import { type DomainEvents, Registrations } from '@virtkit/core/driver';
import { ErrorDomain } from '@virtkit/core/util';
import type { QemuDomain } from '../domain/domain.js';
import { endProcess, stopDomain } from '../domain/stop.js';
import type { QemuHost } from '../host/qemu-host.js';

/** What belongs to one connection and ends with it. */
export class QemuSession {
  readonly #autodestroy = new Set<QemuDomain>();
  /** Its callbacks for events. */
  readonly registrations: Registrations<DomainEvents>;

  constructor(private readonly host: QemuHost) {
    this.registrations = new Registrations(host.events, ErrorDomain.QEMU);
  }

  /** VIR_DOMAIN_START_AUTODESTROY: the domain ends with this connection. */
  autodestroy(domain: QemuDomain): void {
    this.#autodestroy.add(domain);
  }

  async close(): Promise<void> {
    this.registrations.close();
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
