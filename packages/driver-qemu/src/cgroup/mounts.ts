import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What groups of processes can be limited in, by the names of version 1. */
export const CONTROLLERS = ['cpu', 'cpuacct', 'cpuset', 'memory', 'blkio'] as const;
export type Controller = (typeof CONTROLLERS)[number];

/** Where a controller's groups are. */
export interface CgroupMount {
  readonly version: 1 | 2;
  readonly path: string;
}

export type CgroupMounts = ReadonlyMap<Controller, CgroupMount>;

/** Names of version 2, which counts processor time without a controller of its own. */
export const V2_NAMES: Readonly<Record<Controller, string>> = {
  cpu: 'cpu',
  cpuacct: 'cpu',
  cpuset: 'cpuset',
  memory: 'memory',
  blkio: 'io',
};

/** What is mounted on this host; a controller is in one hierarchy only. */
export function cgroupMounts(mounts = '/proc/self/mounts'): CgroupMounts {
  const found = new Map<Controller, CgroupMount>();
  let text: string;
  try {
    text = readFileSync(mounts, 'utf8');
  } catch {
    return found;
  }
  for (const line of text.split('\n')) {
    const [, path = '', type = '', options = ''] = line.split(' ');
    if (type === 'cgroup') {
      const names = new Set(options.split(','));
      for (const controller of CONTROLLERS) if (names.has(controller)) found.set(controller, { version: 1, path });
    } else if (type === 'cgroup2') {
      const names = new Set(controllersIn(path));
      for (const controller of CONTROLLERS)
        if (!found.has(controller) && names.has(V2_NAMES[controller])) found.set(controller, { version: 2, path });
    }
  }
  return found;
}

function controllersIn(path: string): string[] {
  try {
    return readFileSync(join(path, 'cgroup.controllers'), 'utf8').trim().split(/\s+/);
  } catch {
    return [];
  }
}
