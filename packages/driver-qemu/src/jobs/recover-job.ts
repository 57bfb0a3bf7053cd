import { lstat, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import {
  DomainJobOperation,
  DomainPausedReason,
  DomainRunningReason,
  DomainState,
  syncDirectory,
} from '@virtkit/core/util';
import type { QemuDomain } from '../domain/domain.js';
import type { LiveDomain } from '../domain/live-domain.js';
import type { QemuHost } from '../host/qemu-host.js';
import { isWorthless, readImageFile } from '../save/save-image.js';
import type { DumpInfo } from './job-stats.js';
import type { JobRecord } from './job-record.js';
import { settled } from './migrate-out.js';
import { resumeAfter } from './run-job.js';

/** Files of jobs that were not acknowledged: nobody may take them for whole ones. */
export async function removeUnfinished(host: QemuHost, job: JobRecord | undefined): Promise<void> {
  if (job?.file === undefined) return;
  const { file, operation } = job;
  const owner = host.domains.all.find(({ name }) => host.managedSavePath(name) === file);
  try {
    const isFile = await lstat(file).then(
      (found) => found.isFile(),
      () => false,
    );
    // A pipe or a device is not ours to remove, nor is a whole image in somebody's folder, which may be older than the job.
    const ours = isFile && (owner !== undefined || operation !== DomainJobOperation.SAVE || (await isWorthless(file)));
    if (!ours) return;
    await rm(file, { force: true });
    await syncDirectory(dirname(file));
    if (owner !== undefined) owner.managedSave = false;
  } catch (error) {
    host.log.error(`what an interrupted job has left could not be removed: ${String(error)}`);
  }
}

/** Whether the guest of a job is in its file, all of it. */
export async function isSaved(job: JobRecord | undefined): Promise<boolean> {
  if (job?.operation !== DomainJobOperation.SAVE || job.file === undefined) return false;
  return (
    job.finished === true ||
    readImageFile(job.file).then(
      () => true,
      () => false,
    )
  );
}

/**
 * qemuProcessRecoverJob: a job was under way when the host before this one died. Nobody was told that it had come to its end, so the
 * guest goes on as it was before. It may take a while until QEMU has let go of it: nobody but the guest's next job waits for that.
 */
export async function recoverJob(host: QemuHost, domain: QemuDomain): Promise<void> {
  const { live } = domain;
  if (live?.job === undefined) return;
  const { job } = live;
  if (job.operation === DomainJobOperation.RESTORE) {
    // It had started: what it started from is the past.
    await removeUnfinished(host, job);
    if (job.resume && domain.status.state === DomainState.PAUSED)
      await resumeAfter(host, domain, live, DomainRunningReason.RESTORED);
    live.job = undefined;
    await host.saveStatus(domain);
    return;
  }
  void domain.jobs
    .run('recover', () => goBack(host, domain, live, job))
    .catch((error: unknown) =>
      host.log.error(`domain '${domain.name}' could not be brought back from its job: ${String(error)}`),
    );
}

async function goBack(host: QemuHost, domain: QemuDomain, live: LiveDomain, job: JobRecord): Promise<void> {
  if (domain.live !== live) return;
  await live.monitor.execute('migrate_cancel').catch(() => undefined);
  await settled(live.monitor);
  await dumped(live);
  await removeUnfinished(host, job);
  const { state, reason } = domain.status;
  const byJob =
    state === DomainState.PAUSED &&
    [DomainPausedReason.SAVE, DomainPausedReason.DUMP, DomainPausedReason.UNKNOWN].includes(reason as never);
  if (job.resume && byJob) {
    const saving = job.operation === DomainJobOperation.SAVE;
    await resumeAfter(host, domain, live, saving ? DomainRunningReason.SAVE_CANCELED : DomainRunningReason.UNPAUSED);
  }
  live.job = undefined;
  await host.saveStatus(domain);
}

/** A dump of memory alone cannot be given up: the guest goes on when it is over. */
async function dumped({ monitor }: LiveDomain): Promise<void> {
  for (;;) {
    const { status } = await monitor.execute<DumpInfo>('query-dump').catch((): Partial<DumpInfo> => ({}));
    if (status !== 'active') return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
