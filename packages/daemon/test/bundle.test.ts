import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, realpath, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Bundle } from '../src/bundle.js';

let folder: string;
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'bundle-')));
  const place = join(folder, 'daemon/dist/bundle');
  await mkdir(place, { recursive: true });
  await mkdir(join(folder, 'driver-x'));
  await writeFile(join(folder, 'driver-x/built'), '1');
  await writeFile(join(place, 'shared.js'), 'exports.node = require("node:path").sep;\n');
  await writeFile(
    join(place, 'driver-x.js'),
    'globalThis.runs = (globalThis.runs ?? 0) + 1;\n' +
      'exports.default = { name: "x", node: require("./shared.js").node, place: __filename };\n' +
      'exports.other = () => importModule("node:os");\n',
  );
  const { size, mtimeMs } = await stat(join(folder, 'driver-x/built'));
  await writeFile(
    join(place, 'bundle.json'),
    JSON.stringify({ inputs: [['../driver-x/built', size, mtimeMs]], drivers: { '../driver-x': 'driver-x.js' } }),
  );
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** What a process of its own says of the bundle, that it keeps its code for the next. */
const inProcess = (): unknown =>
  JSON.parse(
    execFileSync(
      process.execPath,
      [
        '--input-type=module',
        '-e',
        `import { Bundle } from ${JSON.stringify(new URL('../dist/bundle.js', import.meta.url).href)};
         const bundle = Bundle.find(${JSON.stringify(join(folder, 'daemon'))});
         const exports = bundle.load('driver-x.js').default;
         const again = [...bundle.drivers.values()][0]() === bundle.load('driver-x.js');
         const other = typeof (await bundle.load('driver-x.js').other()).hostname;
         bundle.saveCode();
         process.stdout.write(JSON.stringify({ exports, again, other, runs: globalThis.runs }));`,
      ],
      { encoding: 'utf8' },
    ),
  );

describe('a bundle of the daemon', () => {
  it('loads each of its files once, with what they require and import', () => {
    const place = join(folder, 'daemon/dist/bundle/driver-x.js');
    const expected = { exports: { name: 'x', node: '/', place }, again: true, other: 'function', runs: 1 };
    expect(inProcess()).toEqual(expected);
    expect(inProcess()).toEqual(expected);
  });

  it('keeps the code that was made of it', async () => {
    const bundle = Bundle.find(join(folder, 'daemon'))!;
    expect([...bundle.drivers.keys()]).toEqual([join(folder, 'driver-x')]);
    bundle.load('driver-x.js');
    bundle.saveCode();
    expect((await stat(join(folder, 'daemon/dist/bundle/driver-x.js.code'))).size).toBeGreaterThan(100);
    // Code of another version is refused: then it is compiled again.
    await writeFile(join(folder, 'daemon/dist/bundle/driver-x.js.code'), 'of another version');
    expect(inProcess()).toMatchObject({ exports: { name: 'x' } });
  });

  it('is left aside when something was built after it, or is gone', async () => {
    await utimes(join(folder, 'driver-x/built'), 1, 1);
    expect(Bundle.find(join(folder, 'daemon'))).toBe(undefined);
    await rm(join(folder, 'driver-x/built'));
    expect(Bundle.find(join(folder, 'daemon'))).toBe(undefined);
  });

  it('need not be there', () => {
    expect(Bundle.find(folder)).toBe(undefined);
  });
});
