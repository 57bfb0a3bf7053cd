import type { BigIntStats } from 'node:fs';
import type { StorageVolDef } from '@virtkit/core/conf';
import type { Awaitable } from '@virtkit/core/driver';
import { after, type Files, Grain } from './files/index.js';
import { type ImageFacts, probeImage } from './probe-image.js';

interface Known {
  readonly stats: BigIntStats;
  readonly facts: ImageFacts;
  round: number;
}

/** What was read from files, each read again only when it has changed. */
export class KnownFiles {
  readonly #known = new Map<string, Known>();
  readonly #volumes = new WeakMap<ImageFacts, { readonly stats: BigIntStats; readonly def: StorageVolDef }>();
  #round = 0;

  /** What an image's header says. `stats` are the file's as they are now. Raises where it cannot be read. */
  header(files: Files, path: string, stats: BigIntStats): Awaitable<ImageFacts> {
    const known = this.#known.get(path);
    if (known !== undefined && isUnchanged(known.stats, stats)) {
      known.round = this.#round;
      return known.facts;
    }
    const settled = isSettled(stats, files.grain);
    return after(
      files.inspect(path, () => probeImage(path)),
      (facts) => {
        if (settled) this.#known.set(path, { stats, facts, round: this.#round });
        else this.#known.delete(path);
        return facts;
      },
    );
  }

  /** The volume that was made of a header and of all that the system says of its file, which is the same still. */
  volume(facts: ImageFacts, stats: BigIntStats): StorageVolDef | undefined {
    const made = this.#volumes.get(facts);
    return made !== undefined && isSame(made.stats, stats) ? made.def : undefined;
  }

  keep(facts: ImageFacts, stats: BigIntStats, def: StorageVolDef): void {
    this.#volumes.set(facts, { stats, def });
  }

  /** Forgets what nobody asked for since the last time. */
  sweep(): void {
    for (const [path, { round }] of this.#known) if (round !== this.#round) this.#known.delete(path);
    this.#round++;
  }
}

const isUnchanged = (a: BigIntStats, b: BigIntStats): boolean =>
  a.ctimeNs === b.ctimeNs && a.mtimeNs === b.mtimeNs && a.size === b.size && a.ino === b.ino && a.dev === b.dev;

/** Owner, mode and the rest change with ctime. */
const isSame = (a: BigIntStats, b: BigIntStats): boolean =>
  isUnchanged(a, b) && a.atimeNs === b.atimeNs && a.blocks === b.blocks;

/** Whether another change would show. What lies in devices changes without a trace, and some file systems count seconds. */
function isSettled(stats: BigIntStats, grain: Grain): boolean {
  if (!stats.isFile()) return false;
  const wait = stats.ctimeNs % 1_000_000_000n === 0n ? Grain.COARSE : grain;
  return wait === Grain.NONE || BigInt(Date.now()) * 1_000_000n - stats.ctimeNs > wait;
}
