import { alignCheckpointDisks, type CheckpointDef, type DomainDef } from '../../conf/index.js';
import { DomainCheckpointListFlags as List, ErrorCode, ErrorDomain, LibvirtError } from '../../util/index.js';
import type { Moment, MomentList } from './moment-list.js';
import { checkParent, selectMoments } from './moment-rules.js';

/** virDomainMomentObj of a checkpoint */
export interface CheckpointMoment extends Moment {
  def: CheckpointDef;
}

const raise = (code: ErrorCode, detail: string) => new LibvirtError(code, ErrorDomain.DOMAIN_CHECKPOINT, detail);

/** What the list functions mean: all checkpoints, or those below `from`, that the flags choose. */
export function selectCheckpoints<T extends CheckpointMoment>(
  checkpoints: MomentList<T>,
  from: T | undefined,
  flags: number,
): T[] {
  return selectMoments(checkpoints, from, {
    narrow: (flags & List.ROOTS) !== 0,
    topological: (flags & List.TOPOLOGICAL) !== 0,
    leaves: (flags & List.LEAVES) !== 0,
    noLeaves: (flags & List.NO_LEAVES) !== 0,
  });
}

/** virDomainCheckpointAlignDisks, for a domain that has disks. */
export function alignCheckpoint(def: CheckpointDef, domain: DomainDef): void {
  if (domain.devices.disk.length === 0)
    throw raise(ErrorCode.CONFIG_UNSUPPORTED, 'domain must have at least one disk to perform checkpoints');
  alignCheckpointDisks(def, domain);
}

/**
 * virDomainCheckpointRedefinePrep: checks a description that is to replace or to join those of a domain, and completes it.
 * Answers the checkpoint that it replaces.
 */
export function checkRedefinedCheckpoint<T extends CheckpointMoment>(
  checkpoints: MomentList<T>,
  def: CheckpointDef,
  uuid: string,
): T | undefined {
  checkParent(checkpoints, def.name, def.parent?.name);
  if (def.domain !== undefined && def.domain.uuid !== uuid)
    throw raise(ErrorCode.INVALID_ARG, `definition for checkpoint ${def.name} must use uuid ${uuid}`);
  const known = checkpoints.get(def.name);
  const domain = def.domain ?? known?.def.domain;
  if (domain !== undefined) {
    def.domain = domain;
    alignCheckpoint(def, domain);
  }
  // What is there is a bitmap that bears the checkpoint's name, unless something else is said.
  for (const disk of def.disks?.disk ?? []) {
    disk.checkpoint ??= 'bitmap';
    if (disk.checkpoint === 'bitmap') disk.bitmap ??= def.name;
  }
  return known;
}
