// The walls hold: in a copy of the workspace's skeleton, each kind of forbidden import is planted, and the gate that should
// refuse it does. All packages are linked where every other can resolve them, so that only the gates stand in the way.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = new URL('../..', import.meta.url).pathname;
const bin = (name) => join(root, 'node_modules/.bin', name);
const json = (file) => JSON.parse(readFileSync(file, 'utf8'));
let copy;

function write(file, text) {
  mkdirSync(dirname(join(copy, file)), { recursive: true });
  writeFileSync(join(copy, file), text);
}

function run(file, ...argv) {
  return spawnSync(file, argv, { cwd: copy, encoding: 'utf8', maxBuffer: 1 << 26 });
}

/** Files that oxlint's wall rule refuses. */
function refusedByLint() {
  const { diagnostics } = JSON.parse(run(bin('oxlint'), '-f', 'json', 'packages').stdout);
  return new Set(diagnostics.filter(({ code }) => code === 'virtkit(walls)').map(({ filename }) => filename));
}

/** Files that break a rule of the resolved graph, besides cycles. */
function refusedByGraph() {
  const { stdout } = run(bin('depcruise'), '--output-type', 'json', 'packages');
  const { violations } = JSON.parse(stdout).summary;
  return new Set(violations.filter(({ rule }) => rule.name !== 'no-circular').map(({ from }) => from));
}

/** What the manifest gate says with a file of the copy changed, which is put back afterwards. */
function manifestGateSays(file, change) {
  const before = readFileSync(join(copy, file), 'utf8');
  const value = JSON.parse(before);
  change(value);
  writeFileSync(join(copy, file), JSON.stringify(value));
  const { status, stderr } = run(process.execPath, 'scripts/check-walls.mjs', join(copy, 'packages'));
  writeFileSync(join(copy, file), before);
  return status === 0 ? undefined : stderr;
}

beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), 'virtkit-walls-'));
  for (const part of ['tools/eslint', 'tools/walls.json', 'scripts', '.oxlintrc.json', '.dependency-cruiser.cjs'])
    cpSync(join(root, part), join(copy, part), { recursive: true });
  cpSync(join(root, 'tsconfig.base.json'), join(copy, 'tsconfig.base.json'));
  cpSync(join(root, 'package.json'), join(copy, 'package.json'));
  mkdirSync(join(copy, 'node_modules/@virtkit'), { recursive: true });
  for (const name of readdirSync(join(root, 'node_modules')))
    if (name !== '@virtkit' && name !== '.cache')
      symlinkSync(join(root, 'node_modules', name), join(copy, 'node_modules', name));
  for (const folder of readdirSync(join(root, 'packages'))) {
    const own = `packages/${folder}`;
    const manifest = json(join(root, own, 'package.json'));
    cpSync(
      join(root, own, 'package.json'),
      join(copy, (mkdirSync(join(copy, own), { recursive: true }), own), 'package.json'),
    );
    for (const config of ['tsconfig.json', 'test/tsconfig.json'])
      write(`${own}/${config}`, readFileSync(join(root, own, config), 'utf8'));
    for (const entry of Object.values(manifest.exports))
      if (typeof entry === 'object') write(`${own}/${entry['@virtkit/source']}`, 'export const here = 1;\n');
    mkdirSync(dirname(join(copy, 'node_modules', manifest.name)), { recursive: true });
    symlinkSync(join(copy, own), join(copy, 'node_modules', manifest.name));
  }
  write('packages/core/src/api/index.ts', 'export const here = 1;\n');
  write('packages/core/src/driver/di.ts', 'export const here = 1;\n');
});

afterAll(() => rmSync(copy, { recursive: true, force: true }));

const driver = 'packages/driver-test';
const everywhere = ['lint', 'graph'];
/** File of its own, what it holds, and which gates must refuse it. */
const plants = [
  ['static', driver, "import { here } from '@virtkit/driver-qemu';", everywhere],
  ['static, for its effects', driver, "import '@virtkit/driver-qemu';", everywhere],
  ['type-only', driver, "import type { here } from '@virtkit/driver-qemu';", everywhere],
  ['inline type', driver, "import { type here } from '@virtkit/driver-qemu';", everywhere],
  ['import type expression', driver, "export type T = typeof import('@virtkit/driver-qemu').here;", everywhere],
  ['re-export', driver, "export * from '@virtkit/driver-qemu';", everywhere],
  ['dynamic literal', driver, "await import('@virtkit/driver-qemu');", everywhere],
  ['dynamic template', driver, 'await import(`@virtkit/driver-qemu`);', everywhere],
  ['computed', driver, "await import('@virtkit/' + 'driver-qemu');", ['lint']],
  ['import =', driver, "import q = require('@virtkit/driver-qemu');", everywhere],
  [
    'require',
    driver,
    "import { createRequire } from 'node:module';\ncreateRequire(import.meta.url)('@virtkit/driver-qemu');",
    ['lint'],
  ],
  ['augmentation', driver, "declare module '@virtkit/driver-qemu' {}\nexport {};", ['lint']],
  ['relative', driver, "export { here } from '../../../driver-qemu/src/index.js';", everywhere],
  ['relative, of a type', driver, "export type { here } from '../../../driver-qemu/src/index.js';", everywhere],
  ['inside of the core', driver, "export { here } from '../../../core/src/driver/di.js';", everywhere],
  ['secondary to driver', 'packages/secondary-network', "import '@virtkit/driver-qemu';", everywhere],
  ['driver to secondary', driver, "import '@virtkit/secondary-network';", everywhere],
  ['driver to its test kit', driver, "import '@virtkit/testkit';", everywhere],
  ['core to driver', 'packages/core', "import '@virtkit/driver-qemu';", everywhere],
  ['cli to driver', 'packages/cli', "import '@virtkit/driver-qemu';", everywhere],
  ['cli to contract', 'packages/cli', "import '@virtkit/core/driver';", everywhere],
  ['daemon to driver', 'packages/daemon', "import '@virtkit/driver-qemu';", everywhere],
  ['daemon to a driver besides its protocol', 'packages/daemon', "import '@virtkit/driver-remote';", everywhere],
  ['test kit to driver', 'packages/testkit', "import '@virtkit/driver-test';", everywhere],
  ['util to api', 'packages/core', "export { here } from '../api/index.js';", ['graph'], 'src/util/planted'],
  ['conf to driver', 'packages/core', "export { here } from '../driver/index.js';", ['graph'], 'src/conf/planted'],
  ['api to loader', 'packages/core', "export { here } from '../index.js';", ['graph'], 'src/api/planted'],
  ['a second DI container', driver, "import 'tsyringe';", ['graph']],
].map(([name, folder, code, gates, place = 'src/planted'], i) => ({
  name,
  gates,
  code,
  file: `${folder}/${place}-${i}.ts`,
}));

it('lets the skeleton itself pass', () => {
  expect(refusedByLint()).toEqual(new Set());
  expect(refusedByGraph()).toEqual(new Set());
  expect(manifestGateSays('packages/driver-test/package.json', () => {})).toBeUndefined();
});

describe('forbidden imports', () => {
  let refused;
  beforeAll(() => {
    for (const { file, code } of plants) write(file, `${code}\n`);
    refused = { lint: refusedByLint(), graph: refusedByGraph() };
    for (const { file } of plants) rmSync(join(copy, file));
  });
  it.each(plants)('$name', ({ file, gates }) => {
    expect(gates.filter((gate) => !refused[gate].has(file))).toEqual([]);
  });
});

describe('manifests and tsconfigs', () => {
  const manifest = 'packages/driver-test/package.json';
  it.each(['dependencies', 'devDependencies', 'peerDependencies', 'optionalDependencies'])(
    '%s on a driver',
    (field) => {
      const says = manifestGateSays(
        manifest,
        (value) => ((value[field] ??= {})['@virtkit/driver-qemu'] = 'workspace:*'),
      );
      expect(says).toContain('@virtkit/driver-qemu');
    },
  );
  it('an alias', () => {
    const says = manifestGateSays(
      manifest,
      (value) => ((value.dependencies ??= {}).q = 'workspace:@virtkit/driver-qemu@*'),
    );
    expect(says).toContain('@virtkit/driver-qemu');
  });
  it('a path', () => {
    const says = manifestGateSays(manifest, (value) => ((value.dependencies ??= {}).q = 'file:../driver-qemu'));
    expect(says).toContain('a path');
  });
  it('a tsconfig reference', () => {
    const says = manifestGateSays('packages/driver-test/tsconfig.json', (value) =>
      value.references.push({ path: '../driver-qemu' }),
    );
    expect(says).toContain('names ../driver-qemu');
  });
  it('tsconfig paths', () => {
    const says = manifestGateSays(
      'packages/driver-test/tsconfig.json',
      (value) => (value.compilerOptions.paths = { q: ['x'] }),
    );
    expect(says).toContain('paths');
  });
  it('a driver in the root manifest', () => {
    const says = manifestGateSays(
      'package.json',
      (value) => (value.devDependencies['@virtkit/driver-qemu'] = 'workspace:*'),
    );
    expect(says).toContain('every package would see it');
  });
  it('core as a plain dependency', () => {
    expect(manifestGateSays(manifest, (value) => delete value.peerDependencies)).toContain('peer dependency');
  });
});

it('refuses a file of more than 600 lines, unless it is a table', () => {
  const long = '// a line\n'.repeat(601);
  write('packages/driver-test/src/long.table.ts', long);
  expect(manifestGateSays('package.json', () => {})).toBeUndefined();
  write('packages/driver-test/src/long.ts', long);
  expect(manifestGateSays('package.json', () => {})).toContain('601 lines');
});
