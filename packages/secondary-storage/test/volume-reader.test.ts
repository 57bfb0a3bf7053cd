import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { StorageVolDef } from '@virtkit/core/conf';
import { COLD, type Files, Grain, poolFiles } from '../src/files/index.js';
import { VolumeReader } from '../src/volume-reader.js';

/** As long as a file must be left alone until it need not be read again. */
const SETTLED = 60;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'virtkit-volumes-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A version 2 image of so many bytes; the name of what lies behind it ends the header. */
function image(capacity: bigint, backing = '', at = 512n): Buffer {
  const header = Buffer.alloc(64 * 1024);
  header.write('QFI\xfb', 'latin1');
  header.writeUInt32BE(2, 4);
  header.writeUInt32BE(16, 20);
  header.writeBigUInt64BE(capacity, 24);
  if (backing === '') return header;
  header.writeBigUInt64BE(at, 8);
  header.writeUInt32BE(backing.length, 16);
  header.write(backing, Number(at));
  return header;
}

/** A reader that has looked at the folder, and the names of files whose headers it reads from now on. */
async function watchedReader(grain?: Grain): Promise<{ reader: VolumeReader; inspected: string[] }> {
  const inspected: string[] = [];
  const files = await poolFiles()(folder);
  const watched: Files = Object.create(files, {
    grain: { value: grain ?? files.grain },
    inspect: {
      value: (path: string, inspection: Parameters<Files['inspect']>[1]) => {
        inspected.push(path.slice(folder.length + 1));
        return files.inspect(path, inspection);
      },
    },
  }) as Files;
  const reader = new VolumeReader(() => watched);
  // The first look goes through other threads.
  for (let i = 0; i < 2; i++) await reader.folder(folder);
  inspected.length = 0;
  return { reader, inspected };
}

const summary = (found: readonly StorageVolDef[]): unknown[] =>
  found.map(({ name, type, capacity, target, backingStore }) => ({
    name,
    type,
    capacity,
    format: target.format?.type,
    ...(backingStore && { backing: [backingStore.path, backingStore.format?.type, backingStore.permissions?.mode] }),
  }));

describe('volumes of a folder', () => {
  it('are the same whether they are read at once or in other threads', async () => {
    writeFileSync(join(folder, 'plain'), 'x');
    writeFileSync(join(folder, 'image'), image(1n << 20n));
    writeFileSync(join(folder, 'overlay'), image(1n << 21n, 'image'));
    writeFileSync(join(folder, 'far'), image(1n << 22n, 'plain', 50_000n));
    const disc = Buffer.alloc(40_000);
    disc.write('CD001', 0x8001);
    writeFileSync(join(folder, 'disc'), disc);
    // What says that it is a disc must be all there, and followed by more.
    writeFileSync(join(folder, 'cut'), disc.subarray(0, 0x8006));
    writeFileSync(join(folder, 'sparse'), '');
    truncateSync(join(folder, 'sparse'), 1 << 20);
    mkdirSync(join(folder, 'sub'));
    symlinkSync('image', join(folder, 'link'));
    symlinkSync('nothing', join(folder, 'dangling'));
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    const mode = statSync(join(folder, 'image')).mode & 0o777;
    const expected = [
      { name: 'cut', type: 'file', capacity: 0x8006, format: 'raw' },
      { name: 'disc', type: 'file', capacity: 40_000, format: 'iso' },
      { name: 'far', type: 'file', capacity: 1 << 22, format: 'qcow2', backing: [join(folder, 'plain'), 'raw', mode] },
      { name: 'image', type: 'file', capacity: 1 << 20, format: 'qcow2' },
      { name: 'link', type: 'file', capacity: 1 << 20, format: 'qcow2' },
      {
        name: 'overlay',
        type: 'file',
        capacity: 1 << 21,
        format: 'qcow2',
        backing: [join(folder, 'image'), 'qcow2', mode],
      },
      { name: 'plain', type: 'file', capacity: 1, format: 'raw' },
      { name: 'sparse', type: 'file', capacity: 1 << 20, format: 'raw' },
      { name: 'sub', type: 'dir', capacity: 0, format: 'dir' },
    ];
    const here = new VolumeReader(poolFiles());
    expect((await poolFiles()(folder)).local).toBe(true);
    // The first look goes through other threads, the second does not, and the third finds most of it known.
    for (let i = 0; i < 3; i++) expect(summary(await here.folder(folder))).toEqual(expected);
    await sleep(SETTLED);
    for (let i = 0; i < 3; i++) expect(summary(await here.folder(folder))).toEqual(expected);
    const elsewhere = new VolumeReader(() => COLD);
    for (let i = 0; i < 2; i++) expect(summary(await elsewhere.folder(folder))).toEqual(expected);
    for (const def of await here.folder(folder)) expect(await here.refresh(def)).toEqual(def);
  });

  it('are left to other threads where it is not certain that this machine answers', async () => {
    const filesAt = poolFiles();
    expect((await filesAt(folder)).local).toBe(true);
    expect((await filesAt('/proc')).local).toBe(false);
    expect((await filesAt(join(folder, 'nothing'))).local).toBe(false);
    expect((await filesAt(folder)).local).toBe(true);
    const reader = new VolumeReader(() => filesAt('/proc'));
    writeFileSync(join(folder, 'a'), image(1n << 20n));
    expect(summary(await reader.folder(folder))).toEqual([
      { name: 'a', type: 'file', capacity: 1 << 20, format: 'qcow2' },
    ]);
  });

  it('are read again only when their files have changed, be it to the same size', async () => {
    const path = join(folder, 'a');
    writeFileSync(path, image(1n << 20n));
    writeFileSync(join(folder, 'b'), image(1n << 20n));
    await sleep(SETTLED);
    const { reader, inspected } = await watchedReader();
    const [before] = await reader.folder(folder);
    await reader.folder(folder);
    await reader.refresh(before!);
    expect(inspected).toEqual([]);
    const { atime, mtime } = statSync(path);
    writeFileSync(path, image(1n << 30n));
    utimesSync(path, atime, mtime);
    expect((await reader.refresh(before!)).capacity).toBe(1 << 30);
    expect((await reader.folder(folder)).map(({ capacity }) => capacity)).toEqual([1 << 30, 1 << 20]);
    expect(new Set(inspected)).toEqual(new Set(['a']));
  });

  it('that change as fast as can be are read after each change', async () => {
    const path = join(folder, 'a');
    const { reader } = await watchedReader();
    for (let size = 1n; size <= 50n; size++) {
      writeFileSync(path, image(size));
      const [found] = await reader.folder(folder);
      expect(found!.capacity).toBe(Number(size));
    }
  });

  it('are read each time while another change might not show', async () => {
    const { reader, inspected } = await watchedReader(Grain.TICKS);
    const path = join(folder, 'a');
    writeFileSync(path, image(1n));
    const changed = Math.ceil(statSync(path).ctimeMs);
    const clock = vi.spyOn(Date, 'now').mockReturnValue(changed + 20);
    try {
      for (let i = 0; i < 2; i++) await reader.folder(folder);
      expect(inspected).toEqual(['a', 'a']);
      clock.mockReturnValue(changed + SETTLED);
      for (let i = 0; i < 3; i++) await reader.folder(folder);
    } finally {
      clock.mockRestore();
    }
    expect(inspected).toEqual(['a', 'a', 'a']);
  });

  it('have the owner, mode and times that their files have now', async () => {
    const path = join(folder, 'a');
    writeFileSync(path, 'x', { mode: 0o600 });
    await sleep(SETTLED);
    const { reader } = await watchedReader();
    const [before] = await reader.folder(folder);
    utimesSync(path, 1_000_000_000, 1_100_000_000.5);
    const [after] = await reader.folder(folder);
    expect(before!.target.permissions).toEqual(after!.target.permissions);
    expect(after!.target.timestamps).toMatchObject({ atime: '1000000000', mtime: '1100000000.500000000' });
    expect(before!.target.timestamps?.mtime).not.toBe('1100000000.500000000');
  });

  it('leave the process to others while there are many of them', async () => {
    const { reader } = await watchedReader();
    for (let i = 0; i < 600; i++) writeFileSync(join(folder, `v${i}`), 'x');
    let turns = 0;
    const count = (): void => {
      turns++;
      next = setImmediate(count);
    };
    let next = setImmediate(count);
    const found = await reader.folder(folder);
    clearImmediate(next);
    expect(found.length).toBe(600);
    expect(turns).toBeGreaterThanOrEqual(2);
  });
});
