import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readdir, rmdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { ErrorDomain, LibvirtError } from '@virtkit/core/util';
import { operationInvalid } from '../errors.js';
import { type CgroupMounts, type Controller, V2_NAMES } from './mounts.js';

/** What libvirt says of a controller that there is none of. */
const MISSING: Readonly<Record<Controller, string>> = {
  cpu: 'cgroup CPU controller is not mounted',
  cpuacct: 'cgroup CPUACCT controller is not mounted',
  cpuset: 'cgroup cpuset controller is not mounted',
  memory: 'cgroup memory controller is not mounted',
  blkio: "blkio cgroup isn't mounted",
};

/** Controllers under which single threads may be in groups of their own. */
const THREADED: ReadonlySet<Controller> = new Set(['cpu', 'cpuacct', 'cpuset']);

/** virCgroup: a group of processes or threads, in all hierarchies that are mounted. */
export class Cgroup {
  readonly mounts: CgroupMounts;
  /** Below each mount. */
  readonly path: string;

  constructor(mounts: CgroupMounts, path: string) {
    this.mounts = mounts;
    this.path = path;
  }

  has(controller: Controller): boolean {
    return this.mounts.has(controller);
  }

  /** Which version of the kernel's interface a controller has; raises OPERATION_INVALID where it is not mounted. */
  version(controller: Controller): 1 | 2 {
    return this.#mount(controller).version;
  }

  /** True where the group has been made. */
  exists(controller: Controller): boolean {
    return this.has(controller) && existsSync(this.#file(controller, '.'));
  }

  child(name: string): Cgroup {
    return new Cgroup(this.mounts, join(this.path, name));
  }

  /** A file's text without the last line's end. Raises SYSTEM_ERROR. */
  read(controller: Controller, file: string): string {
    const path = this.#file(controller, file);
    try {
      return readFileSync(path, 'utf8').trimEnd();
    } catch (error) {
      throw LibvirtError.system(ErrorDomain.NONE, `Unable to read from '${path}'`, error);
    }
  }

  /** As {@link read}; undefined for a file that this kernel does not have. */
  tryRead(controller: Controller, file: string): string | undefined {
    try {
      return readFileSync(this.#file(controller, file), 'utf8').trimEnd();
    } catch {
      return undefined;
    }
  }

  async write(controller: Controller, file: string, value: string | number | bigint): Promise<void> {
    const path = this.#file(controller, file);
    try {
      await writeFile(path, String(value));
    } catch (error) {
      throw LibvirtError.system(ErrorDomain.NONE, `Unable to write '${value}' to '${path}'`, error);
    }
  }

  /** Makes the group, and those above it, wherever there are hierarchies. Raises what mkdir raises. */
  async create(): Promise<void> {
    for (const [controller, { version, path }] of this.mounts) {
      const parts = this.path.split('/').filter(Boolean);
      let dir = path;
      for (const part of parts) {
        if (version === 2) await enable(dir, V2_NAMES[controller]);
        dir = join(dir, part);
        await mkdir(dir, { mode: 0o755 }).catch((error: NodeJS.ErrnoException) => {
          if (error.code !== 'EEXIST') throw error;
        });
        if (version === 1 && controller === 'cpuset') await inheritCpuset(dir);
        if (version === 1 && controller === 'memory')
          await writeFile(join(dir, 'memory.use_hierarchy'), '1').catch(() => undefined);
      }
    }
  }

  /** Makes a group of threads below this one. */
  async createThreads(name: string): Promise<Cgroup> {
    const child = this.child(name);
    for (const [controller, { version, path }] of this.mounts) {
      if (!THREADED.has(controller)) continue;
      const dir = join(path, child.path);
      await mkdir(dir, { recursive: true, mode: 0o755 });
      if (version === 1) {
        if (controller === 'cpuset') await inheritCpuset(dir);
        continue;
      }
      await writeFile(join(dir, 'cgroup.type'), 'threaded');
      await enable(dirname(dir), V2_NAMES[controller]);
    }
    return child;
  }

  async addProcess(pid: number): Promise<void> {
    for (const [, { path }] of this.mounts) await writeFile(join(path, this.path, 'cgroup.procs'), String(pid));
  }

  /** Moves one thread, in those hierarchies in which threads are counted one by one. */
  async addThread(tid: number): Promise<void> {
    for (const [controller, { version, path }] of this.mounts)
      if (THREADED.has(controller))
        await writeFile(join(path, this.path, version === 1 ? 'tasks' : 'cgroup.threads'), String(tid));
  }

  /** Removes the group with those below; what is in use stays. */
  async remove(): Promise<void> {
    const dirs = new Set([...this.mounts.values()].map(({ path }) => join(path, this.path)));
    await Promise.all([...dirs].map(removeTree));
  }

  #mount(controller: Controller) {
    const mount = this.mounts.get(controller);
    if (mount === undefined) throw operationInvalid(MISSING[controller]);
    return mount;
  }

  #file(controller: Controller, file: string): string {
    return join(this.#mount(controller).path, this.path, file);
  }
}

async function removeTree(dir: string): Promise<void> {
  const entries = await readdir(dir, { withFileTypes: true }).catch(() => []);
  await Promise.all(entries.filter((entry) => entry.isDirectory()).map(({ name }) => removeTree(join(dir, name))));
  for (const pause of PAUSES) {
    try {
      return await rmdir(dir);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EBUSY') return;
      await setTimeout(pause);
    }
  }
}

/** A process that has just ended is in its group for a moment more: how long to wait before the next try, in ms. */
const PAUSES = [1, 2, 5, 10, 20, 50, 100, 200];

const enable = (dir: string, controller: string): Promise<void> =>
  writeFile(join(dir, 'cgroup.subtree_control'), `+${controller}`);

/** A new group of version 1 has no processors and no memory until it is told. */
async function inheritCpuset(dir: string): Promise<void> {
  for (const file of ['cpuset.cpus', 'cpuset.mems']) {
    const own = readFileSync(join(dir, file), 'utf8').trim();
    if (own === '') await writeFile(join(dir, file), readFileSync(join(dirname(dir), file), 'utf8').trim());
  }
}
