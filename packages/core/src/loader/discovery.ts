import { existsSync, realpathSync } from 'node:fs';
import { readdir, readFile, realpath } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, isAbsolute, join } from 'node:path';
import { refuse } from './manifest.js';

const KEYWORD = 'virtkit-driver';

/** Folder of an installed package, as seen from `root`: its own node_modules and those of the folders above it. */
export async function packageDirectory(root: string, name: string): Promise<string> {
  if (isAbsolute(name)) return name;
  for (let dir = root; ; dir = dirname(dir)) {
    const candidate = join(dir, 'node_modules', name);
    if (existsSync(join(candidate, 'package.json'))) return realpath(candidate);
    if (dir === dirname(dir)) break;
  }
  throw refuse(`package ${name} is not installed beside ${root}: run npm install ${name} there`);
}

/** Folders of all packages in node_modules of `root` that carry the keyword, sorted by name; nothing of them is run. */
export async function discover(root: string): Promise<readonly { name: string; directory: string }[]> {
  const modules = join(root, 'node_modules');
  const names: string[] = [];
  for (const entry of await list(modules)) {
    if (entry.startsWith('.')) continue;
    if (entry.startsWith('@')) for (const inner of await list(join(modules, entry))) names.push(`${entry}/${inner}`);
    else names.push(entry);
  }
  const found = await Promise.all(
    names.map(async (name) => {
      try {
        const directory = await realpath(join(modules, name));
        const text = await readFile(join(directory, 'package.json'), 'utf8');
        if (!text.includes(KEYWORD)) return [];
        const { keywords } = JSON.parse(text) as { keywords?: unknown };
        return Array.isArray(keywords) && keywords.includes(KEYWORD) ? [{ name, directory }] : [];
      } catch {
        // A broken package that nobody chose is no failure of this host.
        return [];
      }
    }),
  );
  return found.flat().sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function list(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch {
    return [];
  }
}

/** True if the allow-list (names, or prefixes ending in `*`) has it; without a list all may be loaded. */
export function isAllowed(name: string, allow: readonly string[] | undefined): boolean {
  return (
    allow === undefined ||
    allow.some((item) => (item.endsWith('*') ? name.startsWith(item.slice(0, -1)) : name === item))
  );
}

/** Folder of the core that a package would import, or undefined where it has none. */
export function coreOf(directory: string): string | undefined {
  try {
    const require = createRequire(join(directory, 'package.json'));
    return dirname(realpathSync(require.resolve('@virtkit/core/package.json')));
  } catch {
    return undefined;
  }
}

/** The file that `import` of the package yields. */
export function entryOf(directory: string, name: string): string {
  try {
    return createRequire(join(directory, 'package.json')).resolve(name);
  } catch (cause) {
    throw refuse(
      `package ${name} has no entry that can be imported (${(cause as Error).message}): is it built?`,
      cause,
    );
  }
}
