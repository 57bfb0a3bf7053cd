import type { Connect } from '@virtkit/core';
import {
  CLOCK,
  type Clock,
  DRIVER_OPTIONS,
  HOST_FS,
  type HostFs,
  LOG,
  NETWORK_CONNECTION,
  SECRET_CONNECTION,
  STORAGE_CONNECTION,
  type Log,
  STATE_DIRS,
  type StateDirs,
  type StateDriver,
  type StateScope,
  inject,
  injectable,
} from '@virtkit/core/driver';
import { configUnsupported } from '../errors.js';
import { initializeHost, reloadHost } from './initialize.js';
import { QemuHost } from './qemu-host.js';
import { scopeKey } from './scope.js';

/** Options of this driver in a host's configuration. */
export interface QemuDriverOptions {
  /** Scopes to be brought to life with the host rather than with their first connection, as a daemon does for autostart. */
  readonly scopes?: readonly ('system' | 'session')[];
}

function checkOptions(options: Readonly<Record<string, unknown>>): QemuDriverOptions {
  for (const key of Object.keys(options))
    if (key !== 'scopes')
      throw configUnsupported(`options of the driver 'qemu': unknown option '${key}', known is 'scopes'`);
  const { scopes = [] } = options;
  if (!Array.isArray(scopes) || !scopes.every((scope) => scope === 'system' || scope === 'session'))
    throw configUnsupported(`options of the driver 'qemu': 'scopes' is a list of 'system' and 'session'`);
  return { scopes };
}

/** Everything that this driver keeps in one host process: one {@link QemuHost} per scope in use. */
@injectable()
export class QemuHosts implements StateDriver {
  readonly #hosts = new Map<string, Promise<QemuHost>>();
  readonly #open = new Set<QemuHost>();
  readonly #options: QemuDriverOptions;

  constructor(
    @inject(STATE_DIRS) private readonly dirs: StateDirs,
    @inject(LOG) private readonly log: Log,
    @inject(CLOCK) private readonly clock: Clock,
    @inject(HOST_FS) private readonly fs: HostFs,
    @inject(SECRET_CONNECTION) private readonly secrets: (scope: StateScope) => Promise<Connect>,
    @inject(NETWORK_CONNECTION) private readonly networks: (scope: StateScope) => Promise<Connect>,
    @inject(STORAGE_CONNECTION) private readonly storage: (scope: StateScope) => Promise<Connect>,
    @inject(DRIVER_OPTIONS) options: Readonly<Record<string, unknown>>,
  ) {
    this.#options = checkOptions(options);
  }

  /** True for root, who has the system's guests. */
  get privileged(): boolean {
    return process.getuid?.() === 0;
  }

  /** The guests of a scope, brought to life at the first call. What fails is tried again by the next. */
  host(scope: StateScope, signal?: AbortSignal): Promise<QemuHost> {
    const key = scopeKey(scope);
    let opening = this.#hosts.get(key);
    if (opening === undefined) {
      opening = this.#start(scope, signal);
      this.#hosts.set(key, opening);
      opening.catch(() => this.#hosts.delete(key));
    }
    return opening;
  }

  async #start(scope: StateScope, signal: AbortSignal | undefined): Promise<QemuHost> {
    const { log, clock, fs, privileged } = this;
    const services = {
      dirs: this.dirs.of(scope, 'qemu'),
      ...{ log, clock, fs, privileged },
      secrets: () => this.secrets(scope),
      networks: () => this.networks(scope),
      storage: () => this.storage(scope),
    };
    const host = await QemuHost.acquire(services, signal);
    try {
      await initializeHost(host, signal);
    } catch (error) {
      await host.release();
      throw error;
    }
    this.#open.add(host);
    return host;
  }

  async stateInitialize(): Promise<void> {
    for (const scope of this.#options.scopes ?? []) await this.host(scope);
  }

  async stateStart(scope: 'system' | 'session'): Promise<void> {
    await this.host(scope);
  }

  async stateReload(): Promise<void> {
    await Promise.all([...this.#open].map((host) => reloadHost(host)));
  }

  async stateCleanup(): Promise<void> {
    await Promise.allSettled(this.#hosts.values());
    await Promise.all([...this.#open].map((host) => host.release()));
    this.#open.clear();
    this.#hosts.clear();
  }

  get active(): boolean {
    return [...this.#open].some((host) => host.active);
  }
}
