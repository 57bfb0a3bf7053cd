#!/usr/bin/env node
// Stands in for `npm install` in examples/: what the examples name as dependencies is linked into examples/node_modules,
// from this workspace in place of the registry.
import { mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const examples = join(root, 'examples');
const json = (file) => JSON.parse(readFileSync(file, 'utf8'));

/** Folder of every package that an example may name. */
function targets() {
  const found = new Map([['vitest', join(root, 'node_modules/vitest')]]);
  for (const [parent, skip] of [
    [join(root, 'packages'), () => false],
    [examples, (name) => !name.startsWith('virtkit-')],
  ])
    for (const entry of readdirSync(parent, { withFileTypes: true }))
      if (entry.isDirectory() && entry.name !== 'node_modules' && !skip(entry.name))
        found.set(json(join(parent, entry.name, 'package.json')).name, join(parent, entry.name));
  return found;
}

export function linkExamples() {
  const known = targets();
  for (const entry of readdirSync(examples, { withFileTypes: true })) {
    if (!entry.isDirectory() || entry.name === 'node_modules') continue;
    const { dependencies, devDependencies, name: own } = json(join(examples, entry.name, 'package.json'));
    for (const name of [...Object.keys({ ...dependencies, ...devDependencies }), own]) {
      const target = known.get(name);
      if (target !== undefined) link(join(examples, 'node_modules', name), target);
      else if (name !== own) throw new Error(`examples/${entry.name} names ${name}, which is not in this workspace`);
    }
  }
}

function link(path, target) {
  const text = relative(dirname(path), target);
  try {
    if (readlinkSync(path) === text) return;
  } catch {
    // Not there yet.
  }
  mkdirSync(dirname(path), { recursive: true });
  rmSync(path, { recursive: true, force: true });
  symlinkSync(text, path);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) linkExamples();
