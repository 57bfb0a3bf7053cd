import { resolve, dirname } from 'node:path';
import {
  type BackingStoreDef,
  type DiskDef,
  type DomainDef,
  type FormatDef,
  imagePath,
  type StorageSource,
} from '@virtkit/core/conf';
import { internalError, invalidArg } from '../errors.js';

/** One image of a disk of a guest that runs. */
export interface Level {
  /** Its number, by which QEMU's nodes go. */
  readonly index: number;
  readonly place: StorageSource;
  readonly format: FormatDef;
}

export const formatNodeOf = ({ index }: Pick<Level, 'index'>): string => `libvirt-${index}-format`;
/** Between the two, for a slice of what is stored. */
export const sliceNodeOf = ({ index }: Pick<Level, 'index'>): string => `libvirt-${index}-slice-sto`;
export const storageNodeOf = ({ index }: Pick<Level, 'index'>): string => `libvirt-${index}-storage`;

/** The images of a disk, the one that the guest writes to first. Raises INVALID_ARG for an empty drive. */
export function levelsOf(disk: DiskDef): Level[] {
  const target = disk.target?.dev ?? '';
  if (disk.source === undefined) throw invalidArg(`disk '${target}' has no source file to be changed`);
  const index = 'index' in disk.source ? disk.source.index : undefined;
  if (index === undefined) throw internalError(`disk '${target}' has no block node of its own`);
  const levels: Level[] = [
    {
      index,
      place: { type: disk.type, source: disk.source } as StorageSource,
      format: { type: disk.driver?.type ?? 'raw' },
    },
  ];
  for (let below = disk.backingStore; below !== undefined && below.type !== 'none'; below = below.backingStore) {
    if (below.index === undefined) break;
    levels.push({
      index: below.index,
      place: { type: below.type, source: below.source } as StorageSource,
      format: below.format ?? { type: 'raw' },
    });
  }
  return levels;
}

/** The disk with other images. */
export function withLevels(disk: DiskDef, levels: readonly Level[]): DiskDef {
  const [top, ...below] = levels;
  if (top === undefined) return disk;
  const { backingStore: _, mirror: __, ...rest } = disk;
  const backingStore = below.reduceRight<BackingStoreDef>(
    (lower, { index, place, format }) => {
      const source = withoutIndex(place.source);
      return { type: place.type, index, format, ...(source && { source }), backingStore: lower } as BackingStoreDef;
    },
    { type: 'none' } as BackingStoreDef,
  );
  return {
    ...rest,
    type: top.place.type,
    driver: { ...disk.driver, type: top.format.type },
    source: { ...top.place.source, index: top.index },
    backingStore,
  } as DiskDef;
}

/** Only the topmost image tells its number in its source. */
export function withoutIndex<S extends object | undefined>(source: S): S {
  if (source === undefined) return source;
  const { index: _, ...rest } = source as { index?: number };
  return rest as S;
}

/** virStorageSourceChainLookup: an image by `vda[3]`, or by its path. Raises INVALID_ARG. */
export function findLevel(disk: DiskDef, levels: readonly Level[], name: string, beneath?: Level): Level {
  const target = disk.target?.dev ?? '';
  const start = beneath === undefined ? 0 : levels.indexOf(beneath) + 1;
  const byIndex = /^(.*)\[(\d+)\]$/.exec(name);
  if (byIndex !== null && byIndex[1] === target) {
    const found = levels.findIndex(({ index }) => index === Number(byIndex[2]));
    if (found < 0) throw invalidArg(`could not find backing store index '${byIndex[2]}' in chain for '${target}'`);
    if (found >= start) return levels[found] as Level;
  }
  for (let i = start; i < levels.length; i++) {
    const path = imagePath((levels[i] as Level).place);
    if (path === undefined) continue;
    if (path === name) return levels[i] as Level;
    const above = i === 0 ? undefined : imagePath((levels[i - 1] as Level).place);
    if (above !== undefined && resolve(dirname(above), name) === path) return levels[i] as Level;
  }
  const top = beneath === undefined ? undefined : imagePath(beneath.place);
  const where = top === undefined ? '' : ` beneath '${top}'`;
  throw invalidArg(`could not find image '${name}'${where} in chain for '${target}'`);
}

/** The definition with one disk replaced. */
export function withDisk(def: DomainDef, disk: DiskDef): DomainDef {
  const target = disk.target?.dev;
  const disks = def.devices.disk.map((one) => (one.target?.dev === target ? disk : one));
  return { ...def, devices: { ...def.devices, disk: disks } };
}

/** The highest number that any image of a domain has. */
export function highestIndex({ devices }: DomainDef): number {
  let highest = 0;
  for (const disk of devices.disk) {
    for (const source of [disk.source, disk.mirror?.source])
      if (source !== undefined && 'index' in source) highest = Math.max(highest, source.index ?? 0);
    for (let below = disk.backingStore; below !== undefined; below = below.backingStore)
      highest = Math.max(highest, below.index ?? 0);
  }
  return highest;
}
