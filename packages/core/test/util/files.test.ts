import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, statfsSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import {
  acquireProcessLock,
  identifyProcess,
  isInMemoryFileSystem,
  isLocalFileSystem,
  tellsChangesApart,
  writeFileAtomic,
} from '../../src/util/index.js';

const dir = mkdtempSync(join(tmpdir(), 'virtkit-files-'));
afterAll(() => rmSync(dir, { recursive: true }));

describe('writeFileAtomic', () => {
  it('creates directories, replaces content, and leaves nothing else behind', async () => {
    const path = join(dir, 'a/b/file');
    await writeFileAtomic(path, 'one');
    await writeFileAtomic(path, Buffer.from('two'), { durable: false });
    expect(readFileSync(path, 'utf8')).toBe('two');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(dir, 'a/b'))).toEqual(['file']);
  });

  it('keeps the old content when the new one cannot be put in place', async () => {
    const path = join(dir, 'a/b');
    await expect(writeFileAtomic(path, 'text')).rejects.toThrow();
    expect(statSync(path).isDirectory()).toBe(true);
  });
});

describe('file systems', () => {
  const [EXT4, TMPFS, NFS, FUSE, VFAT] = [0xef53, 0x01021994, 0x6969, 0x65735546, 0x4d44];

  it('are of this machine only where that is certain', () => {
    expect([EXT4, TMPFS, VFAT, NFS, FUSE, 1].map(isLocalFileSystem)).toEqual([true, true, true, false, false, false]);
    expect([TMPFS, EXT4, NFS].map(isInMemoryFileSystem)).toEqual([true, false, false]);
  });

  it('that are said to tell changes apart do so', () => {
    expect(tellsChangesApart(VFAT)).toBe(false);
    expect(tellsChangesApart(NFS)).toBe(false);
    if (!tellsChangesApart(statfsSync(dir).type)) return;
    const path = join(dir, 'changing');
    const seen = new Set<bigint>();
    for (let i = 0; i < 200; i++) {
      writeFileSync(path, 'x');
      seen.add(statSync(path, { bigint: true }).ctimeNs);
    }
    expect(seen.size).toBe(200);
  });
});

describe('acquireProcessLock', () => {
  const path = join(dir, 'run/lock');

  it('has one holder, and tells others who it is', async () => {
    const lock = await acquireProcessLock(path);
    expect(await acquireProcessLock(path)).toEqual({
      heldBy: expect.objectContaining({ pid: process.pid }) as unknown,
    });
    if (!('release' in lock)) throw new Error('not acquired');
    await lock.release();
    const again = await acquireProcessLock(path);
    if (!('release' in again)) throw new Error('not acquired');
    await again.release();
    expect(readdirSync(join(dir, 'run'))).toEqual([]);
  });

  it('of a process that died is taken over by exactly one', async () => {
    const child = spawn('sleep', ['60']);
    const dead = identifyProcess(child.pid ?? 0);
    const ended = new Promise((resolve) => child.once('exit', resolve));
    writeFileSync(path, JSON.stringify(dead));
    expect(await acquireProcessLock(path)).toMatchObject({ heldBy: { pid: child.pid } });
    child.kill('SIGKILL');
    await ended;
    const outcomes = await Promise.all([1, 2, 3, 4].map(() => acquireProcessLock(path)));
    expect(outcomes.filter((outcome) => 'release' in outcome)).toHaveLength(1);
  });

  it('is not kept by a file that makes no sense', async () => {
    writeFileSync(path, 'nonsense');
    expect(await acquireProcessLock(path)).toHaveProperty('release');
  });
});
