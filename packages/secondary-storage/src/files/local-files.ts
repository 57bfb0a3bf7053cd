import {
  type BigIntStats,
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fsync,
  fstatSync,
  ftruncateSync,
  lstatSync,
  openSync,
  readdirSync,
  readSync,
  statfsSync,
  statSync,
  type StatsFs,
  unlinkSync,
} from 'node:fs';
import { promisify } from 'node:util';
import type { Awaitable } from '@virtkit/core/driver';
import type { Entry, Files, Grain, Inspection, OpenFile } from './files.js';
import { COLD, ELSEWHERE } from './patient-files.js';

const sync = promisify(fsync);

/** Folders up to this size are read, and files that hold no more are removed, faster than another thread wakes up. */
const SMALL = 64 * 1024;
const SMALL_BLOCKS = 2048n;

/** Looks at files of this machine at once, which takes microseconds; what may take long is left to other threads. */
export class LocalFiles implements Files {
  readonly local = true;

  /** `disk` says whether there is one to wait for. */
  constructor(
    private readonly disk: boolean,
    readonly grain: Grain,
  ) {}

  stat(path: string): Awaitable<BigIntStats> {
    const found = lstatSync(path, { bigint: true });
    return found.isSymbolicLink() ? ELSEWHERE.stat(path) : found;
  }

  folder(path: string): BigIntStats {
    return statSync(path, { bigint: true });
  }

  space(path: string): StatsFs {
    return statfsSync(path);
  }

  entries(path: string): Awaitable<readonly Entry[]> {
    return statSync(path).size > SMALL ? COLD.entries(path) : readdirSync(path, { withFileTypes: true });
  }

  open(path: string, flags: number, mode?: number): Awaitable<OpenFile> {
    const fd = openHere(path, flags, mode);
    return fd === undefined ? ELSEWHERE.open(path, flags, mode) : new LocalFile(fd, this.disk);
  }

  inspect<T>(path: string, inspection: () => Inspection<T>): Awaitable<T> {
    const fd = openHere(path, constants.O_RDONLY);
    if (fd === undefined) return ELSEWHERE.inspect(path, inspection);
    try {
      const steps = inspection();
      let step = steps.next();
      while (step.done !== true) {
        const { at, length } = step.value;
        const buffer = length > SCRATCH.length ? Buffer.allocUnsafe(length) : SCRATCH;
        step = steps.next(buffer.subarray(0, readSync(fd, buffer, 0, length, at)));
      }
      return step.value;
    } finally {
      closeSync(fd);
    }
  }

  unlink(path: string): Awaitable<void> {
    if (lstatSync(path, { bigint: true }).blocks > SMALL_BLOCKS) return COLD.unlink(path);
    unlinkSync(path);
  }
}

/** What is read at once goes here. */
const SCRATCH = Buffer.allocUnsafeSlow(4096);

/** Undefined for a link, which may lead anywhere. */
function openHere(path: string, flags: number, mode?: number): number | undefined {
  try {
    return openSync(path, flags | constants.O_NOFOLLOW, mode);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ELOOP') throw error;
    return undefined;
  }
}

class LocalFile implements OpenFile {
  constructor(
    private readonly fd: number,
    private readonly disk: boolean,
  ) {}

  stat(options: { readonly bigint: true }): BigIntStats {
    return fstatSync(this.fd, options);
  }

  truncate(size: number): void {
    ftruncateSync(this.fd, size);
  }

  chown(uid: number, gid: number): void {
    fchownSync(this.fd, uid, gid);
  }

  chmod(mode: number): void {
    fchmodSync(this.fd, mode);
  }

  sync(): Awaitable<void> {
    if (this.disk) return sync(this.fd);
  }

  close(): void {
    closeSync(this.fd);
  }
}
