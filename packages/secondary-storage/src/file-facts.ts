import type { BigIntStats } from 'node:fs';
import type { StoragePermissions, StorageVolDef, VolumeTimestamps } from '@virtkit/core/conf';
import type { ImageFacts } from './probe-image.js';

/** A volume that is a directory, as it is now. */
export function directoryFrom({ physical: _none, ...def }: StorageVolDef, stats: BigIntStats): StorageVolDef {
  const target = {
    ...def.target,
    format: { type: 'dir' },
    permissions: permissionsOf(stats),
    timestamps: timestampsOf(stats),
  };
  return { ...def, type: 'dir', capacity: 0, allocation: 0, target };
}

/** A volume that is a file or a device, as it is now; `facts` are what its header says. */
export function fileFrom(def: StorageVolDef, stats: BigIntStats, { capacity: seen }: ImageFacts): StorageVolDef {
  const physical = Number(stats.size);
  return {
    ...def,
    type: 'file',
    capacity: seen || (def.capacity > 0 && isFormatted(def) ? def.capacity : physical),
    allocation: Number(stats.blocks) * 512,
    physical,
    target: { ...def.target, permissions: permissionsOf(stats), timestamps: timestampsOf(stats) },
  };
}

const isFormatted = ({ target }: StorageVolDef): boolean => {
  const type = target.format?.type ?? 'raw';
  return target.encryption !== undefined || (type !== 'raw' && type !== 'iso');
};

/** Seconds, and the nanoseconds after them if there are any. */
function timeText(ns: bigint): string {
  const digits = String(ns).padStart(10, '0');
  const seconds = digits.slice(0, -9);
  return digits.endsWith('000000000') ? seconds : `${seconds}.${digits.slice(-9)}`;
}

export function timestampsOf(stats: BigIntStats): VolumeTimestamps {
  const times: VolumeTimestamps = {
    atime: timeText(stats.atimeNs),
    mtime: timeText(stats.mtimeNs),
    ctime: timeText(stats.ctimeNs),
  };
  if (stats.birthtimeNs > 0n) times.btime = timeText(stats.birthtimeNs);
  return times;
}

export const permissionsOf = (stats: BigIntStats): Required<Pick<StoragePermissions, 'mode' | 'owner' | 'group'>> => ({
  mode: Number(stats.mode & 0o777n),
  owner: Number(stats.uid),
  group: Number(stats.gid),
});
