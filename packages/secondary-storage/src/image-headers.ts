import type { BigIntStats } from 'node:fs';
import type { Files } from './files/index.js';
import { type ImageFacts, probeImage } from './probe-image.js';

/**
 * How long a file must have been left alone, in nanoseconds, until its next change is certain to show in its times: some
 * ticks of the clock that stamps files here, or what coarse file systems and other machines may take.
 */
const FINE = 50_000_000n;
const COARSE = 3_000_000_000n;

interface Known {
  readonly stats: BigIntStats;
  readonly facts: ImageFacts;
  round: number;
}

/** What headers of images say, each read again only when its file has changed. */
export class ImageHeaders {
  readonly #known = new Map<string, Known>();
  #round = 0;

  /** `stats` are the file's as they are now. Raises where it cannot be read. */
  async read(files: Files, path: string, stats: BigIntStats): Promise<ImageFacts> {
    const known = this.#known.get(path);
    if (known !== undefined && isUnchanged(known.stats, stats)) {
      known.round = this.#round;
      return known.facts;
    }
    const settled = isSettled(stats, files.local);
    const facts = await probeImage(files, path);
    if (settled) this.#known.set(path, { stats, facts, round: this.#round });
    else this.#known.delete(path);
    return facts;
  }

  /** Forgets what nobody asked for since the last time. */
  sweep(): void {
    for (const [path, { round }] of this.#known) if (round !== this.#round) this.#known.delete(path);
    this.#round++;
  }
}

const isUnchanged = (a: BigIntStats, b: BigIntStats): boolean =>
  a.ctimeNs === b.ctimeNs && a.mtimeNs === b.mtimeNs && a.size === b.size && a.ino === b.ino && a.dev === b.dev;

/** Whether another change would show. What lies in devices changes without a trace. */
function isSettled(stats: BigIntStats, local: boolean): boolean {
  if (!stats.isFile()) return false;
  const grain = local && stats.ctimeNs % 1_000_000_000n !== 0n ? FINE : COARSE;
  return BigInt(Date.now()) * 1_000_000n - stats.ctimeNs > grain;
}
