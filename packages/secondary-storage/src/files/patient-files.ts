import type { BigIntStats, StatsFs } from 'node:fs';
import { open, readdir, stat, statfs, unlink } from 'node:fs/promises';
import { type Entry, type Files, Grain, type Inspection, type OpenFile } from './files.js';
import { Gate } from './gate.js';

/** Looks at files in other threads, however long it takes. */
export class PatientFiles implements Files {
  readonly local = false;
  readonly grain = Grain.COARSE;

  /** `gate` is what all calls pass in a place that may not answer; a disk of this machine needs none. */
  constructor(private readonly gate?: Gate) {}

  stat(path: string): Promise<BigIntStats> {
    return this.#run(() => stat(path, { bigint: true }));
  }

  folder(path: string): Promise<BigIntStats> {
    return this.stat(path);
  }

  space(path: string): Promise<StatsFs> {
    return this.#run(() => statfs(path));
  }

  entries(path: string): Promise<readonly Entry[]> {
    return this.#run(() => readdir(path, { withFileTypes: true }));
  }

  open(path: string, flags: number, mode?: number): Promise<OpenFile> {
    return this.#run(() => open(path, flags, mode));
  }

  inspect<T>(path: string, inspection: () => Inspection<T>): Promise<T> {
    return this.#run(async () => {
      const file = await open(path, 'r');
      try {
        const steps = inspection();
        let step = steps.next();
        while (step.done !== true) {
          const { at, length } = step.value;
          const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(length), 0, length, at);
          step = steps.next(buffer.subarray(0, bytesRead));
        }
        return step.value;
      } finally {
        await file.close();
      }
    });
  }

  unlink(path: string): Promise<void> {
    return this.#run(() => unlink(path));
  }

  #run<T>(work: () => Promise<T>): Promise<T> {
    return this.gate === undefined ? work() : this.gate.run(work);
  }
}

/*
 * What waits for ever holds three of the four threads that all share at most: a server that is gone must leave the rest of
 * the process at work, and those who ask nothing of it.
 */
const FOREIGN = new Gate(2);

/** Where another machine answers: that place holds one thread at most, however many ask. */
export const foreignFiles = (): Files => new PatientFiles(new Gate(1, FOREIGN));

/** For what a path of this machine may lead to: links, mounts, devices, files of elsewhere. */
export const ELSEWHERE: Files = new PatientFiles(new Gate(1));

/** For what nobody looked at yet: it may have to come from a disk that sleeps. */
export const COLD: Files = new PatientFiles();
