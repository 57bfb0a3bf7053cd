import type { DiskDef } from '@virtkit/core/conf';
import type { CallContext } from '@virtkit/core/driver';
import { DomainBlockRebaseFlags as Rebase } from '@virtkit/core/util';
import type { QemuDomain } from '../domain/domain.js';
import { invalidArg } from '../errors.js';
import type { QemuHost } from '../host/qemu-host.js';
import { assertNoJob, newJob } from './block-job.js';
import { findLevel, formatNodeOf, type Level, levelsOf } from './chain.js';
import { relativeName } from './relative-name.js';
import { startJob } from './start-job.js';

export interface PullRequest {
  readonly disk: DiskDef;
  /** The image that stays below; without it the disk stands on its own afterwards. */
  readonly base: string | null;
  readonly speed: bigint;
  readonly flags: number;
}

/** qemuDomainBlockPullCommon: what the topmost image has from those below it becomes its own. */
export async function pull(host: QemuHost, domain: QemuDomain, request: PullRequest, call: CallContext): Promise<void> {
  const { disk, base, speed, flags } = request;
  const live = domain.running;
  const target = disk.target?.dev ?? '';
  const relative = (flags & Rebase.RELATIVE) !== 0;
  if (relative && base === null)
    throw invalidArg(`flag VIR_DOMAIN_BLOCK_REBASE_RELATIVE is valid only with non-null base`);
  assertNoJob(live, disk);
  const levels = levelsOf(disk);
  const top = levels[0] as Level;
  const below = base === null ? undefined : findLevel(disk, levels, base, top);
  const job = newJob({ kind: 'pull', target, top: top.index, base: below?.index ?? 0, deletes: false });
  await startJob(
    live,
    job,
    'block-stream',
    {
      device: formatNodeOf(top),
      ...(below && { 'base-node': formatNodeOf(below) }),
      ...(below && relative && { 'backing-file': await relativeName(levels, below) }),
      ...(speed > 0n && { speed }),
    },
    call,
  );
  await host.saveStatus(domain);
}
