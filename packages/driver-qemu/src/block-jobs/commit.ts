import { type DiskDef, imagePath } from '@virtkit/core/conf';
import type { CallContext } from '@virtkit/core/driver';
import { DomainBlockCommitFlags as Commit } from '@virtkit/core/util';
import { notRunning, type QemuDomain } from '../domain/domain.js';
import { invalidArg, operationUnsupported } from '../errors.js';
import type { QemuHost } from '../host/qemu-host.js';
import { assertNoJob, newJob } from './block-job.js';
import { findLevel, formatNodeOf, type Level, levelsOf, withDisk } from './chain.js';
import { relativeName } from './relative-name.js';
import { startJob } from './start-job.js';

export interface CommitRequest {
  readonly disk: DiskDef;
  /** The image that is written to: the lowest unless given. */
  readonly base: string | null;
  /** The image whose content goes down: the topmost unless given. */
  readonly top: string | null;
  readonly speed: bigint;
  readonly flags: number;
}

/** The two images between which a chain is merged. */
function ends({ disk, base, top, flags }: CommitRequest, levels: readonly Level[]) {
  const target = disk.target?.dev ?? '';
  const shallow = (flags & Commit.SHALLOW) !== 0;
  const upper = top === null || top === target ? (levels[0] as Level) : findLevel(disk, levels, top);
  const next = levels[levels.indexOf(upper) + 1];
  const lower = base !== null ? findLevel(disk, levels, base, upper) : shallow ? next : (levels.at(-1) as Level);
  if (next === undefined || lower === undefined || lower === upper)
    throw invalidArg(`could not find base image in chain for '${target}'`);
  if (shallow && lower !== next)
    throw invalidArg(
      `base '${base ?? ''}' is not immediately below '${imagePath(upper.place) ?? ''}' in chain for '${target}'`,
    );
  const active = upper === levels[0];
  if (active && (flags & Commit.ACTIVE) === 0)
    throw invalidArg(`commit of '${target}' active layer requires active flag`);
  if (!active && (flags & Commit.ACTIVE) !== 0)
    throw invalidArg(`active commit requested but '${imagePath(upper.place) ?? ''}' is not active`);
  return { upper, lower, active };
}

/** qemuDomainBlockCommit: what images have is written to one below them, which then takes their place. */
export async function commit(
  host: QemuHost,
  domain: QemuDomain,
  request: CommitRequest,
  call: CallContext,
): Promise<void> {
  const { disk, speed, flags } = request;
  const target = disk.target?.dev ?? '';
  if (domain.live === undefined) {
    // Of a guest that does not run only the topmost images are known.
    if (disk.backingStore === undefined) throw invalidArg(`could not find base image in chain for '${target}'`);
    throw notRunning();
  }
  const { live } = domain;
  assertNoJob(live, disk);
  const levels = levelsOf(disk);
  const { upper, lower, active } = ends(request, levels);
  if (domain.checkpoints.size > 0)
    throw operationUnsupported(
      `images of domain '${domain.name}' cannot be merged while it has checkpoints, which are kept in them: delete these first`,
    );
  const kind = active ? 'active-commit' : 'commit';
  const deletes = (flags & Commit.DELETE) !== 0;
  const job = newJob({ kind, target, top: upper.index, base: lower.index, deletes });
  const above = levels[levels.indexOf(upper) - 1];
  const relative = (flags & Commit.RELATIVE) !== 0 && !active ? await relativeName(levels, lower) : undefined;
  if (active) {
    const place = { ...lower.place, source: { ...lower.place.source, index: lower.index } };
    const mirror = { ...place, job: 'active-commit', format: lower.format } as DiskDef['mirror'];
    domain.def = withDisk(domain.def, { ...disk, mirror } as DiskDef);
  }
  try {
    await startJob(
      live,
      job,
      'block-commit',
      {
        device: formatNodeOf(levels[0] as Level),
        'top-node': formatNodeOf(upper),
        'base-node': formatNodeOf(lower),
        ...(above !== undefined && relative !== undefined && { 'backing-file': relative }),
        ...(speed > 0n && { speed }),
      },
      call,
    );
  } catch (error) {
    if (active) domain.def = withDisk(domain.def, disk);
    throw error;
  }
  await host.saveStatus(domain);
}
