import type { CallContext } from '@virtkit/core/driver';
import type { LiveDomain } from '../domain/live-domain.js';
import { type BlockJob, jobName } from './block-job.js';

/** Tells QEMU to begin; the job is known before its first event can come. */
export async function startJob(
  live: LiveDomain,
  job: BlockJob,
  command: 'block-stream' | 'block-commit' | 'blockdev-mirror',
  args: Readonly<Record<string, unknown>>,
  call: CallContext,
): Promise<void> {
  live.blockJobs.set(job.target, job);
  try {
    await live.monitor.execute(
      command,
      { 'job-id': jobName(job), 'auto-finalize': true, 'auto-dismiss': false, ...args },
      call,
    );
  } catch (error) {
    live.blockJobs.delete(job.target);
    throw error;
  }
}
