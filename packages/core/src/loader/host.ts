import { join } from 'node:path';
import { Connect } from '../api/index.js';
import {
  ACCESS_MANAGER,
  type AccessManager,
  CLOCK,
  COMMAND_RUNNER,
  type ConnectionUri,
  container,
  type DependencyContainer,
  type DriverConnection,
  type DriverTable,
  HOST_FS,
  type HypervisorDriver,
  type Identity,
  INTERFACE_CONNECTION,
  LOG,
  NETWORK_CONNECTION,
  NODE_DEVICE_CONNECTION,
  NWFILTER_CONNECTION,
  SECRET_CONNECTION,
  STATE_DIRS,
  type StateScope,
  STORAGE_CONNECTION,
} from '../driver/index.js';
import { ConnectFlags, ErrorCode, ErrorDomain, LibvirtError, Slots } from '../util/index.js';
import { discover, isAllowed, packageDirectory } from './discovery.js';
import { checkHostConfig, CONFIG_FILE, type HostConfig, readHostConfig } from './host-config.js';
import { LoadedDriver, noDriver } from './loaded-driver.js';
import { checkEntry, readManifest } from './manifest.js';
import { parseUri } from './parse-uri.js';
import { peerWarnings } from './peer-warnings.js';
import { systemClock } from './services/clock.js';
import { ProcessCommandRunner } from './services/command-runner.js';
import { stderrLog } from './services/log.js';
import { stateDirs } from './services/state-dirs.js';
import type { DriverReport, HostOptions, OpenOptions } from './host-options.js';
import { pathOfScope, secondaryUri, takes } from './routing.js';

/**
 * A set of drivers in this process. Drivers are described by their manifests, imported at the first URI of their scheme,
 * and share nothing with those of another host.
 */
export class Host {
  readonly #container: DependencyContainer;
  readonly #config: HostConfig;
  readonly #drivers: LoadedDriver[] = [];
  readonly #refused: DriverReport[] = [];
  readonly #open = new Slots<Connect>();
  readonly #access: AccessManager | undefined;
  readonly #entries: HostOptions['entries'];

  private constructor(options: HostOptions, config: HostConfig) {
    this.#config = config;
    this.#access = options.access;
    this.#entries = options.entries;
    const c = (this.#container = container.createChildContainer());
    c.registerInstance(LOG, options.log ?? stderrLog());
    c.registerInstance(CLOCK, options.clock ?? systemClock);
    c.registerInstance(COMMAND_RUNNER, options.commandRunner ?? new ProcessCommandRunner());
    c.registerInstance(STATE_DIRS, options.stateDirs ?? stateDirs(options.stateRoot));
    c.registerInstance(HOST_FS, options.hostFs ?? { root: '/', path: (path: string) => path });
    if (options.access !== undefined) c.registerInstance(ACCESS_MANAGER, options.access);
    const tokens = [
      [NETWORK_CONNECTION, 'network'],
      [STORAGE_CONNECTION, 'storage'],
      [SECRET_CONNECTION, 'secret'],
      [NODE_DEVICE_CONNECTION, 'nodedev'],
      [INTERFACE_CONNECTION, 'interface'],
      [NWFILTER_CONNECTION, 'nwfilter'],
    ] as const;
    for (const [token, scheme] of tokens)
      c.registerInstance(token, (scope: StateScope = 'system') =>
        this.open(`${scheme}://${pathOfScope(scope)}`, { identity: { system: true } }),
      );
  }

  /**
   * Reads configuration and manifests; imports nothing yet. Drivers that cannot be used are reported by
   * {@link drivers}, together, and do not keep the others from working. Raises CONFIG_UNSUPPORTED only for a broken
   * configuration file.
   */
  static async create(options: HostOptions = {}): Promise<Host> {
    const root = options.root ?? process.cwd();
    const config =
      options.config === undefined
        ? await readHostConfig(join(root, CONFIG_FILE))
        : checkHostConfig(options.config, 'the host configuration');
    const host = new Host(options, config);
    for (const { module, manifest: given, options: own = {} } of options.drivers ?? []) {
      const manifest =
        typeof given === 'string'
          ? readManifest(given)
          : checkEntry(given, {
              package: given.package ?? given.name,
              version: given.version ?? '0.0.0',
              directory: given.directory ?? root,
            });
      host.#drivers.push(new LoadedDriver(manifest, own, host.#container, module));
    }
    await host.#find(root, options.drivers !== undefined && options.config === undefined);
    return host;
  }

  async #find(root: string, givenOnly: boolean): Promise<void> {
    const { drivers, allow } = this.#config;
    if (givenOnly && drivers === undefined) return;
    const chosen =
      drivers?.map(({ package: name, options }) => ({ name, options, directory: undefined })) ??
      (await discover(root))
        .filter(({ name }) => isAllowed(name, allow))
        .map(({ name, directory }) => ({ name, options: undefined, directory }));
    const seen = new Map<string, string>();
    for (const { name, options, directory } of chosen) {
      try {
        const manifest = readManifest(directory ?? (await packageDirectory(root, name)));
        const other = seen.get(manifest.name);
        if (other !== undefined)
          throw new LibvirtError(
            ErrorCode.CONFIG_UNSUPPORTED,
            ErrorDomain.CONF,
            `package ${name}: a driver named '${manifest.name}' is already given by ${other}: keep one of them`,
          );
        seen.set(manifest.name, name);
        this.#drivers.push(new LoadedDriver(manifest, options ?? {}, this.#container, undefined, this.#entries));
      } catch (error) {
        const problem = LibvirtError.from(error);
        this.#refused.push({ package: name, manifest: undefined, status: 'refused', problem, warnings: [] });
      }
    }
    // A driver for any scheme is asked after all that name theirs.
    const wild = (driver: LoadedDriver): number => (driver.manifest.uriSchemes.includes('*') ? 1 : 0);
    this.#drivers.sort((a, b) => wild(a) - wild(b));
  }

  /** What was found, loaded, refused, and why. */
  drivers(): readonly DriverReport[] {
    return [
      ...this.#drivers.map(({ manifest, status, problem, given }) => ({
        package: manifest.package,
        manifest,
        status,
        problem,
        // Only who asks waits for it.
        get warnings() {
          return given ? [] : peerWarnings(manifest);
        },
      })),
      ...this.#refused,
    ];
  }

  /** Imports every driver, and brings nothing to life. Returns the failures of all; those that did load can be used. */
  async load(): Promise<readonly LibvirtError[]> {
    return this.#failures(await Promise.allSettled(this.#drivers.map((driver) => driver.ready())));
  }

  /**
   * Imports every driver and brings its objects of a scope to life, as a daemon does at its start (autostart, re-adoption
   * of guests); by default root's or the user's.
   * Returns the failures of all; those that did start keep working.
   */
  async start(
    scope: 'system' | 'session' = process.getuid?.() === 0 ? 'system' : 'session',
  ): Promise<readonly LibvirtError[]> {
    const results = await Promise.allSettled(
      this.#drivers.map(async (driver) => {
        await driver.ready();
        await driver.stateDriver?.stateStart?.(scope);
      }),
    );
    return this.#failures(results);
  }

  #failures(results: readonly PromiseSettledResult<unknown>[]): readonly LibvirtError[] {
    const failed = results.flatMap((result) =>
      result.status === 'rejected' ? [LibvirtError.from(result.reason)] : [],
    );
    return [...this.#refused.flatMap(({ problem }) => problem ?? []), ...failed];
  }

  /** virStateReload of every driver that is loaded. */
  async reload(): Promise<void> {
    for (const driver of this.#drivers) await driver.stateDriver?.stateReload?.();
  }

  /** True while a driver has active objects. */
  get active(): boolean {
    return this.#drivers.some((driver) => driver.stateDriver?.active === true);
  }

  /**
   * virConnectOpen. Without a URI: the environment's LIBVIRT_DEFAULT_URI, the configuration's `defaultUri`, then the
   * first driver that says it is at home here. Raises NO_CONNECT if no driver takes it.
   */
  async open(name?: string | null, options: OpenOptions = {}): Promise<Connect> {
    const uri = this.#checkUri(parseUri(await this.#uriText(name, options.noAliases === true)));
    const identity = options.identity ?? ownIdentity();
    const flags = options.readOnly === true ? ConnectFlags.RO : 0;
    const call = { signal: options.signal };
    for (const driver of this.#drivers) {
      if (!takes(driver.manifest, uri)) continue;
      const drivers = await driver.open(uri, flags, identity, call);
      if (drivers !== undefined) return this.#connect(driver, uri, drivers, identity, options.readOnly === true);
    }
    throw noDriver(uri.text);
  }

  async #uriText(name: string | null | undefined, noAliases: boolean): Promise<string> {
    const alias = name == null || name === '' ? undefined : noAliases ? undefined : this.#config.uriAliases?.[name];
    if (alias !== undefined) return alias;
    if (name != null && name !== '') return name;
    const fixed = process.env['LIBVIRT_DEFAULT_URI'] ?? this.#config.defaultUri;
    if (fixed !== undefined && fixed !== '') return this.#config.uriAliases?.[fixed] ?? fixed;
    for (const driver of this.#drivers) {
      const found = await driver
        .module()
        .then((module) => module.connectURIProbe?.())
        .catch(() => undefined);
      if (found !== undefined) return found;
    }
    throw noDriver('(no URI was given, and no driver is at home here)');
  }

  #checkUri(uri: ConnectionUri): ConnectionUri {
    if (/^(system|session)$/.test(uri.authority) && uri.path === '' && uri.transport === undefined)
      throw new LibvirtError(
        ErrorCode.INTERNAL_ERROR,
        ErrorDomain.NONE,
        `invalid URI ${uri.text} (maybe you want ${uri.scheme}:///${uri.authority})`,
      );
    return uri;
  }

  #connect(
    driver: LoadedDriver,
    uri: ConnectionUri,
    drivers: DriverConnection,
    identity: Identity,
    readOnly: boolean,
  ): Connect {
    const shared = new Map<DriverTable, Promise<DriverConnection | undefined>>();
    const connect: Connect = new Connect({
      uri: drivers.uri === undefined ? uri : parseUri(drivers.uri),
      drivers: drivers.hypervisor === undefined ? { ...drivers, hypervisor: bare(uri.scheme) } : drivers,
      driverName: driver.manifest.name,
      readOnly,
      identity,
      access: this.#access,
      ...(driver.manifest.kind === 'hypervisor' && driver.manifest.secondaries === 'shared'
        ? {
            secondary: (table: Exclude<DriverTable, 'hypervisor'>) => {
              let opening = shared.get(table);
              if (opening === undefined) shared.set(table, (opening = this.#openSecondary(table, uri, identity)));
              return opening;
            },
          }
        : {}),
      onClose: async () => {
        this.#open.remove(slot);
        for (const opening of shared.values()) await (await opening.catch(() => undefined))?.close?.();
      },
    });
    const slot = this.#open.add(connect);
    return connect;
  }

  /** The host's own driver for a table that a hypervisor's driver lacks, in the same scope as its connection. */
  async #openSecondary(
    table: Exclude<DriverTable, 'hypervisor'>,
    uri: ConnectionUri,
    identity: Identity,
  ): Promise<DriverConnection | undefined> {
    const own = parseUri(secondaryUri(table, uri));
    for (const driver of this.#drivers) {
      if (driver.manifest.kind !== 'secondary' || !driver.manifest.provides.includes(table)) continue;
      const drivers = await driver.open(own, 0, identity, { signal: undefined });
      if (drivers !== undefined) return drivers;
    }
    return undefined;
  }

  /** Closes all connections and lets every driver clean up; guests go on running. */
  async close(): Promise<void> {
    await Promise.allSettled([...this.#open].map((connect) => connect.close()));
    for (const driver of this.#drivers.toReversed()) await driver.cleanup();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/** A connection to a secondary driver alone has a hypervisor table that says only its name. */
const bare = (scheme: string): HypervisorDriver => ({ connectGetType: () => scheme });

function ownIdentity(): Identity {
  const uid = process.getuid?.();
  const gid = process.getgid?.();
  return { ...(uid === undefined ? {} : { uid }), ...(gid === undefined ? {} : { gid }), pid: process.pid };
}
