import type { DiskDef } from '../domain/index.js';
import { snapshotInternal, snapshotUnsupported } from './problems.js';
import { fileOf } from './snapshot-disk.js';
import type { SnapshotDef, SnapshotDisk, SnapshotLocation } from './snapshot-def.js';

export interface AlignOptions {
  /** Where disks go for which nothing is said. */
  readonly location: SnapshotLocation;
  /** Every disk named must go there. */
  readonly required?: boolean;
  /** True for what a file name may be made up for. */
  readonly isRegularFile: (path: string) => boolean;
}

/** Where a disk's data is; undefined for an empty drive. */
export function diskSource(disk: DiskDef): string | undefined {
  const { source } = disk;
  if (source === undefined) return undefined;
  if ('file' in source) return source.file || undefined;
  if ('dev' in source) return source.dev || undefined;
  if ('dir' in source) return source.dir || undefined;
  if ('volume' in source) return source.volume || undefined;
  return 'name' in source ? source.name : disk.type;
}

/** The disk that a snapshot or checkpoint names, by target or source. */
export function namedDisk(disks: readonly DiskDef[], name: string): number {
  const byTarget = disks.findIndex(({ target }) => target?.dev === name);
  return byTarget >= 0 ? byTarget : disks.findIndex((disk) => diskSource(disk) === name);
}

/**
 * virDomainSnapshotAlignDisks: matches the disks of a snapshot with those of its domain, gives every disk of the domain a
 * place, and makes up names for files that are not named. Returns the disks in the order of the domain's.
 */
export function alignSnapshotDisks(def: SnapshotDef, options: AlignOptions): SnapshotDisk[] {
  if (def.domain === undefined) throw snapshotInternal('missing domain in snapshot');
  const disks = def.domain.devices.disk;
  if (def.disks.length > disks.length) throw snapshotUnsupported('too many disk snapshot requests for domain');
  if (disks.length === 0) return [];
  const found = new Map<number, SnapshotDisk>();
  for (const asked of def.disks) {
    const index = namedDisk(disks, asked.name);
    const disk = disks[index];
    if (disk === undefined) throw snapshotUnsupported(`no disk named '${asked.name}'`);
    if (found.has(index)) throw snapshotUnsupported(`disk '${asked.name}' specified twice`);
    const snapshot = asked.snapshot ?? placeOf(disk, options, true);
    if (options.required === true && asked.snapshot !== undefined && snapshot !== options.location)
      if (!(snapshot === 'no' && (disk.snapshot === 'no' || diskSource(disk) === undefined)))
        throw snapshotUnsupported(`disk '${asked.name}' must use snapshot mode '${options.location}'`);
    const file = fileOf(asked);
    if (file !== undefined && snapshot !== 'external')
      throw snapshotUnsupported(`file '${file}' for disk '${asked.name}' requires use of external snapshot mode`);
    found.set(index, { ...asked, name: disk.target?.dev ?? asked.name, snapshot });
  }
  const aligned = disks.map(
    (disk, i): SnapshotDisk =>
      found.get(i) ?? { name: disk.target?.dev ?? '', snapshot: placeOf(disk, options, false), type: 'file' },
  );
  return aligned.map((one, i) => named(one, disks[i] as DiskDef, def.name, options));
}

/** An empty drive, or one that says so, is left out; a read-only disk unless it was asked for. */
function placeOf(disk: DiskDef, options: AlignOptions, asked: boolean): SnapshotLocation {
  if (disk.snapshot !== undefined) return disk.snapshot;
  if (diskSource(disk) === undefined) return 'no';
  return !asked && disk.readonly === true ? 'no' : options.location;
}

function named(one: SnapshotDisk, disk: DiskDef, name: string, options: AlignOptions): SnapshotDisk {
  if (one.snapshot !== 'external' || fileOf(one) !== undefined || one.type !== 'file') return one;
  const source = diskSource(disk);
  if (disk.type !== 'file' && disk.type !== 'block')
    throw snapshotUnsupported(
      `cannot generate external snapshot name for disk '${one.name}' on a '${disk.type}' device`,
    );
  if (source === undefined)
    throw snapshotUnsupported(`cannot generate external snapshot name for disk '${one.name}' without source`);
  if (!options.isRegularFile(source))
    throw snapshotUnsupported(
      `source for disk '${one.name}' is not a regular file; refusing to generate external snapshot name`,
    );
  const stem = source.replace(/\.[^./]*$/, '');
  return { ...one, source: { file: `${stem}.${name}` } } as SnapshotDisk;
}
