import type { CallContext } from '@virtkit/core/driver';
import { diskByTarget } from '@virtkit/core/conf';
import { DomainBlockJobAbortFlags as Abort, ErrorCode, ErrorDomain, LibvirtError } from '@virtkit/core/util';
import type { QemuDomain } from '../domain/domain.js';
import type { LiveDomain } from '../domain/live-domain.js';
import { operationInvalid } from '../errors.js';
import { type BlockJob, jobName } from './block-job.js';
import { formatNodeOf } from './chain.js';
import { setMirrorState } from './conclude.js';

/** A shallow copy gets below it what the original has, before the guest sees it. */
async function putOnShared({ def }: QemuDomain, live: LiveDomain, job: BlockJob, call: CallContext): Promise<void> {
  if (job.kind !== 'copy' || job.base === 0) return;
  const mirror = diskByTarget(def, job.target)?.mirror;
  const { index = 0 } = (mirror?.source ?? {}) as { index?: number };
  const overlay = formatNodeOf({ index });
  await live.monitor.execute('blockdev-snapshot', { node: formatNodeOf({ index: job.base }), overlay }, call);
}

/** qemuDomainBlockJobAbort: gives a job up, or switches the guest over to what it has made. */
export async function endJob(
  domain: QemuDomain,
  live: LiveDomain,
  job: BlockJob,
  flags: number,
  call: CallContext,
): Promise<void> {
  if (job.state === 'aborting' || job.state === 'pivoting')
    throw operationInvalid(`block job on disk '${job.target}' is still being ended`);
  const id = jobName(job);
  const before = job.state;
  if ((flags & Abort.PIVOT) !== 0) {
    if (job.kind !== 'copy' && job.kind !== 'active-commit')
      throw operationInvalid(`job type '${job.kind}' does not support pivot`);
    if (before !== 'ready')
      throw new LibvirtError(
        ErrorCode.BLOCK_COPY_ACTIVE,
        ErrorDomain.QEMU,
        `block job '${id}' not ready for pivot yet`,
      );
    job.state = 'pivoting';
    setMirrorState(domain, job.target, 'pivot');
  } else {
    job.state = 'aborting';
    setMirrorState(domain, job.target, 'abort');
  }
  try {
    if (job.state === 'pivoting') {
      await putOnShared(domain, live, job, call);
      await live.monitor.execute('job-complete', { id }, call);
    } else await live.monitor.execute('block-job-cancel', { device: id, force: true }, call);
  } catch (error) {
    job.state = before;
    setMirrorState(domain, job.target, before === 'ready' ? 'yes' : undefined);
    throw error;
  }
  if ((flags & Abort.ASYNC) === 0) await job.ended;
}
