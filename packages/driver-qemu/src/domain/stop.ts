import { rm } from 'node:fs/promises';
import {
  DomainEventStoppedDetailType,
  DomainEventType,
  DomainShutoffReason,
  ErrorCode,
  ErrorDomain,
  LibvirtError,
} from '@virtkit/core/util';
import type { QemuHost } from '../host/qemu-host.js';
import { forgetMoments } from '../moments/metadata.js';
import { forgetTpm } from '../tpm/index.js';
import type { QemuDomain } from './domain.js';
import { releaseGraphicsPorts } from './graphics-ports.js';
import type { LiveDomain } from './live-domain.js';
import { releaseTapNames } from './taps.js';
import { shutoff } from './state.js';

/** Why a domain ended. */
export type EndReason = 'shutdown' | 'destroyed' | 'crashed' | 'failed' | 'died' | 'saved' | 'from-snapshot';

/** `died`: the process ended without having told so, which libvirt reports as failed, its state as crashed. */
const ENDS: Readonly<
  Record<EndReason, { state: DomainShutoffReason; event: DomainEventStoppedDetailType; log: string }>
> = {
  shutdown: { state: DomainShutoffReason.SHUTDOWN, event: DomainEventStoppedDetailType.SHUTDOWN, log: 'shutdown' },
  destroyed: { state: DomainShutoffReason.DESTROYED, event: DomainEventStoppedDetailType.DESTROYED, log: 'destroyed' },
  crashed: { state: DomainShutoffReason.CRASHED, event: DomainEventStoppedDetailType.CRASHED, log: 'crashed' },
  died: { state: DomainShutoffReason.CRASHED, event: DomainEventStoppedDetailType.FAILED, log: 'crashed' },
  failed: { state: DomainShutoffReason.FAILED, event: DomainEventStoppedDetailType.FAILED, log: 'failed' },
  saved: { state: DomainShutoffReason.SAVED, event: DomainEventStoppedDetailType.SAVED, log: 'saved' },
  'from-snapshot': {
    state: DomainShutoffReason.FROM_SNAPSHOT,
    event: DomainEventStoppedDetailType.FROM_SNAPSHOT,
    log: 'from-snapshot',
  },
};

/**
 * qemuProcessStop: ends the process if it still runs and brings the domain to its inactive state. Runs once per life of a
 * domain; whoever comes second finds it done. A transient domain is gone after this.
 */
export async function stopDomain(
  host: QemuHost,
  domain: QemuDomain,
  live: LiveDomain,
  reason: EndReason,
): Promise<void> {
  if (domain.live !== live) return;
  // That QEMU shuts down now is no news to anybody.
  live.gotShutdown = true;
  await endProcess(live, { graceful: false });
  if (domain.live !== live) return;
  const { state, event, log } = ENDS[reason];
  const ref = domain.ref;
  const ended = domain.def;
  releaseGraphicsPorts(host, ended);
  releaseTapNames(host, ended);
  domain.live = undefined;
  domain.id = -1;
  domain.status = shutoff(state);
  if (domain.newDef !== undefined) {
    domain.def = domain.newDef;
    domain.newDef = undefined;
  }
  live.monitor.close();
  live.consoles.closeAll();
  live.agent.close();
  for (const job of live.blockJobs.values()) job.end();
  if (!domain.persistent) host.domains.remove(domain);
  host.inBackground(live.cgroup.then((group) => group?.remove()));
  // The status document goes before the event: who hears of the end may rely on nothing being left.
  await Promise.allSettled([
    host.saveStatus(domain),
    rm(live.dir, { recursive: true, force: true }),
    // One that was saved goes on with the secrets that it had.
    domain.persistent || reason === 'saved' ? undefined : forgetTpm(host.tpmDir, ended),
    domain.persistent ? undefined : forgetMoments(host, domain.name),
    live.log.end(log, new Date(host.clock.now())),
  ]);
  host.emitLifecycle(domain, DomainEventType.STOPPED, event, ref);
}

/** Ends the QEMU process. Raises SYSTEM_ERROR or OPERATION_FAILED when it will not end. */
export async function endProcess(live: LiveDomain, { graceful }: { graceful: boolean }): Promise<void> {
  await live.consoles.drain();
  if (!(await live.process.terminate({ graceful })))
    throw graceful
      ? new LibvirtError(
          ErrorCode.OPERATION_FAILED,
          ErrorDomain.QEMU,
          `failed to terminate process ${live.process.pid} with SIGTERM: it is busy; without the graceful flag it would be killed`,
        )
      : LibvirtError.system(
          ErrorDomain.QEMU,
          `failed to terminate process ${live.process.pid} with SIGKILL`,
          Object.assign(new Error('Device or resource busy'), { errno: 16 }),
          'it waits in the kernel, most likely for a disk that does not answer',
        );
  await monitorDrained(live);
}

/** The last events may still be on their way when the process has ended: they come before the monitor closes. */
function monitorDrained(live: LiveDomain): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, 100);
    live.monitor.onClose(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
