import type { DiskDef } from '@virtkit/core/conf';
import { DomainBlockJobType, ErrorCode, ErrorDomain, LibvirtError } from '@virtkit/core/util';
import type { LiveDomain } from '../domain/live-domain.js';

export type BlockJobKind = 'pull' | 'commit' | 'active-commit' | 'copy';

export const JOB_TYPES: Readonly<Record<BlockJobKind, DomainBlockJobType>> = {
  pull: DomainBlockJobType.PULL,
  commit: DomainBlockJobType.COMMIT,
  'active-commit': DomainBlockJobType.ACTIVE_COMMIT,
  copy: DomainBlockJobType.COPY,
};

/** qemuBlockJobData: work on the images of a disk that QEMU does while the guest runs. */
export interface BlockJob {
  readonly kind: BlockJobKind;
  /** The disk's target. */
  readonly target: string;
  /** Number of the image at which it began: the one that is filled, or the topmost to be merged. */
  readonly top: number;
  /** Number of the image that stays below, or is written to; 0 where there is none. */
  readonly base: number;
  /** Merged images are removed. */
  readonly deletes: boolean;
  /** What is to become of it. */
  state: 'running' | 'ready' | 'pivoting' | 'aborting';
  /** Who waits for its end. */
  readonly ended: Promise<void>;
  readonly end: () => void;
}

/** The job's name in QEMU says all that a host that comes after this one must know of it. */
export const jobName = ({ kind, target, top, base, deletes }: Omit<BlockJob, 'state' | 'ended' | 'end'>): string =>
  `${kind.replace('-', '.')}-${target}-${top}-${base}${deletes ? '-delete' : ''}`;

const NAME = /^(pull|commit|active\.commit|copy)-(\w+)-(\d+)-(\d+)(-delete)?$/;

/** What {@link jobName} wrote; undefined for the name of another kind of job. */
export function parseJobName(name: string): Omit<BlockJob, 'state' | 'ended' | 'end'> | undefined {
  const match = NAME.exec(name);
  if (match === null) return undefined;
  const [, kind = '', target = '', top, base, deletes] = match;
  return {
    kind: kind.replace('.', '-') as BlockJobKind,
    target,
    top: Number(top),
    base: Number(base),
    deletes: deletes !== undefined,
  };
}

export function newJob(parts: Omit<BlockJob, 'state' | 'ended' | 'end'>): BlockJob {
  let end: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  return { ...parts, state: 'running', ended, end };
}

/** qemuDomainDiskBlockJobIsActive as an error: BLOCK_COPY_ACTIVE for a disk that has a job. */
export function assertNoJob({ blockJobs }: LiveDomain, disk: DiskDef): void {
  const target = disk.target?.dev ?? '';
  if (blockJobs.has(target) || disk.mirror !== undefined)
    throw new LibvirtError(
      ErrorCode.BLOCK_COPY_ACTIVE,
      ErrorDomain.QEMU,
      `disk '${target}' already in active block job`,
    );
}
