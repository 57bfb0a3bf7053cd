import { randomUUID } from 'node:crypto';
import { readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { processesWithEnvironment, signalProcess, waitForProcessEnd } from '@virtkit/core/util';

const SUFFIX = '.start';
const VARIABLE = 'VIRTKIT_START';

/** A start under way, recorded before the process exists. */
export interface StartIntent {
  /** Environment that marks the process to be started. */
  readonly env: Readonly<Record<string, string>>;
  /** The start succeeded and is recorded elsewhere, or failed and left nothing. */
  clear(): Promise<void>;
}

/**
 * Records that a process is about to be started for `name`, so that a host that dies before it has recorded the
 * process does not leave an orphan: the next one finds the record and, by the mark in its environment, the process.
 */
export async function recordIntent(dir: string, name: string): Promise<StartIntent> {
  const path = join(dir, name + SUFFIX);
  const id = randomUUID();
  await writeFile(`${path}.new`, id, { mode: 0o600 });
  await rename(`${path}.new`, path);
  return { env: { [VARIABLE]: id }, clear: () => rm(path, { force: true }) };
}

/**
 * Ends the processes of starts that were under way when an earlier host died, except those of `finished`: their start was
 * recorded before the intent could be cleared. Returns the names whose start was undone.
 */
export async function sweepIntents(dir: string, finished: (name: string) => boolean): Promise<string[]> {
  const undone: string[] = [];
  for (const file of await readdir(dir)) {
    const path = join(dir, file);
    if (file.endsWith(`${SUFFIX}.new`)) await rm(path, { force: true });
    if (!file.endsWith(SUFFIX)) continue;
    const name = file.slice(0, -SUFFIX.length);
    if (!finished(name)) {
      undone.push(name);
      const id = (await readFile(path, 'utf8')).trim();
      for (const identity of processesWithEnvironment(`${VARIABLE}=${id}`)) {
        signalProcess(identity, 'SIGKILL');
        await waitForProcessEnd(identity, performance.now() + 10_000);
      }
    }
    await rm(path, { force: true });
  }
  return undone;
}
