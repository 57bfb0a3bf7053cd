import {
  DomainEventSuspendedDetailType,
  DomainEventType,
  type DomainPausedReason,
  type DomainRunningReason,
  DomainState,
} from '@virtkit/core/util';
import type { QemuDomain } from '../domain/domain.js';
import type { LiveDomain } from '../domain/live-domain.js';
import type { QemuHost } from '../host/qemu-host.js';
import { DomainJob } from './domain-job.js';
import type { JobRecord } from './job-record.js';

/**
 * Runs a long job of a domain whose turn it is. A host that dies meanwhile has left a record of it, by which the next one brings the
 * guest back to where it was.
 */
export async function runJob<T>(
  host: QemuHost,
  domain: QemuDomain,
  live: LiveDomain,
  record: JobRecord,
  work: (job: DomainJob) => Promise<T>,
): Promise<T> {
  const job = new DomainJob(record.operation);
  domain.job = job;
  domain.completedJob = undefined;
  live.job = record;
  try {
    await host.saveStatus(domain);
    return await work(job);
  } finally {
    domain.job = undefined;
    live.job = undefined;
    if (domain.live === live) host.saveStatusLater(domain);
  }
}

/** Lets a guest that runs stand still while a job is at it. */
export async function pauseFor(domain: QemuDomain, live: LiveDomain, reason: DomainPausedReason): Promise<void> {
  if (domain.status.state !== DomainState.RUNNING) return;
  live.pausedReason = reason;
  try {
    await live.monitor.execute('stop');
  } finally {
    live.pausedReason = undefined;
  }
}

/** Lets it run again, unless it is ending. That it does not is told as libvirt does, and is no failure of the job. */
export async function resumeAfter(
  host: QemuHost,
  domain: QemuDomain,
  live: LiveDomain,
  reason: DomainRunningReason,
): Promise<void> {
  if (domain.live !== live || live.beingDestroyed || live.monitor.closed !== undefined) return;
  live.runningReason = reason;
  try {
    await live.monitor.execute('cont');
  } catch (error) {
    host.log.error(`domain '${domain.name}' stays paused: ${String(error)}`);
    host.emitLifecycle(domain, DomainEventType.SUSPENDED, DomainEventSuspendedDetailType.API_ERROR);
  } finally {
    live.runningReason = undefined;
  }
}
