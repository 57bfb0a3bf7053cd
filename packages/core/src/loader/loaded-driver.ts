import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ErrorCode, ErrorDomain, LibvirtError } from '../util/index.js';
import {
  CLOCK,
  COMMAND_RUNNER,
  CONNECTION_FACTORY,
  type CallContext,
  type ConnectionUri,
  type DependencyContainer,
  DRIVER_OPTIONS,
  type DriverConnection,
  type DriverModule,
  HOST_FS,
  IDENTITY,
  type Identity,
  LOG,
  type Log,
  STATE_DIRS,
  STATE_DRIVER,
  STATE_SERVICES,
  type StateDriver,
  type StateServices,
} from '../driver/index.js';
import { entryOf } from './discovery.js';
import { checkSpi, type DriverManifest, refuse } from './manifest.js';

export type DriverState = 'found' | 'loaded' | 'refused';

/** One driver of a host: imported at first use, its state initialised once. */
export class LoadedDriver {
  #module: Promise<DriverModule> | undefined;
  #ready: Promise<DependencyContainer> | undefined;
  #state: StateDriver | undefined;
  #status: DriverState = 'found';
  #problem: LibvirtError | undefined;

  constructor(
    readonly manifest: DriverManifest,
    private readonly options: Readonly<Record<string, unknown>>,
    private readonly host: DependencyContainer,
    private readonly givenModule?: DriverModule,
    private readonly entries?: ReadonlyMap<string, () => unknown>,
  ) {
    if (givenModule !== undefined) this.#module = Promise.resolve(givenModule);
  }

  /** It came as a module, not as a package. */
  get given(): boolean {
    return this.givenModule !== undefined;
  }

  get status(): DriverState {
    return this.#status;
  }

  /** Why the driver was refused. */
  get problem(): LibvirtError | undefined {
    return this.#problem;
  }

  get stateDriver(): StateDriver | undefined {
    return this.#state;
  }

  /** Imports the module, once. */
  module(): Promise<DriverModule> {
    return (this.#module ??= importDriver(this.manifest, this.entries?.get(this.manifest.directory)));
  }

  /** Imports the driver and initialises its state; what fails once is not tried again in this host. */
  ready(): Promise<DependencyContainer> {
    return (this.#ready ??= this.#start().catch((error: unknown) => {
      this.#status = 'refused';
      this.#problem = LibvirtError.from(error);
      throw this.#problem;
    }));
  }

  async #start(): Promise<DependencyContainer> {
    const module = await this.module();
    const container = this.host.createChildContainer();
    container.registerInstance(DRIVER_OPTIONS, this.options);
    const log = this.host.resolve<Log>(LOG).child(this.manifest.name);
    container.registerInstance(LOG, log);
    container.registerInstance<StateServices>(STATE_SERVICES, {
      dirs: this.host.resolve(STATE_DIRS),
      log,
      clock: this.host.resolve(CLOCK),
      commands: this.host.resolve(COMMAND_RUNNER),
      hostFs: this.host.resolve(HOST_FS),
      options: this.options,
    });
    module.host?.(container);
    if (container.isRegistered(STATE_DRIVER)) {
      this.#state = this.#resolve<StateDriver>(container, STATE_DRIVER as symbol);
      await this.#state.stateInitialize?.();
    }
    this.#status = 'loaded';
    return container;
  }

  /** Opens one connection in a container of its own; undefined if the driver declines the URI. */
  async open(
    uri: ConnectionUri,
    flags: number,
    identity: Identity,
    call: CallContext,
  ): Promise<DriverConnection | undefined> {
    const container = (await this.ready()).createChildContainer();
    container.registerInstance(IDENTITY, identity);
    (await this.module()).connection(container);
    const factory = this.#resolve<{
      connectOpen(uri: ConnectionUri, flags: number, call: CallContext): DriverConnection | undefined;
    }>(container, CONNECTION_FACTORY as symbol);
    return factory.connectOpen(uri, flags, call);
  }

  #resolve<T>(container: DependencyContainer, token: symbol): T {
    try {
      return container.resolve<T>(token);
    } catch (cause) {
      const text = (cause as Error).message.replaceAll('\n', ' ');
      const hint = text.includes('TypeInfo not known')
        ? ': the package brought a second copy of @virtkit/core or tsyringe; make @virtkit/core its peer dependency and reinstall'
        : '';
      throw refuse(
        `driver ${this.manifest.name} (${this.manifest.package}): cannot provide ${String(token.description)}: ${text}${hint}`,
        cause,
      );
    }
  }

  async cleanup(): Promise<void> {
    await this.#ready?.catch(() => undefined);
    await this.#state?.stateCleanup?.();
  }
}

async function importDriver(manifest: DriverManifest, entry?: () => unknown): Promise<DriverModule> {
  const where = `package ${manifest.package} (${manifest.directory})`;
  let exports: { default?: unknown };
  try {
    exports = (await (entry === undefined
      ? import(pathToFileURL(entryOf(manifest.directory, manifest.package)).href)
      : entry())) as { default?: unknown };
  } catch (cause) {
    if (LibvirtError.is(cause)) throw cause;
    throw refuse(`${where} cannot be imported: ${(cause as Error).message}${importRemedy(cause, manifest)}`, cause);
  }
  const module = exports.default as Partial<DriverModule> | undefined;
  if (typeof module?.connection !== 'function' || typeof module.spi !== 'string')
    throw refuse(`${where} has no driver as its default export: it must be \`export default defineDriver({…})\``);
  checkSpi(manifest.package, module.spi);
  if (module.name !== manifest.name)
    throw refuse(
      `${where} calls itself '${module.name}' in code and '${manifest.name}' in ${join(manifest.directory, 'package.json')}: make them the same`,
    );
  return module as DriverModule;
}

/** What helps where a package lacks something of what it imports. */
function importRemedy(cause: unknown, { directory }: DriverManifest): string {
  const { code, message } = cause as NodeJS.ErrnoException;
  if (code !== 'ERR_MODULE_NOT_FOUND') return '';
  if (!message.includes("'@virtkit/core'")) return `: run 'npm install' in ${directory}, or install the package anew`;
  return ': what is linked looks for its peers where it really lies: install the package packed (npm pack), or @virtkit/core beside it';
}

export function noDriver(uri: string): LibvirtError {
  return new LibvirtError(ErrorCode.NO_CONNECT, ErrorDomain.NONE, uri);
}
