import type { DomainRef, JobOps } from '@virtkit/core/driver';
import { DomainAbortJobFlagsValues, DomainGetJobStatsFlags, DomainJobType } from '@virtkit/core/util';
import type { QemuHost } from '../host/qemu-host.js';
import { jobInfo, jobParams } from '../jobs/job-stats.js';
import { operationInvalid } from '../errors.js';

/** Watching the long job of a domain, and giving it up. */
export const jobOps = (host: QemuHost) => {
  const find = (ref: DomainRef) => host.domains.byUuid(ref.uuid, ref.name);

  async function abort(ref: DomainRef, flags: number): Promise<void> {
    const domain = find(ref);
    void domain.running;
    const { job } = domain;
    if (flags & DomainAbortJobFlagsValues.POSTCOPY)
      throw operationInvalid('current job is not outgoing migration in post-copy mode');
    if (job?.control === undefined) throw operationInvalid('no job is active on the domain');
    const { abort: giveUp } = job.control;
    if (giveUp === undefined) throw operationInvalid(`cannot abort ${job.name}: QEMU carries it through`);
    await giveUp();
  }

  return {
    domainGetJobInfo: async (ref) => {
      const domain = find(ref);
      void domain.running;
      return jobInfo(await domain.job?.stats());
    },
    domainGetJobStats: async (ref, flags) => {
      const domain = find(ref);
      if (flags & DomainGetJobStatsFlags.COMPLETED) {
        const { completedJob: done } = domain;
        if (done === undefined) return { type: DomainJobType.NONE, params: [] };
        if ((flags & DomainGetJobStatsFlags.KEEP_COMPLETED) === 0) domain.completedJob = undefined;
        return { type: done.type, params: jobParams(done) };
      }
      void domain.running;
      const stats = await domain.job?.stats();
      return stats === undefined
        ? { type: DomainJobType.NONE, params: [] }
        : { type: stats.type, params: jobParams(stats) };
    },
    domainAbortJob: (ref) => abort(ref, 0),
    domainAbortJobFlags: abort,
  } satisfies JobOps;
};
