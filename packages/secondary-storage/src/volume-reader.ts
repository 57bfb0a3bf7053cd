import type { BigIntStats } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { StorageVolDef, VolumeFile, VolumeTimestamps } from '@virtkit/core/conf';
import { LoopShare } from '@virtkit/core/util';
import { COLD, ELSEWHERE, type Entry, type Files, type FilesAt } from './files/index.js';
import { ImageHeaders } from './image-headers.js';
import { type ImageFacts } from './probe-image.js';
import { systemError } from './storage-errors.js';

/** How many volumes are looked at side by side, where that takes other threads. */
const WIDTH = 4;

/** Finds out what volumes are from the files of one pool. */
export class VolumeReader {
  readonly #headers = new ImageHeaders();
  #files: Files | undefined;

  constructor(private readonly filesAt: FilesAt) {}

  /** How the pool's files are looked at, as was decided when it was last read. */
  get files(): Files {
    return this.#files ?? ELSEWHERE;
  }

  /** virStorageBackendRefreshLocal: all volumes of a folder, by name. */
  async folder(path: string): Promise<StorageVolDef[]> {
    const files = await this.filesAt(path);
    const look = this.#files === undefined && files.local ? COLD : files;
    const entries = await Promise.resolve()
      .then(() => look.entries(path))
      .catch((error: unknown) => {
        throw systemError(`cannot open directory '${path}'`, error);
      });
    const found = await this.#all(path, entries.toSorted(byName), look);
    this.#files = files;
    this.#headers.sweep();
    return found.filter((volume) => volume !== undefined);
  }

  async #all(path: string, entries: readonly Entry[], files: Files): Promise<(StorageVolDef | undefined)[]> {
    const share = new LoopShare();
    const found: (StorageVolDef | undefined)[] = [];
    let next = 0;
    const work = async (): Promise<void> => {
      for (let at = next++; at < entries.length; at = next++) {
        const entry = entries[at]!;
        // All but plain files may lead to a place that does not answer.
        const look = files.local && !entry.isFile() ? ELSEWHERE : files;
        found[at] = await this.#read(join(path, entry.name), look);
        if (share.used) await share.next();
      }
    };
    await Promise.all(Array.from({ length: WIDTH }, work));
    return found;
  }

  /** What a device or another file somewhere is; undefined for what is no volume. */
  find(path: string): Promise<StorageVolDef | undefined> {
    return this.#read(path, ELSEWHERE);
  }

  async #read(path: string, files: Files): Promise<StorageVolDef | undefined> {
    let stats: BigIntStats;
    let facts: ImageFacts | undefined;
    try {
      stats = await files.stat(path);
      if (!stats.isDirectory()) {
        if (!(stats.isFile() || stats.isBlockDevice())) return undefined;
        facts = await this.#header(files, path, stats);
      }
    } catch {
      return undefined;
    }
    const base: StorageVolDef = {
      type: 'file',
      name: basename(path),
      key: path,
      capacity: 0,
      allocation: 0,
      target: { path },
    };
    if (facts === undefined) return directoryOf(base, stats);
    const { format, compat, clusterSize, features, backing, encryption } = facts;
    base.target = {
      path,
      format: { type: format },
      ...(compat !== undefined && { compat }),
      ...(clusterSize !== undefined && { clusterSize }),
      ...(features !== undefined && { features }),
      ...(encryption !== undefined && { encryption: { format: encryption, secret: [] } }),
    };
    if (backing !== undefined) {
      const type = backing.format ?? (await this.#formatOf(backing.path, path));
      base.backingStore = { path: backing.path, format: { type } };
    }
    return this.#updated(base, stats, facts);
  }

  /** virStorageBackendUpdateVolTargetInfo: sizes, owner and times as they are now. Returns the volume anew. */
  async refresh(def: StorageVolDef): Promise<StorageVolDef> {
    const path = def.target.path ?? '';
    const files = this.files.local && def.type !== 'file' ? ELSEWHERE : this.files;
    const stats = await files.stat(path);
    if (stats.isDirectory()) return directoryOf(def, stats);
    return this.#updated(def, stats, await this.#header(files, path, stats));
  }

  async #updated(def: StorageVolDef, stats: BigIntStats, { capacity: seen }: ImageFacts): Promise<StorageVolDef> {
    const physical = Number(stats.size);
    const { backingStore } = def;
    return {
      ...def,
      type: 'file',
      capacity: seen || (def.capacity > 0 && isFormatted(def) ? def.capacity : physical),
      allocation: Number(stats.blocks) * 512,
      physical,
      target: { ...def.target, permissions: permissionsOf(stats), timestamps: timestamps(stats) },
      ...(backingStore && { backingStore: await this.#backing(backingStore, def.target.path ?? '') }),
    };
  }

  /** What lies behind an image, if it can be looked at. */
  async #backing(backing: VolumeFile, image: string): Promise<VolumeFile> {
    try {
      const path = backing.path ?? '';
      const stats = await this.#near(path, image).stat(path);
      if (!(stats.isFile() || stats.isBlockDevice())) return backing;
      return { ...backing, permissions: permissionsOf(stats), timestamps: timestamps(stats) };
    } catch {
      return backing;
    }
  }

  async #formatOf(path: string, image: string): Promise<string> {
    try {
      const files = this.#near(path, image);
      const stats = await files.stat(path);
      return stats.isFile() || stats.isBlockDevice() ? (await this.#header(files, path, stats)).format : 'raw';
    } catch {
      return 'raw';
    }
  }

  /** What lies in the image's folder is looked at as that is. */
  #near(path: string, image: string): Files {
    return dirname(path) === dirname(image) ? this.files : ELSEWHERE;
  }

  #header(files: Files, path: string, stats: BigIntStats): Promise<ImageFacts> {
    return this.#headers.read(files.local && !stats.isFile() ? ELSEWHERE : files, path, stats);
  }
}

const byName = (a: Entry, b: Entry): number => (a.name < b.name ? -1 : 1);

function directoryOf({ physical: _none, ...def }: StorageVolDef, stats: BigIntStats): StorageVolDef {
  const target = {
    ...def.target,
    format: { type: 'dir' },
    permissions: permissionsOf(stats),
    timestamps: timestamps(stats),
  };
  return { ...def, type: 'dir', capacity: 0, allocation: 0, target };
}

const isFormatted = (def: StorageVolDef): boolean =>
  def.target.encryption !== undefined || !['raw', 'iso'].includes(def.target.format?.type ?? 'raw');

const NANO = 1_000_000_000n;
const timeText = (ns: bigint): string =>
  `${ns / NANO}${ns % NANO === 0n ? '' : `.${String(ns % NANO).padStart(9, '0')}`}`;

const timestamps = (stats: BigIntStats): VolumeTimestamps => ({
  atime: timeText(stats.atimeNs),
  mtime: timeText(stats.mtimeNs),
  ctime: timeText(stats.ctimeNs),
  ...(stats.birthtimeNs > 0n && { btime: timeText(stats.birthtimeNs) }),
});

export const permissionsOf = (stats: BigIntStats): { mode: number; owner: number; group: number } => ({
  mode: Number(stats.mode & 0o777n),
  owner: Number(stats.uid),
  group: Number(stats.gid),
});
