import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const CONFIG = 'virtkit.config.json';

/** Why a folder was taken as the host's root. */
export interface HostRoot {
  readonly directory: string;
  readonly reason: string;
}

/**
 * The folder beside whose node_modules drivers are found: `given` (--root, VIRTKIT_ROOT); else the nearest folder, from
 * the working directory up, that has a virtkit.config.json or drivers among its installed packages; else the same from
 * where this command is installed (so that a global install finds what was installed beside it).
 */
export function findHostRoot(given: string | undefined, cwd = process.cwd()): HostRoot {
  if (given !== undefined && given !== '') return { directory: given, reason: 'given' };
  for (const directory of upward(cwd)) {
    if (existsSync(join(directory, CONFIG))) return { directory, reason: `${CONFIG} is there` };
    if (hasDrivers(directory)) return { directory, reason: 'drivers are installed there' };
  }
  for (const directory of upward(dirname(fileURLToPath(import.meta.url)))) {
    if (existsSync(join(directory, CONFIG))) return { directory, reason: `${CONFIG} is there` };
    if (hasDrivers(directory)) return { directory, reason: 'drivers are installed there' };
    // A checkout of virtkit: its own host.
    const host = join(directory, 'apps/host');
    if (existsSync(join(host, CONFIG))) return { directory: host, reason: `${CONFIG} of this checkout` };
  }
  return { directory: cwd, reason: 'working directory: no drivers are installed here' };
}

function* upward(from: string): Generator<string> {
  for (let directory = from; ; directory = dirname(directory)) {
    yield directory;
    if (directory === dirname(directory)) return;
  }
}

function hasDrivers(directory: string): boolean {
  const isDriver = (name: string): boolean => /^(virtkit-)?(driver|secondary)-/.test(name);
  const modules = join(directory, 'node_modules');
  return (
    names(modules).some((name) => name.startsWith('virtkit-') && isDriver(name)) ||
    names(join(modules, '@virtkit')).some(isDriver)
  );
}

function names(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
