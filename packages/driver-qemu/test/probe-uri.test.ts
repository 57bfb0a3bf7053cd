import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { probeUri } from '../src/probe-uri.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'probe-uri-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('the default URI', () => {
  it('is the system for root and the session for others, where an emulator is', async () => {
    const names = ['x86_64', 'i386', 'aarch64', 'ppc64', process.arch];
    for (const name of names) await writeFile(join(folder, `qemu-system-${name}`), '');
    expect(probeUri({ PATH: folder }, 0)).toBe('qemu:///system');
    expect(probeUri({ PATH: `/nowhere:${folder}` }, 1000)).toBe('qemu:///session');
    expect(probeUri({ PATH: '/nowhere' }, 0)).toBe(undefined);
  });
});
