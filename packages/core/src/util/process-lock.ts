import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type ProcessIdentity, identifyProcess, isProcessRunning } from './process-identity.js';

/** A lock held by this process until it is released, or the process ends. */
export interface ProcessLock {
  release(): Promise<void>;
}

/** Who has the lock already. */
export interface LockHolder {
  readonly heldBy: ProcessIdentity;
}

/**
 * virPidFileAcquire: makes this process the only one that has the lock file `path`, or tells who has it. The file names
 * its holder with start time and boot, so one that died does not keep it, whoever has its pid now.
 */
export async function acquireProcessLock(path: string): Promise<ProcessLock | LockHolder> {
  const self = identifyProcess(process.pid);
  if (self === undefined) throw new Error('/proc does not know this process');
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const content = JSON.stringify({ ...self, token: randomUUID() });
  const temporary = `${path}.${process.pid}-${randomUUID()}`;
  await writeFile(temporary, content, { mode: 0o600 });
  try {
    for (;;) {
      try {
        await link(temporary, path);
        return {
          async release() {
            if ((await readFile(path, 'utf8').catch(() => '')) === content) await rm(path, { force: true });
          },
        };
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      const heldBy = await holder(path);
      if (heldBy !== undefined) return { heldBy };
      await removeStale(path, `${temporary}.stale`);
    }
  } finally {
    await rm(temporary, { force: true });
  }
}

/** The running process that holds the lock. */
async function holder(path: string): Promise<ProcessIdentity | undefined> {
  try {
    const identity = JSON.parse(await readFile(path, 'utf8')) as ProcessIdentity;
    return isProcessRunning(identity) ? identity : undefined;
  } catch {
    return undefined;
  }
}

/** Takes a dead holder's file away; puts it back when somebody else was faster and it is theirs by now. */
async function removeStale(path: string, aside: string): Promise<void> {
  try {
    await rename(path, aside);
  } catch {
    return;
  }
  if ((await holder(aside)) !== undefined) await link(aside, path).catch(() => undefined);
  await rm(aside, { force: true });
}
