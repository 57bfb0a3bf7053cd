import type { DiskDef } from '../domain/devices/disk.js';
import type { DomainDef } from '../domain/domain-def.js';
import { diskByName } from '../domain/lookups.js';
import type { BackupDef, BackupDisk } from './backup-def.js';
import type { CheckpointDef, CheckpointDisk } from './checkpoint-def.js';
import { imagePath, type MomentImage } from './image.js';
import { backupProblems, checkpointProblems, type MomentProblems, snapshotProblems } from './problems.js';
import type { SnapshotDef, SnapshotDisk, SnapshotLocation } from './snapshot-def.js';

const isEmpty = (disk: DiskDef): boolean =>
  disk.source === undefined || ((disk.type === 'file' || disk.type === 'block') && imagePath(disk) === undefined);

const targetOf = (disk: DiskDef): string => disk.target?.dev ?? '';

/** Matches a moment's disks with the domain's: canonical names, none twice, none missing; in the domain's order. */
function match<T extends { name: string }>(
  wanted: readonly T[],
  domain: DomainDef,
  problems: MomentProblems,
  fill: (disk: DiskDef) => T,
  check: (one: T, disk: DiskDef) => void,
): T[] {
  const found = new Map<DiskDef, T>();
  for (const one of wanted) {
    const disk = diskByName(domain, one.name);
    if (disk === undefined) throw problems.unsupported(`no disk named '${one.name}'`);
    if (found.has(disk)) throw problems.unsupported(`disk '${one.name}' specified twice`);
    one.name = targetOf(disk);
    check(one, disk);
    found.set(disk, one);
  }
  return domain.devices.disk.map((disk) => found.get(disk) ?? fill(disk));
}

export interface AlignSnapshotOptions {
  /** How disks are kept of which neither snapshot nor domain says it. */
  readonly fallback: SnapshotLocation;
  /** All disks must be kept in that way. */
  readonly uniform?: boolean;
  /** Whether a path is a regular file; undefined: not known, and taken for one. */
  readonly isRegular?: (path: string) => boolean | undefined;
}

/** virDomainSnapshotAlignDisks: one entry for every disk of the domain, with a place for each external one. */
export function alignSnapshotDisks(def: SnapshotDef, domain: DomainDef, options: AlignSnapshotOptions): void {
  const problems = snapshotProblems;
  const { fallback, uniform = false } = options;
  const wanted = def.disks?.disk ?? [];
  if (wanted.length > domain.devices.disk.length)
    throw problems.unsupported('too many disk snapshot requests for domain');
  if (domain.devices.disk.length === 0) return;
  const preferred = (disk: DiskDef): SnapshotLocation =>
    disk.snapshot !== undefined && (!uniform || disk.snapshot === fallback) ? disk.snapshot : fallback;
  const disks = match(
    wanted,
    domain,
    problems,
    (disk): SnapshotDisk => {
      const left = isEmpty(disk) || (disk.readonly === true && disk.snapshot === undefined);
      return { name: targetOf(disk), snapshot: left ? 'no' : (disk.snapshot ?? fallback) };
    },
    (one, disk) => {
      one.snapshot ??= preferred(disk);
      if (uniform && one.snapshot !== fallback && !(one.snapshot === 'no' && (disk.snapshot === 'no' || isEmpty(disk))))
        throw problems.unsupported(`disk '${one.name}' must use snapshot mode '${fallback}'`);
      const path = imagePath(one.image);
      if (path !== undefined && one.snapshot !== 'external')
        throw problems.unsupported(`file '${path}' for disk '${one.name}' requires use of external snapshot mode`);
    },
  );
  for (const one of disks)
    if (one.snapshot === 'external') placeExternal(one, diskByName(domain, one.name) as DiskDef, def.name, options);
  def.disks = { disk: disks };
}

function placeExternal(one: SnapshotDisk, disk: DiskDef, snapshot: string, options: AlignSnapshotOptions): void {
  const problems = snapshotProblems;
  if (one.image?.source !== undefined) return;
  if (one.image !== undefined && one.image.type !== 'file')
    throw problems.unsupported(
      `cannot generate external snapshot name for disk '${one.name}' on a '${one.image.type}' device`,
    );
  const path = imagePath(disk);
  if (path === undefined)
    throw problems.unsupported(`cannot generate external snapshot name for disk '${one.name}' without source`);
  if (options.isRegular?.(path) === false)
    throw problems.unsupported(
      `source for disk '${one.name}' is not a regular file; refusing to generate external snapshot name`,
    );
  const file = `${path.replace(/\.[^./]*$/, '')}.${snapshot}`;
  if (file === path)
    throw problems.unsupported(
      `disk '${one.name}' already uses external snapshot name '${file}'; give the snapshot another name`,
    );
  one.image = { type: 'file', ...one.image, source: { file } };
}

/** virDomainCheckpointAlignDisks */
export function alignCheckpointDisks(def: CheckpointDef, domain: DomainDef): void {
  const problems = checkpointProblems;
  const wanted = def.disks?.disk ?? [];
  if (wanted.length > domain.devices.disk.length)
    throw problems.unsupported('too many disk checkpoint requests for domain');
  // Without a list all disks that can be are part of it, else only those that are named.
  const others = wanted.length === 0;
  const disks = match(
    wanted,
    domain,
    problems,
    (disk): CheckpointDisk => ({
      name: targetOf(disk),
      checkpoint: others && !isEmpty(disk) && disk.readonly !== true ? 'bitmap' : 'no',
    }),
    (one, disk) => {
      one.checkpoint ??= 'bitmap';
      if (one.checkpoint === 'bitmap' && (isEmpty(disk) || disk.readonly === true))
        throw problems.unsupported(`disk '${one.name}' is empty or readonly`);
    },
  );
  for (const one of disks) if (one.checkpoint === 'bitmap') one.bitmap ??= def.name;
  if (disks.length > 0) def.disks = { disk: disks };
}

/** virDomainBackupAlignDisks; generated names end in `suffix`. */
export function alignBackupDisks(def: BackupDef, domain: DomainDef, suffix: string): void {
  const problems = backupProblems;
  const wanted = def.disks?.disk ?? [];
  const all = wanted.length === 0;
  const disks = match(
    wanted,
    domain,
    problems,
    (disk): BackupDisk => ({ name: targetOf(disk), backup: all && !isEmpty(disk) && disk.readonly !== true }),
    (one, disk) => {
      if (one.backup && isEmpty(disk)) throw problems.unsupported(`disk '${one.name}' has no media`);
    },
  );
  const place = def.mode === 'push' ? 'target' : 'scratch';
  for (const one of disks) {
    if (!one.backup) continue;
    one[place] = placeBackup(one, one[place], diskByName(domain, one.name) as DiskDef, suffix);
    one.backupmode ??= (one.incremental ?? def.incremental) === undefined ? 'full' : 'incremental';
    if (one.backupmode === 'full') {
      if (one.incremental !== undefined)
        throw problems.xml(`'full' backup mode incompatible with 'incremental' for disk '${one.name}'`);
      continue;
    }
    const since = one.incremental ?? def.incremental;
    if (since === undefined)
      throw problems.xml(
        `'incremental' backup mode of disk '${one.name}' requires setting 'incremental' field for disk or backup`,
      );
    one.incremental = since;
  }
  if (disks.length > 0) def.disks = { disk: disks };
}

function placeBackup(one: BackupDisk, image: MomentImage | undefined, disk: DiskDef, suffix: string): MomentImage {
  if (image?.source !== undefined) return image;
  const path = imagePath(disk);
  if (disk.type !== 'file' || path === undefined)
    throw backupProblems.unsupported(`refusing to generate file name for disk '${one.name}'`);
  return { type: 'file', ...image, source: { file: `${path}.${suffix}` } };
}
