import type { BigIntStats } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { StorageVolDef, VolumeFile } from '@virtkit/core/conf';
import type { Awaitable } from '@virtkit/core/driver';
import { LoopShare } from '@virtkit/core/util';
import { after, attempt, COLD, ELSEWHERE, type Entry, type Files, type FilesAt } from './files/index.js';
import { directoryFrom, fileFrom, permissionsOf, timestampsOf } from './file-facts.js';
import { KnownFiles } from './known-files.js';
import type { ImageFacts } from './probe-image.js';
import { systemError } from './storage-errors.js';
import type { Built } from './volume-work.js';

/** How many volumes are looked at side by side, where that takes other threads. */
const WIDTH = 4;

/** Giving way costs as much as some volumes: a pool of an ordinary size is read in one go. In milliseconds. */
const SHARE = 1.5;

/** Finds out what volumes are from the files of one pool. */
export class VolumeReader {
  readonly #known = new KnownFiles();
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
    const entries = await attempt(
      () => look.entries(path),
      (error) => {
        throw systemError(`cannot open directory '${path}'`, error);
      },
    );
    // All but plain files may lead to a place that does not answer.
    const places = { plain: look, other: files.local ? ELSEWHERE : files };
    const found = await this.#all(path === '/' ? '' : path, entries.toSorted(byName), places);
    this.#files = files;
    this.#known.sweep();
    return found.filter((volume) => volume !== undefined);
  }

  async #all(
    folder: string,
    entries: readonly Entry[],
    { plain, other }: { readonly plain: Files; readonly other: Files },
  ): Promise<(StorageVolDef | undefined)[]> {
    const share = new LoopShare(SHARE);
    const found: (StorageVolDef | undefined)[] = [];
    let next = 0;
    const work = async (): Promise<void> => {
      for (let at = next++; at < entries.length; at = next++) {
        const entry = entries[at]!;
        const volume = this.#read(`${folder}/${entry.name}`, entry.name, entry.isFile() ? plain : other);
        found[at] = volume instanceof Promise ? await volume : volume;
        if (share.used) await share.next();
      }
    };
    await Promise.all(Array.from({ length: WIDTH }, work));
    return found;
  }

  /** What a device or another file somewhere is; undefined for what is no volume. */
  async find(path: string): Promise<StorageVolDef | undefined> {
    return this.#read(path, basename(path), ELSEWHERE);
  }

  #read(path: string, name: string, files: Files): Awaitable<StorageVolDef | undefined> {
    const nothing = (): undefined => undefined;
    return after(
      attempt(() => files.stat(path), nothing),
      (stats) => {
        if (stats?.isDirectory()) return directoryFrom({ ...UNKNOWN, name, key: path, target: { path } }, stats);
        if (!(stats?.isFile() || stats?.isBlockDevice())) return undefined;
        const facts = attempt(() => this.#header(files, path, stats), nothing);
        return after(facts, (seen) => seen && this.#found(path, name, stats, seen));
      },
    );
  }

  #found(path: string, name: string, stats: BigIntStats, facts: ImageFacts): Awaitable<StorageVolDef> {
    const made = this.#known.volume(facts, stats);
    if (made !== undefined) return made;
    const { format, compat, clusterSize, features, backing, encryption } = facts;
    const target: StorageVolDef['target'] = { path, format: { type: format } };
    if (compat !== undefined) target.compat = compat;
    if (clusterSize !== undefined) target.clusterSize = clusterSize;
    if (features !== undefined) target.features = features;
    if (encryption !== undefined) target.encryption = { format: encryption, secret: [] };
    const def: StorageVolDef = { ...UNKNOWN, name, key: path, target };
    if (backing === undefined) {
      const found = fileFrom(def, stats, facts);
      this.#known.keep(facts, stats, found);
      return found;
    }
    return after(backing.format ?? this.#formatOf(backing.path, path), (type) => {
      def.backingStore = { path: backing.path, format: { type } };
      return this.#updated(def, stats, facts);
    });
  }

  /** virStorageBackendUpdateVolTargetInfo: sizes, owner and times as they are now. Returns the volume anew. */
  async refresh(def: StorageVolDef): Promise<StorageVolDef> {
    const files = this.files.local && def.type !== 'file' ? ELSEWHERE : this.files;
    return after(files.stat(def.target.path ?? ''), (stats) => this.#now(def, stats, files));
  }

  /** What a volume is that was made just now. */
  async built(def: StorageVolDef, { stats, blank }: Built): Promise<StorageVolDef> {
    return blank ? this.#updated(def, stats, { format: 'raw' }) : this.#now(def, stats, this.files);
  }

  #now(def: StorageVolDef, stats: BigIntStats, files: Files): Awaitable<StorageVolDef> {
    if (stats.isDirectory()) return directoryFrom(def, stats);
    return after(this.#header(files, def.target.path ?? '', stats), (facts) => this.#updated(def, stats, facts));
  }

  #updated(def: StorageVolDef, stats: BigIntStats, facts: ImageFacts): Awaitable<StorageVolDef> {
    const found = fileFrom(def, stats, facts);
    const { backingStore, target } = def;
    if (backingStore === undefined) return found;
    return after(this.#backing(backingStore, target.path ?? ''), (backing) => ({ ...found, backingStore: backing }));
  }

  /** What lies behind an image, if it can be looked at. */
  #backing(backing: VolumeFile, image: string): Awaitable<VolumeFile> {
    const path = backing.path ?? '';
    return attempt(
      () =>
        after(this.#near(path, image).stat(path), (stats) =>
          stats.isFile() || stats.isBlockDevice()
            ? { ...backing, permissions: permissionsOf(stats), timestamps: timestampsOf(stats) }
            : backing,
        ),
      () => backing,
    );
  }

  #formatOf(path: string, image: string): Awaitable<string> {
    const files = this.#near(path, image);
    return attempt(
      () =>
        after(files.stat(path), (stats) =>
          stats.isFile() || stats.isBlockDevice()
            ? after(this.#header(files, path, stats), ({ format }) => format)
            : 'raw',
        ),
      () => 'raw',
    );
  }

  /** What lies in the image's folder is looked at as that is. */
  #near(path: string, image: string): Files {
    return dirname(path) === dirname(image) ? this.files : ELSEWHERE;
  }

  #header(files: Files, path: string, stats: BigIntStats): Awaitable<ImageFacts> {
    return this.#known.header(files.local && !stats.isFile() ? ELSEWHERE : files, path, stats);
  }
}

const UNKNOWN = { type: 'file', capacity: 0, allocation: 0 } as const;
const byName = (a: Entry, b: Entry): number => (a.name < b.name ? -1 : 1);
