import { alignSnapshotDisks, type SnapshotDef, type SnapshotState } from '../../conf/index.js';
import {
  DomainSnapshotListFlags as List,
  DomainState,
  ErrorCode,
  ErrorDomain,
  LibvirtError,
} from '../../util/index.js';
import { traitFilter } from '../trait-filter.js';
import type { Moment, MomentList } from './moment-list.js';
import { checkParent, selectMoments } from './moment-rules.js';

/** virDomainMomentObj of a snapshot */
export interface SnapshotMoment extends Moment {
  def: SnapshotDef;
}

const STATE_NAMES: Readonly<Record<number, SnapshotState>> = {
  [DomainState.NOSTATE]: 'nostate',
  [DomainState.RUNNING]: 'running',
  [DomainState.BLOCKED]: 'blocked',
  [DomainState.PAUSED]: 'paused',
  [DomainState.SHUTDOWN]: 'shutdown',
  [DomainState.SHUTOFF]: 'shutoff',
  [DomainState.CRASHED]: 'crashed',
  [DomainState.PMSUSPENDED]: 'pmsuspended',
};

/** The word for a domain's state in the description of its snapshot. */
export const snapshotStateOf = (state: number): SnapshotState => STATE_NAMES[state] ?? 'nostate';

/** Taken of a domain that did not run, or without its memory. */
export const isOfflineSnapshot = ({ state }: SnapshotDef): boolean => state === 'shutoff' || state === 'disk-snapshot';

/** Something of it lies in files of its own. */
export const isExternalSnapshot = ({ memory, disks }: SnapshotDef): boolean =>
  memory?.snapshot === 'external' || disks?.disk.some(({ snapshot }) => snapshot === 'external') === true;

const kindOf = ({ state }: SnapshotDef): number =>
  state === 'disk-snapshot' ? List.DISK_ONLY : state === 'shutoff' ? List.INACTIVE : List.ACTIVE;

/** What the list functions mean: all snapshots, or those below `from`, that the flags choose. */
export function selectSnapshots<T extends SnapshotMoment>(
  snapshots: MomentList<T>,
  from: T | undefined,
  flags: number,
): T[] {
  const kinds = flags & (List.INACTIVE | List.ACTIVE | List.DISK_ONLY);
  const traits = traitFilter<T>(flags, [
    [List.METADATA, List.NO_METADATA, () => true],
    [List.EXTERNAL, List.INTERNAL, ({ def }) => isExternalSnapshot(def)],
  ]);
  return selectMoments(snapshots, from, {
    narrow: (flags & List.ROOTS) !== 0,
    topological: (flags & List.TOPOLOGICAL) !== 0,
    leaves: (flags & List.LEAVES) !== 0,
    noLeaves: (flags & List.NO_LEAVES) !== 0,
  }).filter((moment) => traits(moment) && (kinds === 0 || (kinds & kindOf(moment.def)) !== 0));
}

const invalid = (detail: string): LibvirtError =>
  new LibvirtError(ErrorCode.INVALID_ARG, ErrorDomain.DOMAIN_SNAPSHOT, detail);

/**
 * virDomainSnapshotRedefinePrep: checks a description that is to replace or to join those of a domain, and completes it.
 * Answers the snapshot that it replaces.
 */
export function checkRedefinedSnapshot<T extends SnapshotMoment>(
  snapshots: MomentList<T>,
  def: SnapshotDef,
  uuid: string,
  isRegular: (path: string) => boolean,
): T | undefined {
  checkParent(snapshots, def.name, def.parent?.name);
  if (def.domain !== undefined && def.domain.uuid !== uuid)
    throw invalid(`definition for snapshot ${def.name} must use uuid ${uuid}`);
  const other = snapshots.get(def.name);
  if (other !== undefined) {
    if (isOfflineSnapshot(other.def) !== isOfflineSnapshot(def))
      throw invalid(`cannot change between online and offline snapshot state in snapshot ${def.name}`);
    if ((other.def.state === 'disk-snapshot') !== (def.state === 'disk-snapshot'))
      throw invalid(`cannot change between disk only and full system snapshot state in snapshot ${def.name}`);
    if (def.domain === undefined && other.def.domain !== undefined) def.domain = other.def.domain;
  }
  if (def.domain === undefined)
    throw new LibvirtError(ErrorCode.INTERNAL_ERROR, ErrorDomain.DOMAIN_SNAPSHOT, 'missing domain in snapshot');
  alignSnapshotDisks(def, def.domain, {
    fallback: def.state === 'disk-snapshot' || def.memory?.snapshot === 'external' ? 'external' : 'internal',
    isRegular,
  });
  return other;
}
