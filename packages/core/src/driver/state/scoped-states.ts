import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { acquireProcessLock, ErrorCode, type ErrorDomain, LibvirtError, type ProcessLock } from '../../util/index.js';
import type { StateDriver } from '../drivers.js';
import type { Directories, ScopeServices, StateScope, StateServices } from '../services.js';
import { scopeKey } from './scope.js';

/** What a driver keeps for one scope. */
export interface ScopedState {
  /** Reads definitions and status; called once, before anything else. */
  load(signal?: AbortSignal): Promise<void>;
  /** Reads definitions anew; never forgets what runs. */
  reload?(): Promise<void>;
  /** Lets go of everything in this process. */
  close?(): Promise<void>;
  readonly active?: boolean;
}

export interface ScopedStatesOptions<T> {
  /** The driver's own folder, and its name in messages. */
  readonly name: string;
  readonly domain: ErrorDomain;
  readonly create: (services: ScopeServices) => T;
}

/** How long to wait for another host process to leave a scope, in ms: short commands come and go. */
const LOCK_PATIENCE = 10_000;

/**
 * Everything that a driver keeps in one host: one state for each scope in use, of which this process is the only owner: a
 * lock in the run directory sees to that. The driver's option `scopes` lists those that are brought to life with the host
 * rather than with their first connection, as a daemon does for autostart.
 */
export class ScopedStates<T extends ScopedState> implements StateDriver {
  readonly #states = new Map<string, Promise<T>>();
  readonly #open = new Map<T, ProcessLock>();
  readonly #services: StateServices;
  readonly #options: ScopedStatesOptions<T>;
  readonly #scopes: readonly ('system' | 'session')[];

  constructor(services: StateServices, options: ScopedStatesOptions<T>) {
    this.#services = services;
    this.#options = options;
    this.#scopes = checkScopes(options.name, options.domain, services.options);
  }

  /** The state of a scope, read at the first call. What fails is tried again by the next. */
  state(scope: StateScope, signal?: AbortSignal): Promise<T> {
    const key = scopeKey(scope);
    let opening = this.#states.get(key);
    if (opening === undefined) {
      opening = this.#start(scope, signal);
      this.#states.set(key, opening);
      opening.catch(() => this.#states.delete(key));
    }
    return opening;
  }

  async #start(scope: StateScope, signal: AbortSignal | undefined): Promise<T> {
    const { name, create } = this.#options;
    const { dirs: all, log, clock, commands, hostFs } = this.#services;
    const dirs = all.of(scope, name);
    const lock = await this.#own(dirs, signal);
    const state = create({ scope, dirs, log, clock, commands, hostFs });
    try {
      await state.load(signal);
    } catch (error) {
      await lock.release();
      throw error;
    }
    this.#open.set(state, lock);
    return state;
  }

  async #own({ run }: Directories, signal: AbortSignal | undefined): Promise<ProcessLock> {
    const path = join(run, 'driver.lock');
    for (const deadline = performance.now() + LOCK_PATIENCE; ;) {
      const lock = await acquireProcessLock(path);
      if ('release' in lock) return lock;
      if (performance.now() > deadline || signal?.aborted)
        throw new LibvirtError(
          ErrorCode.RESOURCE_BUSY,
          this.#options.domain,
          `process ${lock.heldBy.pid} already manages the ${this.#options.name} state in ${run}: ` +
            'use the connection it serves, or end it',
        );
      await setTimeout(20);
    }
  }

  async stateInitialize(): Promise<void> {
    for (const scope of this.#scopes) await this.state(scope);
  }

  async stateStart(scope: 'system' | 'session'): Promise<void> {
    await this.state(scope);
  }

  async stateReload(): Promise<void> {
    await Promise.all([...this.#open.keys()].map(async (state) => state.reload?.()));
  }

  async stateCleanup(): Promise<void> {
    await Promise.allSettled(this.#states.values());
    this.#states.clear();
    const open = [...this.#open];
    this.#open.clear();
    await Promise.all(
      open.map(async ([state, lock]) => {
        await state.close?.();
        await lock.release();
      }),
    );
  }

  get active(): boolean {
    return [...this.#open.keys()].some((state) => state.active === true);
  }
}

function checkScopes(
  name: string,
  domain: ErrorDomain,
  options: Readonly<Record<string, unknown>>,
): readonly ('system' | 'session')[] {
  const problem = (detail: string): LibvirtError =>
    new LibvirtError(ErrorCode.CONFIG_UNSUPPORTED, domain, `options of the driver '${name}': ${detail}`);
  for (const key of Object.keys(options))
    if (key !== 'scopes') throw problem(`unknown option '${key}', known is 'scopes'`);
  const { scopes = [] } = options;
  if (!Array.isArray(scopes) || !scopes.every((scope) => scope === 'system' || scope === 'session'))
    throw problem("'scopes' is a list of 'system' and 'session'");
  return scopes as readonly ('system' | 'session')[];
}
