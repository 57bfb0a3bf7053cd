import { createHash, randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
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
      const found = await readFile(path, 'utf8').catch(() => '');
      const heldBy = runningHolder(found);
      if (heldBy !== undefined) return { heldBy };
      await removeStale(path, found, content);
    }
  } finally {
    await rm(temporary, { force: true });
  }
}

/** The process that a lock file names, if it runs. */
function runningHolder(content: string): ProcessIdentity | undefined {
  try {
    const identity = JSON.parse(content) as ProcessIdentity;
    return isProcessRunning(identity) ? identity : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Takes a dead holder's file away. Only who has the marker of this very content may, and looks again before: so a lock
 * that somebody took meanwhile is never touched.
 */
async function removeStale(path: string, stale: string, self: string): Promise<void> {
  if (stale === '' && !(await exists(path))) return;
  const marker = `${path}.${createHash('sha256').update(stale).digest('hex').slice(0, 16)}`;
  try {
    await writeFile(marker, self, { flag: 'wx', mode: 0o600 });
  } catch {
    // Somebody is at it, unless it died there.
    const other = await readFile(marker, 'utf8').catch(() => '');
    if (other !== '' && runningHolder(other) === undefined) await rm(marker, { force: true });
    else await new Promise((resolve) => setTimeout(resolve, 1));
    return;
  }
  if ((await readFile(path, 'utf8').catch(() => undefined)) === stale) await rm(path, { force: true });
  await rm(marker, { force: true });
}

const exists = (path: string): Promise<boolean> =>
  readFile(path).then(
    () => true,
    () => false,
  );
