import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

/** The emulator that the tests run; suites that need it skip where it is not installed. */
export const EMULATOR = '/usr/bin/qemu-system-x86_64';

export const hasQemu = spawnSync(EMULATOR, ['--version']).status === 0;

/** A directory that lasts as long as the test file. */
export function temporaryDirectory(): string {
  const dir = mkdtempSync(join(tmpdir(), 'virtkit-qemu-'));
  afterAll(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** Waits for a condition that something else brings about. */
export async function until(condition: () => boolean, what: string, ms = 10_000): Promise<void> {
  const deadline = performance.now() + ms;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`not within ${ms} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
