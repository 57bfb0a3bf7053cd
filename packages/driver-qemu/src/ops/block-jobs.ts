import type { DiskDef, StorageSource } from '@virtkit/core/conf';
import type { BlockOps, CallContext, DomainRef } from '@virtkit/core/driver';
import {
  DomainBlockCommitFlags as Commit,
  DomainBlockCopyFlags as Copy,
  DomainBlockJobInfoFlags as Info,
  DomainBlockJobSetSpeedFlags as SetSpeed,
  DomainBlockPullFlags as Pull,
  DomainBlockRebaseFlags as Rebase,
  ErrorCode,
  ErrorDomain,
  LibvirtError,
  paramValues,
  type TypedParams,
  validateParams,
} from '@virtkit/core/util';
import { type BlockJob, commit, copy, endJob, JOB_TYPES, jobName, parseCopyTarget, pull } from '../block-jobs/index.js';
import type { QemuDomain } from '../domain/domain.js';
import type { LiveDomain } from '../domain/live-domain.js';
import { diskNamed } from '../domain/model.js';
import { invalidArg } from '../errors.js';
import type { QemuHost } from '../host/qemu-host.js';
import { jobsOf } from './job.js';

const MIB = 1n << 20n;

interface QmpBlockJob {
  readonly device: string;
  readonly len: number;
  readonly offset: number;
  readonly speed: number;
  readonly ready: boolean;
}

/** A client's bandwidth in bytes per second. */
function speedOf(bandwidth: bigint, bytes: boolean): bigint {
  if (bytes) return bandwidth;
  const most = (1n << 63n) / MIB - 1n;
  if (bandwidth > most)
    throw new LibvirtError(ErrorCode.OVERFLOW, ErrorDomain.QEMU, `bandwidth must be less than ${most + 1n}`);
  return bandwidth * MIB;
}

/** The job of a disk of a guest that runs. Raises INVALID_ARG where there is none. */
function jobOfDisk(domain: QemuDomain, path: string): { live: LiveDomain; work: BlockJob } {
  const live = domain.running;
  const target = diskNamed(domain.def, path).target?.dev ?? '';
  const work = live.blockJobs.get(target);
  if (work === undefined) throw invalidArg(`disk ${target} does not have an active block job`);
  return { live, work };
}

/** Where virDomainBlockRebase copies to: virDomainBlockCopy is newer, and knows its flags by other numbers. */
function copyOfRebase(disk: DiskDef, base: string | null, flags: number) {
  const type = (flags & Rebase.COPY_DEV) !== 0 ? 'block' : 'file';
  const source = type === 'block' ? { dev: base ?? '' } : { file: base ?? '' };
  const format = (flags & Rebase.COPY_RAW) !== 0 ? ('raw' as const) : undefined;
  return {
    disk,
    to: { place: { type, source } as StorageSource, format },
    flags:
      ((flags & Rebase.SHALLOW) !== 0 ? Copy.SHALLOW : 0) | ((flags & Rebase.REUSE_EXT) !== 0 ? Copy.REUSE_EXT : 0),
  };
}

/** Work on the images of disks while their guest runs. */
export const blockJobOps = (host: QemuHost) => {
  const { find, job } = jobsOf(host);

  const rebase = (
    ref: DomainRef,
    path: string,
    base: string | null,
    bandwidth: bigint,
    flags: number,
    call: CallContext,
  ) =>
    job('domainBlockRebase', ref, call, async (domain) => {
      void domain.running;
      const speed = speedOf(bandwidth, (flags & Rebase.BANDWIDTH_BYTES) !== 0);
      const disk = diskNamed(domain.def, path);
      if ((flags & Rebase.COPY) === 0) return pull(host, domain, { disk, base, speed, flags }, call);
      return copy(host, domain, { ...copyOfRebase(disk, base, flags), speed }, call);
    });

  return {
    domainBlockPull: (ref, path, bandwidth, flags, call) =>
      rebase(ref, path, null, bandwidth, (flags & Pull.BANDWIDTH_BYTES) !== 0 ? Rebase.BANDWIDTH_BYTES : 0, call),
    domainBlockRebase: rebase,

    domainBlockCommit: (ref, path, base, top, bandwidth, flags, call) =>
      job('domainBlockCommit', ref, call, async (domain) => {
        const speed = speedOf(bandwidth, (flags & Commit.BANDWIDTH_BYTES) !== 0);
        await commit(host, domain, { disk: diskNamed(domain.def, path), base, top, speed, flags }, call);
      }),

    domainBlockCopy: (ref, path, xml, params: TypedParams, flags, call) =>
      job('domainBlockCopy', ref, call, async (domain) => {
        validateParams(params, { bandwidth: 'ULLONG', granularity: 'UINT', 'buf-size': 'ULLONG' });
        const given = paramValues(params);
        void domain.running;
        const to = parseCopyTarget(xml);
        const request = {
          disk: diskNamed(domain.def, path),
          to,
          speed: given.get('bandwidth') as bigint | undefined,
          granularity: given.get('granularity') as number | undefined,
          bufSize: given.get('buf-size') as bigint | undefined,
          flags,
        };
        await copy(host, domain, request, call);
      }),

    domainBlockJobAbort: (ref, path, flags, call) =>
      job('domainBlockJobAbort', ref, call, async (domain) => {
        const { live, work } = jobOfDisk(domain, path);
        await endJob(domain, live, work, flags, call);
      }),

    domainBlockJobSetSpeed: (ref, path, bandwidth, flags, call) =>
      job('domainBlockJobSetSpeed', ref, call, async (domain) => {
        const speed = speedOf(bandwidth, (flags & SetSpeed.SPEED_BANDWIDTH_BYTES) !== 0);
        const { live, work } = jobOfDisk(domain, path);
        await live.monitor.execute('block-job-set-speed', { device: jobName(work), speed }, call);
      }),

    domainGetBlockJobInfo: async (ref, path, flags, call) => {
      const domain = find(ref);
      const live = domain.running;
      const target = diskNamed(domain.def, path).target?.dev ?? '';
      const work = live.blockJobs.get(target);
      if (work === undefined) return null;
      const jobs = await live.monitor.execute<QmpBlockJob[]>('query-block-jobs', undefined, call);
      const found = jobs.find(({ device }) => device === jobName(work));
      if (found === undefined)
        return live.blockJobs.has(target) ? { type: JOB_TYPES[work.kind], bandwidth: 0n, cur: 0n, end: 1n } : null;
      const speed = BigInt(found.speed);
      const bandwidth = (flags & Info.BANDWIDTH_BYTES) !== 0 ? speed : (speed + MIB - 1n) / MIB;
      let [cur, end] = [BigInt(found.offset), BigInt(found.len)];
      // Clients take equal figures for the end of the work: they are so only when it may be ended.
      if (found.ready) [cur, end] = end === 0n ? [1n, 1n] : [end, end];
      else if (cur === end) [cur, end] = end === 0n ? [0n, 1n] : [end - 1n, end];
      return { type: JOB_TYPES[work.kind], bandwidth, cur, end };
    },
  } satisfies BlockOps;
};
