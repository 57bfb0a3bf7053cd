import { mkdir, mkdtemp, realpath, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freshBundle } from '../src/fresh-bundle.js';

let folder: string;
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'fresh-bundle-')));
  await mkdir(join(folder, 'daemon/dist/bundle'), { recursive: true });
  await mkdir(join(folder, 'driver-x'));
  await writeFile(join(folder, 'driver-x/index.js'), 'export default 1;\n');
  await writeFile(join(folder, 'daemon/dist/bundle/driver-x.mjs'), 'export default "bundled";\n');
  const { size, mtimeMs } = await stat(join(folder, 'driver-x/index.js'));
  await writeFile(
    join(folder, 'daemon/dist/bundle/bundle.json'),
    JSON.stringify({ inputs: [['../driver-x/index.js', size, mtimeMs]], drivers: { '../driver-x': 'driver-x.mjs' } }),
  );
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('a bundle of the daemon', () => {
  it('says where it has which drivers', () => {
    const bundle = freshBundle(join(folder, 'daemon'))!;
    expect([...bundle.drivers]).toEqual([
      [join(folder, 'driver-x'), pathToFileURL(join(folder, 'daemon/dist/bundle/driver-x.mjs')).href],
    ]);
  });

  it('is left aside when something that it was made of has changed or is gone', async () => {
    await utimes(join(folder, 'driver-x/index.js'), 1, 1);
    expect(freshBundle(join(folder, 'daemon'))).toBe(undefined);
    await rm(join(folder, 'driver-x/index.js'));
    expect(freshBundle(join(folder, 'daemon'))).toBe(undefined);
  });

  it('need not be there', () => {
    expect(freshBundle(folder)).toBe(undefined);
  });
});
