import {
  closeSync,
  fsync,
  lstatSync,
  mkdirSync,
  openSync,
  renameSync,
  statfsSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { isInMemoryFileSystem } from './file-systems.js';

export interface AtomicFileOptions {
  /** Default 0600. */
  readonly mode?: number;
  /** True (default) also survives a loss of power: the file and its directory are on disk when this resolves. */
  readonly durable?: boolean;
}

const sync = promisify(fsync);

/** Whether there is a disk to wait for. */
const hasDisk = (directory: string): boolean => !isInMemoryFileSystem(statfsSync(directory).type);

/**
 * virFileRewrite: replaces a file at once, through a temporary file beside it and a rename. Whoever reads it, also after a
 * crash at any moment, finds all of the old content or all of the new. Missing directories are created. One writer per
 * path at a time. Content should be small: only the waiting for the disk is left to another thread, as handing it
 * over costs more than all else that is to be done.
 */
export async function writeFileAtomic(
  path: string,
  content: string | Uint8Array,
  { mode = 0o600, durable = true }: AtomicFileOptions = {},
): Promise<void> {
  const temporary = `${path}.new`;
  const file = create(temporary, mode);
  const directory = dirname(path);
  let wait: boolean;
  try {
    writeFileSync(file, content);
    wait = durable && hasDisk(directory);
    if (wait) await sync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
  if (wait) await syncDirectory(directory);
}

function create(path: string, mode: number): number {
  try {
    return openSync(path, 'w', mode);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    return openSync(path, 'w', mode);
  }
}

/** Removes a file if it is there; on disk only once its directory is (see {@link syncDirectory}). Answers whether it was. */
export function removeFile(path: string): boolean {
  // A file that is not there costs a look in place of an exception.
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return false;
  try {
    unlinkSync(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

/** Makes renames, links and removals in a directory survive a loss of power. */
export async function syncDirectory(path: string): Promise<void> {
  if (!hasDisk(path)) return;
  const directory = openSync(path, 'r');
  try {
    await sync(directory);
  } finally {
    closeSync(directory);
  }
}
