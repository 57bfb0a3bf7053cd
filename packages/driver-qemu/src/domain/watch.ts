import type { QemuHost } from '../host/qemu-host.js';
import type { QemuDomain } from './domain.js';
import type { LiveDomain } from './live-domain.js';
import { type EventScene, handleMonitorEvent } from './monitor-events.js';
import { type EndReason, stopDomain } from './stop.js';

/** Follows a running guest: acts on its monitor's events, and on its end however that comes about. */
export function watchDomain(host: QemuHost, domain: QemuDomain, live: LiveDomain): void {
  let reason: EndReason | undefined;
  const stop = (why: EndReason) => {
    // A job: whatever is under way is failing now, for the monitor is closing, and then the domain is brought down.
    void domain.jobs
      .run('stop', () => stopDomain(host, domain, live, why), { patience: Infinity })
      .catch((error: unknown) => host.log.error(`domain '${domain.name}' could not be stopped: ${String(error)}`));
  };
  const scene: EventScene = {
    host,
    domain,
    live,
    end: (how) => {
      reason ??= how;
      if (!live.beingDestroyed) stop(how);
    },
  };
  live.monitor.onEvent((event) => handleMonitorEvent(scene, event));
  void live.process.ended.then(() => {
    if (live.beingDestroyed) return;
    // What QEMU told last is read before its end is judged.
    live.monitor.onClose(() => stop(reason ?? 'died'));
  });
}
