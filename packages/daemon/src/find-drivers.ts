import { readdir, readFile, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';

const KEYWORD = 'virtkit-driver';

/**
 * Folders of the driver packages installed beside this daemon: its siblings, and in every node_modules above it those
 * that are named as drivers are (`virtkit-…`, also within scopes). Only names and manifests are looked at.
 */
export async function findDrivers(from: string): Promise<string[]> {
  const candidates = new Set<string>(await children(dirname(from), () => true));
  for (let dir = from; ; dir = dirname(dir)) {
    const modules = join(dir, 'node_modules');
    for (const path of await children(modules, (name) => name.startsWith('virtkit-'))) candidates.add(path);
    for (const scope of await children(modules, (name) => name.startsWith('@')))
      for (const path of await children(scope, (name) => scope.endsWith('/@virtkit') || name.startsWith('virtkit-')))
        candidates.add(path);
    if (dir === dirname(dir)) break;
  }
  const found = await Promise.all([...candidates].map(driverFolder));
  return [...new Set(found.filter((folder) => folder !== undefined))].sort();
}

async function children(folder: string, wanted: (name: string) => boolean): Promise<string[]> {
  try {
    return (await readdir(folder)).filter(wanted).map((name) => join(folder, name));
  } catch {
    return [];
  }
}

async function driverFolder(folder: string): Promise<string | undefined> {
  try {
    const text = await readFile(join(folder, 'package.json'), 'utf8');
    if (!text.includes(KEYWORD)) return undefined;
    const { keywords, virtkit } = JSON.parse(text) as { keywords?: string[]; virtkit?: object };
    return keywords?.includes(KEYWORD) === true && virtkit !== undefined ? await realpath(folder) : undefined;
  } catch {
    return undefined;
  }
}
