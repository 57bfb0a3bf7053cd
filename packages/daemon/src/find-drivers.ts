import { readdirSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';

const KEYWORD = 'virtkit-driver';

/**
 * Folders of the driver packages installed beside this daemon: its siblings, and in every node_modules above it those
 * that are named as drivers are (`virtkit-…`, also within scopes). Only names and manifests are looked at: few and small
 * files, which are read sooner than other threads are asked to.
 */
export function findDrivers(from: string): string[] {
  const candidates = new Set<string>(children(dirname(from), () => true));
  for (let dir = from; ; dir = dirname(dir)) {
    const modules = join(dir, 'node_modules');
    for (const path of children(modules, (name) => name.startsWith('virtkit-'))) candidates.add(path);
    for (const scope of children(modules, (name) => name.startsWith('@')))
      for (const path of children(scope, (name) => scope.endsWith('/@virtkit') || name.startsWith('virtkit-')))
        candidates.add(path);
    if (dir === dirname(dir)) break;
  }
  const found = [...candidates].map(driverFolder);
  return [...new Set(found.filter((folder) => folder !== undefined))].sort();
}

function children(folder: string, wanted: (name: string) => boolean): string[] {
  try {
    return readdirSync(folder)
      .filter(wanted)
      .map((name) => join(folder, name));
  } catch {
    return [];
  }
}

function driverFolder(folder: string): string | undefined {
  try {
    const text = readFileSync(join(folder, 'package.json'), 'utf8');
    if (!text.includes(KEYWORD)) return undefined;
    const { keywords, virtkit } = JSON.parse(text) as { keywords?: string[]; virtkit?: object };
    return keywords?.includes(KEYWORD) === true && virtkit !== undefined ? realpathSync.native(folder) : undefined;
  } catch {
    return undefined;
  }
}
