#!/usr/bin/env node
// The static gates, each a line: manifests and sizes, lint with the import walls, the resolved graph, generated files, format.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bin = (name) => join(root, 'node_modules/.bin', name);
const folders = readdirSync(join(root, 'packages')).flatMap((name) => [
  `packages/${name}/src`,
  `packages/${name}/test`,
]);

const tested = {
  'manifests, tsconfigs, file sizes': [process.execPath, 'scripts/check-walls.mjs'],
  'lint and import walls': [bin('oxlint'), '--quiet'],
  'dependency graph': [bin('depcruise'), ...folders],
  'generated files are current': [process.execPath, 'scripts/generate.mjs', '--check'],
  'schemas and reference pages are current': [process.execPath, 'scripts/generate-documents.mjs', '--check'],
};

/** For `npm run lint` alone: matters of tidiness, for which no test run fails. */
const tidy = {
  'nothing unused': [bin('oxlint'), '--deny-warnings'],
  format: [
    bin('prettier'),
    ...['--check', '--log-level=warn', '--cache', '--cache-location=node_modules/.cache/prettier.json'],
    ...['packages', 'scripts', 'tools', 'examples', 'docs', 'apps', 'benchmarks', '*.md', '*.js', '*.ts', '*.json'],
  ],
};

/** Runs all gates, says what failed, and returns how many passed and failed. */
export function lint(gates = tested) {
  let failed = 0;
  for (const [name, [file, ...argv]] of Object.entries(gates)) {
    const { status, stdout, stderr } = spawnSync(file, argv, { cwd: root, encoding: 'utf8' });
    console.log(`${status === 0 ? '✓' : '✗'} ${name}`);
    if (status === 0) continue;
    failed++;
    console.log(`${stdout}${stderr}`);
  }
  return { passed: Object.keys(gates).length - failed, failed, skipped: 0 };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exit(lint({ ...tested, ...tidy }).failed === 0 ? 0 : 1);
