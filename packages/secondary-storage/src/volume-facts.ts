import type { BigIntStats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { StorageVolDef, VolumeFile, VolumeTimestamps } from '@virtkit/core/conf';
import { probeImage } from './probe-image.js';

const NANO = 1_000_000_000n;
const timeText = (ns: bigint): string =>
  `${ns / NANO}${ns % NANO === 0n ? '' : `.${String(ns % NANO).padStart(9, '0')}`}`;

export function timestamps(stats: BigIntStats): VolumeTimestamps {
  return {
    atime: timeText(stats.atimeNs),
    mtime: timeText(stats.mtimeNs),
    ctime: timeText(stats.ctimeNs),
    ...(stats.birthtimeNs > 0n && { btime: timeText(stats.birthtimeNs) }),
  };
}

export const permissionsOf = (stats: BigIntStats): { mode: number; owner: number; group: number } => ({
  mode: Number(stats.mode & 0o777n),
  owner: Number(stats.uid),
  group: Number(stats.gid),
});

const bytes = (stats: BigIntStats): number => Number(stats.blocks) * 512;

/** virStorageBackendUpdateVolTargetInfo: sizes, owner and times as they are now. Returns the volume anew. */
export async function refreshFacts(def: StorageVolDef): Promise<StorageVolDef> {
  const path = def.target.path ?? '';
  const stats = await stat(path, { bigint: true });
  const target = { ...def.target, permissions: permissionsOf(stats), timestamps: timestamps(stats) };
  if (stats.isDirectory()) {
    const { physical: _none, ...rest } = def;
    return { ...rest, type: 'dir', capacity: 0, allocation: 0, target: { ...target, format: { type: 'dir' } } };
  }
  const physical = Number(stats.size);
  const { capacity: seen } = await probeImage(path);
  return {
    ...def,
    type: 'file',
    capacity:
      seen === undefined || seen === 0 ? (def.capacity > 0 && isFormatted(def) ? def.capacity : physical) : seen,
    allocation: bytes(stats),
    physical,
    target,
    ...(def.backingStore && { backingStore: await refreshBacking(def.backingStore) }),
  };
}

const isFormatted = (def: StorageVolDef): boolean =>
  def.target.encryption !== undefined || !['raw', 'iso'].includes(def.target.format?.type ?? 'raw');

/** What lies behind an image, if it can be looked at. */
async function refreshBacking(backing: VolumeFile): Promise<VolumeFile> {
  const stats = await stat(backing.path ?? '', { bigint: true }).catch(() => undefined);
  if (stats === undefined || !(stats.isFile() || stats.isBlockDevice())) return backing;
  return { ...backing, permissions: permissionsOf(stats), timestamps: timestamps(stats) };
}

/** virStorageBackendRefreshLocal's volume: what a file in a pool's directory is. Undefined for what is no volume. */
export async function volumeOf(path: string): Promise<StorageVolDef | undefined> {
  const stats = await stat(path, { bigint: true }).catch(() => undefined);
  if (stats === undefined || !(stats.isFile() || stats.isDirectory() || stats.isBlockDevice())) return undefined;
  const base = { name: basename(path), key: path, capacity: 0, allocation: 0 };
  if (stats.isDirectory()) return refreshFacts({ ...base, type: 'dir', target: { path, format: { type: 'dir' } } });
  const facts = await probeImage(path).catch(() => undefined);
  if (facts === undefined) return undefined;
  const { format, compat, clusterSize, features, backing, encryption } = facts;
  return refreshFacts({
    ...base,
    type: 'file',
    capacity: facts.capacity ?? Number(stats.size),
    target: {
      path,
      format: { type: format },
      ...(compat !== undefined && { compat }),
      ...(clusterSize !== undefined && { clusterSize }),
      ...(features !== undefined && { features }),
      ...(encryption !== undefined && { encryption: { format: encryption, secret: [] } }),
    },
    ...(backing && {
      backingStore: { path: backing.path, format: { type: backing.format ?? (await formatOf(backing.path)) } },
    }),
  });
}

const formatOf = (path: string): Promise<string> =>
  probeImage(path).then(
    ({ format }) => format,
    () => 'raw',
  );
