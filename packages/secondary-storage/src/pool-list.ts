import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  formatStoragePool,
  parseStoragePool,
  type PoolType,
  type StoragePoolDef,
  type StorageVolDef,
} from '@virtkit/core/conf';
import {
  DefinitionStore,
  EventState,
  fileNameOf,
  type ScopedState,
  type ScopeServices,
  type StoragePoolEvents,
} from '@virtkit/core/driver';
import {
  ErrorDomain,
  JobQueue,
  removeFile,
  StoragePoolBuildFlags,
  StoragePoolCreateFlags,
  StoragePoolEventLifecycleType as Life,
  writeFileAtomic,
} from '@virtkit/core/util';
import { type Backend, type Formatting, notBuilt, requireDefinable } from './backend/backend.js';
import { type FilesAt, poolFiles } from './files/index.js';
import { DirectoryBackend } from './backend/directory-backend.js';
import { MountedBackend } from './backend/mounted-backend.js';
import { MultipathBackend } from './backend/multipath-backend.js';
import { Pool } from './pool.js';
import { isSameSource } from './same-source.js';
import { exclusiveFlags, failed, internalError, invalid, noPool, noVolume } from './storage-errors.js';

/** Pools of all kinds are written with what their backends alone know. */
export const POOL_CONTEXT = { shows: 0, poolNamespaces: true };

/** virStoragePoolObjList: the pools of one scope. */
export class PoolList implements ScopedState {
  readonly events = new EventState<StoragePoolEvents>();
  readonly #pools = new Map<string, Pool>();
  readonly #jobs = new JobQueue(ErrorDomain.STORAGE);
  readonly #store: DefinitionStore;
  readonly #directory = new DirectoryBackend();
  readonly #mounted: MountedBackend;
  readonly #multipath: MultipathBackend;

  /**
   * `filesAt` makes for each pool what decides how its files are looked at; `patience` is how long a pool may take at first
   * until others do not wait for it any more, in milliseconds.
   */
  constructor(
    readonly services: ScopeServices,
    private readonly filesAt: () => FilesAt = poolFiles,
    private readonly patience = 10_000,
  ) {
    this.#store = new DefinitionStore(services.dirs.etc, {
      log: services.log,
      domain: ErrorDomain.STORAGE,
      what: 'storage pool',
    });
    this.#multipath = new MultipathBackend(services.hostFs);
    this.#mounted = new MountedBackend(services.commands, services.hostFs);
  }

  get active(): boolean {
    return this.all().some(({ active }) => active);
  }

  backend(type: PoolType): Backend {
    if (type === 'dir') return this.#directory;
    if (type === 'mpath') return this.#multipath;
    return type === 'fs' || type === 'netfs' ? this.#mounted : notBuilt(type);
  }

  async load(): Promise<void> {
    const parse = (text: string): StoragePoolDef => parseStoragePool(text, POOL_CONTEXT);
    for (const { definition, autostart, file } of await this.#store.load(parse)) {
      if (this.#pools.has(definition.uuid)) continue;
      const other = this.find(definition.name);
      if (other !== undefined) {
        this.#store.skipped(file, new Error(`pool '${definition.name}' is there already, with UUID ${other.def.uuid}`));
        continue;
      }
      const pool = new Pool(definition, this.filesAt);
      pool.persistent = true;
      pool.autostart = autostart;
      this.#pools.set(definition.uuid, pool);
    }
    await this.#patiently(this.#adopt(parse), 'storage pools that were active');
    for (const pool of this.all()) {
      if (!pool.autostart || pool.active) continue;
      const start = this.start(pool, 0).catch((error: unknown) => {
        this.services.log.error(`cannot start storage pool ${pool.name}: ${(error as Error).message}`);
      });
      await this.#patiently(start, `storage pool ${pool.name}`);
    }
  }

  /** A pool on a machine that does not answer must not keep the others from being used: it goes on by itself. */
  async #patiently(work: Promise<void>, what: string): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<boolean>((resolve) => (timer = setTimeout(resolve, this.patience, true)));
    if (await Promise.race([work, late]))
      this.services.log.warning(`${what}: no answer yet, others do not wait for it`);
    clearTimeout(timer);
  }

  /** Pools that were active when the last process ended, and still are. */
  async #adopt(parse: (text: string) => StoragePoolDef): Promise<void> {
    const { run } = this.services.dirs;
    const names = (await readdir(run).catch(() => [])).filter((name) => name.endsWith('.xml'));
    const adopt = async (path: string): Promise<void> => {
      try {
        const def = parse(await readFile(path, 'utf8'));
        const pool = this.#pools.get(def.uuid) ?? new Pool(def, this.filesAt);
        this.#pools.set(def.uuid, pool);
        await pool.jobs.run('take up', () => this.#takeUp(pool, def, path));
      } catch (error) {
        this.services.log.error(`cannot take up the storage pool in ${path}: ${(error as Error).message}`);
      }
    };
    await Promise.all(names.map((name) => adopt(join(run, name))));
  }

  async #takeUp(pool: Pool, def: StoragePoolDef, path: string): Promise<void> {
    const before = pool.def;
    pool.starting = true;
    try {
      if (!(await this.backend(def.type).check(def))) {
        removeFile(path);
        return;
      }
      pool.def = def;
      await this.#fill(pool);
      pool.active = true;
      if (pool.persistent) pool.newDef ??= before;
    } finally {
      pool.starting = false;
      if (!pool.active) this.#failed(pool, before);
    }
  }

  /** What is left of a pool that did not start. */
  #failed(pool: Pool, before: StoragePoolDef): void {
    pool.clear();
    pool.def = pool.newDef ?? before;
    pool.newDef = undefined;
    if (!pool.persistent) this.#pools.delete(pool.def.uuid);
  }

  #statusPath(name: string): string {
    return join(this.services.dirs.run, `${fileNameOf(name)}.xml`);
  }

  all(): Pool[] {
    return [...this.#pools.values()];
  }

  find(name: string): Pool | undefined {
    return this.all().find((pool) => pool.name === name);
  }

  byName(name: string): Pool {
    const pool = this.find(name);
    if (pool === undefined) throw noPool(`no storage pool with matching name '${name}'`);
    return pool;
  }

  byUuid(uuid: string, name?: string): Pool {
    const pool = this.#pools.get(uuid);
    if (pool === undefined)
      throw noPool(`no storage pool with matching uuid '${uuid}'${name === undefined ? '' : ` (${name})`}`);
    return pool;
  }

  define(def: StoragePoolDef): Promise<Pool> {
    return this.#jobs.run('define', async () => {
      const known = this.#claim(def, false);
      requireDefinable(def.type);
      await this.#store.save(def.name, formatStoragePool(def, POOL_CONTEXT));
      const pool = known ?? new Pool(def, this.filesAt);
      pool.persistent = true;
      if (pool.active || pool.starting) pool.newDef = def;
      else pool.def = def;
      this.#pools.set(def.uuid, pool);
      this.told(pool, Life.DEFINED);
      return pool;
    });
  }

  async create(def: StoragePoolDef, flags: number): Promise<Pool> {
    // The place is taken first, so that others need not wait for this pool's start, which may take long.
    const pool = await this.#jobs.run('create', () => {
      const known = this.#claim(def, true);
      requireDefinable(def.type);
      const claimed = known ?? new Pool(def, this.filesAt);
      this.#pools.set(def.uuid, claimed);
      return claimed;
    });
    await pool.jobs.run('create', () => this.#start(pool, flags, def));
    return pool;
  }

  #claim(def: StoragePoolDef, toStart: boolean): Pool | undefined {
    const known = this.#pools.get(def.uuid);
    if (known === undefined) {
      const other = this.find(def.name);
      if (other !== undefined) throw failed(`pool '${def.name}' already exists with uuid ${other.def.uuid}`);
    } else if (known.name !== def.name) throw failed(`pool '${known.name}' is already defined with uuid ${def.uuid}`);
    else if (toStart && known.active) throw invalid(`pool is already active as '${known.name}'`);
    const rival = this.all().find((pool) => pool !== known && isSameSource(pool.def, def));
    if (rival !== undefined) throw failed(`Storage source conflict with pool: '${rival.name}'`);
    return known;
  }

  start(pool: Pool, flags: number): Promise<void> {
    return pool.jobs.run('start', () => this.#start(pool, flags));
  }

  /** `def` is what it is while it runs. */
  async #start(pool: Pool, flags: number, def = pool.def): Promise<void> {
    if (pool.active) throw invalid(`storage pool '${pool.name}' is already active`);
    this.#pools.set(def.uuid, pool);
    const backend = this.backend(def.type);
    const { WITH_BUILD, WITH_BUILD_OVERWRITE, WITH_BUILD_NO_OVERWRITE } = StoragePoolCreateFlags;
    const format =
      (flags & WITH_BUILD_OVERWRITE) !== 0 ? 'overwrite' : (flags & WITH_BUILD_NO_OVERWRITE) !== 0 ? 'keep' : undefined;
    const before = pool.def;
    pool.def = def;
    pool.starting = true;
    try {
      if ((flags & WITH_BUILD) !== 0 || format !== undefined) await backend.build(def, format);
      await backend.start(def);
      try {
        await this.#fill(pool);
        await writeFileAtomic(this.#statusPath(pool.name), formatStoragePool(pool.def, POOL_CONTEXT));
      } catch (error) {
        await backend.stop(def).catch(() => undefined);
        throw error;
      }
      pool.active = true;
      if (pool.persistent && def !== before) pool.newDef ??= before;
    } finally {
      pool.starting = false;
      if (!pool.active) this.#failed(pool, before);
    }
    this.told(pool, Life.STARTED);
  }

  /** Reads volumes and sizes anew. */
  async #fill(pool: Pool): Promise<void> {
    const backend = this.backend(pool.def.type);
    const found = await backend.volumes(pool.def, pool.reader);
    pool.def = await backend.refresh(pool.def, pool.reader);
    pool.volumes.clear();
    for (const volume of found) pool.volumes.set(volume.name, volume);
  }

  refresh(pool: Pool): Promise<void> {
    return pool.jobs.run('refresh', async () => {
      requireActive(pool);
      await this.#fill(pool);
      this.events.emit(1, pool.def.uuid, { pool: pool.ref });
    });
  }

  /** After a change of one volume. */
  async resize(pool: Pool): Promise<void> {
    const sizes = await this.backend(pool.def.type).sizes(pool.def, pool.reader);
    pool.def = { ...pool.def, ...sizes };
  }

  build(pool: Pool, flags: number): Promise<void> {
    return pool.jobs.run('build', async () => {
      if (pool.active) throw invalid(`storage pool '${pool.name}' is already active`);
      await this.backend(pool.def.type).build(pool.def, formatting(flags));
      this.told(pool, Life.CREATED);
    });
  }

  remove(pool: Pool): Promise<void> {
    return pool.jobs.run('delete', async () => {
      if (pool.active) throw invalid(`storage pool '${pool.name}' is still active`);
      await this.backend(pool.def.type).remove(pool.def);
      this.told(pool, Life.DELETED);
    });
  }

  stop(pool: Pool): Promise<void> {
    return pool.jobs.run('stop', async () => {
      requireActive(pool);
      await this.backend(pool.def.type).stop(pool.def);
      removeFile(this.#statusPath(pool.name));
      pool.active = false;
      pool.clear();
      if (pool.newDef !== undefined) pool.def = pool.newDef;
      pool.newDef = undefined;
      this.told(pool, Life.STOPPED);
      if (!pool.persistent) this.#pools.delete(pool.def.uuid);
    });
  }

  undefine(pool: Pool): Promise<void> {
    return pool.jobs.run('undefine', async () => {
      if (pool.active) throw invalid(`storage pool '${pool.name}' is still active`);
      await this.#store.remove(pool.name);
      this.#pools.delete(pool.def.uuid);
      this.told(pool, Life.UNDEFINED);
    });
  }

  setAutostart(pool: Pool, autostart: boolean): Promise<void> {
    return pool.jobs.run('autostart', async () => {
      if (!pool.persistent) throw internalError('pool has no config file');
      await this.#store.setAutostart(pool.name, autostart);
      pool.autostart = autostart;
    });
  }

  /** The volume and its pool, by what a reference says. */
  volume(poolName: string, name: string): { pool: Pool; def: StorageVolDef } {
    const pool = this.byName(poolName);
    requireActive(pool);
    return { pool, def: volumeIn(pool, name) };
  }

  told(pool: Pool, event: number): void {
    this.events.emit(0, pool.def.uuid, { pool: pool.ref, event, detail: 0 });
  }
}

export function volumeIn(pool: Pool, name: string): StorageVolDef {
  const def = pool.volumes.get(name);
  if (def === undefined) throw noVolume(`no storage vol with matching name '${name}'`);
  return def;
}

export function requireActive(pool: Pool): void {
  if (!pool.active) throw invalid(`storage pool '${pool.name}' is not active`);
}

/** What StoragePoolBuildFlags say of a device that has a file system. */
function formatting(flags: number): Formatting | undefined {
  const overwrite = (flags & StoragePoolBuildFlags.OVERWRITE) !== 0;
  const keep = (flags & StoragePoolBuildFlags.NO_OVERWRITE) !== 0;
  if (overwrite && keep)
    throw exclusiveFlags('VIR_STORAGE_POOL_BUILD_OVERWRITE', 'VIR_STORAGE_POOL_BUILD_NO_OVERWRITE');
  return overwrite ? 'overwrite' : keep ? 'keep' : undefined;
}
