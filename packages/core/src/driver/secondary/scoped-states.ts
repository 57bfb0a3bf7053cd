import { join } from 'node:path';
import { acquireProcessLock, ErrorCode, type ErrorDomain, LibvirtError, type ProcessLock } from '../../util/index.js';
import type { StateDriver } from '../drivers.js';
import type { Directories, StateDirs, StateScope } from '../services.js';
import { scopeKey } from './scope.js';

/** What a driver keeps for one scope. */
export interface ScopedState {
  /** Reads definitions and status; called once, before anything else. */
  load(): Promise<void>;
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
  readonly dirs: StateDirs;
  /** The driver's options; `scopes` are brought to life with the host rather than with their first connection. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly create: (dirs: Directories, scope: StateScope) => T;
}

/** Everything that a driver keeps in one host: one state for each scope in use, of which this process is the only owner. */
export class ScopedStates<T extends ScopedState> implements StateDriver {
  readonly #states = new Map<string, Promise<T>>();
  readonly #open = new Map<T, ProcessLock>();
  readonly #options: ScopedStatesOptions<T>;
  readonly #scopes: readonly ('system' | 'session')[];

  constructor(options: ScopedStatesOptions<T>) {
    this.#options = options;
    this.#scopes = checkScopes(options.name, options.domain, options.options);
  }

  /** The state of a scope, read at the first call. What fails is tried again by the next. */
  state(scope: StateScope): Promise<T> {
    const key = scopeKey(scope);
    let opening = this.#states.get(key);
    if (opening === undefined) {
      opening = this.#start(scope);
      this.#states.set(key, opening);
      opening.catch(() => this.#states.delete(key));
    }
    return opening;
  }

  async #start(scope: StateScope): Promise<T> {
    const { name, dirs: all, domain, create } = this.#options;
    const dirs = all.of(scope, name);
    const lock = await acquireProcessLock(join(dirs.run, 'driver.lock'));
    if ('heldBy' in lock)
      throw new LibvirtError(
        ErrorCode.RESOURCE_BUSY,
        domain,
        `the ${name} state in ${dirs.run} belongs to process ${lock.heldBy.pid}: connect to that daemon, or end it`,
      );
    const state = create(dirs, scope);
    try {
      await state.load();
    } catch (error) {
      await lock.release();
      throw error;
    }
    this.#open.set(state, lock);
    return state;
  }

  async stateInitialize(): Promise<void> {
    for (const scope of this.#scopes) await this.state(scope);
  }

  async stateStart(scope: 'system' | 'session'): Promise<void> {
    await this.state(scope);
  }

  async stateReload(): Promise<void> {
    for (const state of this.#open.keys()) await state.reload?.();
  }

  async stateCleanup(): Promise<void> {
    this.#states.clear();
    for (const [state, lock] of this.#open) {
      await state.close?.();
      await lock.release();
    }
    this.#open.clear();
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
