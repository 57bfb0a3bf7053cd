#!/usr/bin/env node
// Everything that must hold: the static gates, then every vitest project, one after the other. Ends with one line
// `N passed, N failed, N skipped` over all of them; a project in which no test ran is a failure.
// Arguments (file filters, -t NAME) go to vitest and leave the gates out.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { linkExamples } from './link-examples.mjs';
import { lint } from './lint.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const results = join(root, 'node_modules/.cache/virtkit-test');
const projects = ['unit', 'dist', 'system'];
const args = process.argv.slice(2);
const total = { passed: 0, failed: 0, skipped: 0 };

function add({ passed, failed, skipped }) {
  total.passed += passed;
  total.failed += failed;
  total.skipped += skipped;
}

/** Counts of vitest's JSON report. A file that could not be run, or a run that broke, counts as one failure. */
function count(file, status) {
  let report;
  try {
    report = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
  const broken = report.testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some((assertion) => assertion.status === 'failed'),
  ).length;
  const passed = report.numPassedTests;
  const skipped = report.numPendingTests + report.numTodoTests;
  let failed = report.numFailedTests + broken;
  if (failed === 0 && (status !== 0 || (passed === 0 && args.length === 0))) failed = 1;
  return { passed, failed, skipped };
}

function project(name) {
  const file = join(results, `${name}.json`);
  rmSync(file, { force: true });
  console.log(`\n— ${name}`);
  const filter = args.length > 0 ? ['--passWithNoTests', ...args] : [];
  const { status } = spawnSync(
    join(root, 'node_modules/.bin/vitest'),
    ['run', '--project', name, '--reporter=default', '--reporter=json', `--outputFile.json=${file}`, ...filter],
    { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] },
  );
  const counts = count(file, status);
  if (counts.failed > 0 && counts.passed === 0) console.log(`${name}: no test passed`);
  add(counts);
}

mkdirSync(results, { recursive: true });
linkExamples();
if (args.length === 0) add(lint());
for (const name of projects) project(name);
console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exit(total.failed === 0 ? 0 : 1);
