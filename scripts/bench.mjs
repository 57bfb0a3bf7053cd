#!/usr/bin/env node
// Runs benchmarks/*.mjs one after the other, each in a process of its own, and ends with what missed its goal.
// Arguments choose files by a part of their name.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const folder = join(dirname(dirname(fileURLToPath(import.meta.url))), 'benchmarks');
const chosen = process.argv.slice(2);
const files = readdirSync(folder)
  .filter((name) => name.endsWith('.mjs'))
  .filter((name) => chosen.length === 0 || chosen.some((part) => name.includes(part)));
// Certificates that nobody asks for here cost every process 50 ms.
const { NODE_EXTRA_CA_CERTS: _, ...env } = process.env;

if (files.length === 0) {
  console.error(`No benchmark is named like ${chosen.join(' or ')}; there are ${readdirSync(folder).join(', ')}`);
  process.exit(2);
}
const missed = [];
for (const file of files) {
  console.log(`\n— ${file.replace(/\.mjs$/, '')}`);
  const { status } = spawnSync(process.execPath, [join(folder, file)], { stdio: 'inherit', env });
  if (status !== 0) missed.push(file);
}
console.log(missed.length === 0 ? '\nAll goals met.' : `\nMissed a goal or failed: ${missed.join(', ')}`);
process.exit(missed.length === 0 ? 0 : 1);
