import { rm } from 'node:fs/promises';
import { diskByTarget, type DiskDef, imagePath } from '@virtkit/core/conf';
import { ConnectDomainEventBlockJobStatus as Status, DomainEventID } from '@virtkit/core/util';
import type { QemuDomain } from '../domain/domain.js';
import { saveConfig } from '../domain/impact.js';
import type { LiveDomain } from '../domain/live-domain.js';
import type { QemuHost } from '../host/qemu-host.js';
import type { QmpConnection } from '../qmp/index.js';
import { type BlockJob, jobName, JOB_TYPES, newJob, parseJobName } from './block-job.js';
import {
  formatNodeOf,
  type Level,
  levelsOf,
  sliceNodeOf,
  storageNodeOf,
  withDisk,
  withLevels,
  withoutIndex,
} from './chain.js';

interface JobInfo {
  readonly id: string;
  readonly status: string;
  readonly error?: string;
}

function emit(host: QemuHost, domain: QemuDomain, job: BlockJob, status: Status, path: string): void {
  const event = { dom: domain.ref, type: JOB_TYPES[job.kind], status };
  host.events.emit(DomainEventID.BLOCK_JOB, domain.uuid, { ...event, path });
  host.events.emit(DomainEventID.BLOCK_JOB_2, domain.uuid, { ...event, dst: job.target });
}

const pathOf = (disk: DiskDef | undefined): string => imagePath(disk) ?? '';

/** Both ends are the same from now on: the guest may be switched over. */
function becameReady(host: QemuHost, domain: QemuDomain, job: BlockJob): void {
  if (job.state !== 'running') return;
  job.state = 'ready';
  setMirrorState(domain, job.target, 'yes');
  host.saveStatusLater(domain);
  emit(host, domain, job, Status.READY, pathOf(diskByTarget(domain.def, job.target)));
}

/** Says in the definition how far a copy has come. */
export function setMirrorState(domain: QemuDomain, target: string, ready: 'yes' | 'abort' | 'pivot' | undefined): void {
  const disk = diskByTarget(domain.def, target);
  if (disk?.mirror === undefined) return;
  const { ready: _, ...mirror } = disk.mirror;
  domain.def = withDisk(domain.def, {
    ...disk,
    mirror: ready === undefined ? mirror : { ...mirror, ready },
  } as DiskDef);
}

/** Removes nodes that no disk has any more. */
export async function removeNodes(
  monitor: QmpConnection,
  levels: readonly (Pick<Level, 'index'> & Partial<Level>)[],
): Promise<void> {
  for (const level of levels)
    for (const node of [
      formatNodeOf(level),
      ...(level.place?.source?.slices === undefined ? [] : [sliceNodeOf(level)]),
      storageNodeOf(level),
    ])
      await monitor.execute('blockdev-del', { 'node-name': node }).catch(() => undefined);
}

/** What a job that went well makes of a disk: its images, and those that are no longer part of it. */
function outcome(disk: DiskDef, job: BlockJob): { levels: Level[]; gone: Level[] } {
  const levels = levelsOf(disk);
  const at = (index: number) => levels.findIndex((level) => level.index === index);
  switch (job.kind) {
    case 'pull': {
      const base = job.base === 0 ? levels.length : at(job.base);
      return { levels: [...levels.slice(0, 1), ...levels.slice(base)], gone: levels.slice(1, base) };
    }
    case 'commit':
    case 'active-commit': {
      const [top, base] = [at(job.top), at(job.base)];
      return { levels: [...levels.slice(0, top), ...levels.slice(base)], gone: levels.slice(top, base) };
    }
    case 'copy': {
      const { mirror } = disk;
      if (mirror === undefined) return { levels, gone: [] };
      const { index = 0 } = (mirror.source ?? {}) as { index?: number };
      const place = { type: mirror.type, source: withoutIndex(mirror.source) } as Level['place'];
      const copied: Level = { index, place, format: mirror.format ?? { type: 'raw' } };
      // A shallow copy stands on what the original stood on.
      const shared = job.base === 0 ? [] : levels.slice(at(job.base));
      return { levels: [copied, ...shared], gone: shared.length === 0 ? levels : levels.slice(0, at(job.base)) };
    }
  }
}

/** The stored definition follows where it has the same disk. */
async function followConfig(host: QemuHost, domain: QemuDomain, before: DiskDef, top: Level): Promise<void> {
  if (!domain.persistent) return;
  const def = domain.persistentDef;
  const old = pathOf(before);
  const disk = diskByTarget(def, before.target?.dev ?? '');
  if (disk === undefined || pathOf(disk) !== old) return;
  const { backingStore: _, ...rest } = disk;
  const changed = {
    ...rest,
    type: top.place.type,
    driver: { ...disk.driver, type: top.format.type },
    source: withoutIndex(top.place.source),
  } as DiskDef;
  await saveConfig(host, domain, withDisk(def, changed));
}

async function conclude(host: QemuHost, domain: QemuDomain, live: LiveDomain, job: BlockJob): Promise<void> {
  const { monitor } = live;
  const name = jobName(job);
  const error = (await monitor.execute<JobInfo[]>('query-jobs')).find(({ id }) => id === name)?.error;
  await monitor.execute('job-dismiss', { id: name }).catch(() => undefined);
  if (domain.live !== live) return;
  live.blockJobs.delete(job.target);
  const disk = diskByTarget(domain.def, job.target);
  const path = pathOf(disk);
  if (disk === undefined) return;
  const pivots = job.kind === 'copy' || job.kind === 'active-commit';
  const { mirror, ...without } = disk;
  if (error !== undefined || (pivots && job.state !== 'pivoting') || (!pivots && job.state === 'aborting')) {
    domain.def = withDisk(domain.def, without as DiskDef);
    if (job.kind === 'copy' && mirror !== undefined) {
      const { index = 0 } = (mirror.source ?? {}) as { index?: number };
      await removeNodes(monitor, [{ index }]);
    }
    await host.saveStatus(domain);
    const given = job.state === 'aborting' || job.state === 'ready';
    emit(host, domain, job, given ? Status.CANCELED : Status.FAILED, path);
    return;
  }
  const { levels, gone } = outcome(disk, job);
  domain.def = withDisk(domain.def, withLevels(without as DiskDef, levels));
  await host.saveStatus(domain);
  const [top] = levels;
  if (pivots && top !== undefined) await followConfig(host, domain, disk, top);
  await removeNodes(monitor, gone);
  if (job.deletes)
    for (const { place } of gone) {
      const image = imagePath(place);
      if (image !== undefined && place.type === 'file') await rm(image, { force: true });
    }
  emit(host, domain, job, Status.COMPLETED, path);
}

/** Follows the jobs of QEMU that are ours. */
export function blockJobChanged(
  host: QemuHost,
  domain: QemuDomain,
  live: LiveDomain,
  { id, status }: { readonly id: string; readonly status: string },
): void {
  const target = parseJobName(id)?.target;
  const job = target === undefined ? undefined : live.blockJobs.get(target);
  if (job === undefined || jobName(job) !== id) return;
  if (status === 'ready') becameReady(host, domain, job);
  if (status !== 'concluded') return;
  // Whoever asked for its end has the domain's turn: it is not waited for.
  void conclude(host, domain, live, job)
    .catch((error: unknown) => {
      live.blockJobs.delete(job.target);
      if (domain.live === live) host.log.error(`block job '${id}' of domain '${domain.name}': ${String(error)}`);
    })
    .finally(job.end);
}

/** Takes up the jobs that a guest was found with. */
export async function adoptBlockJobs(host: QemuHost, domain: QemuDomain, live: LiveDomain): Promise<void> {
  for (const { id, status } of await live.monitor.execute<JobInfo[]>('query-jobs')) {
    const parts = parseJobName(id);
    if (parts === undefined) continue;
    const job = newJob(parts);
    const mirror = diskByTarget(domain.def, job.target)?.mirror;
    if (mirror?.ready === 'abort') job.state = 'aborting';
    else if (mirror?.ready === 'pivot') job.state = 'pivoting';
    live.blockJobs.set(job.target, job);
    blockJobChanged(host, domain, live, { id, status });
  }
}
