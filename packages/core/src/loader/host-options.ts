import type {
  AccessManager,
  Clock,
  CommandRunner,
  DriverModule,
  HostFs,
  Identity,
  Log,
  StateDirs,
} from '../driver/index.js';
import type { LibvirtError } from '../util/index.js';
import type { HostConfig } from './host-config.js';
import type { DriverEntry, DriverManifest } from './manifest.js';

/** A driver that is already imported, for hosts that are bundled or tests. */
export interface GivenDriver {
  readonly module: DriverModule;
  /** The entry "virtkit" of its package.json, or the folder of that file. */
  readonly manifest: string | (DriverEntry & Partial<Pick<DriverManifest, 'package' | 'version' | 'directory'>>);
  readonly options?: Readonly<Record<string, unknown>>;
}

export interface HostOptions {
  /** Folder beside whose node_modules drivers are found, and where `virtkit.config.json` is read; default the working directory. */
  readonly root?: string;
  /** In place of the configuration file. */
  readonly config?: HostConfig;
  /** What loads drivers' entries, by the folders of their packages: for hosts that are bundled with some of their drivers. */
  readonly entries?: ReadonlyMap<string, () => unknown>;
  /** Drivers given as modules, asked before those that are found. */
  readonly drivers?: readonly GivenDriver[];
  /** All state of the `system` and `session` scopes goes below this folder. */
  readonly stateRoot?: string;
  readonly log?: Log;
  readonly clock?: Clock;
  readonly commandRunner?: CommandRunner;
  readonly stateDirs?: StateDirs;
  readonly hostFs?: HostFs;
  readonly access?: AccessManager;
}

export interface OpenOptions {
  readonly readOnly?: boolean;
  /** Who is calling; default this process's user. */
  readonly identity?: Identity;
  readonly signal?: AbortSignal;
  /** Takes the name as it is, without looking for an alias. */
  readonly noAliases?: boolean;
}

/** What became of a driver package. */
export interface DriverReport {
  readonly package: string;
  readonly manifest: DriverManifest | undefined;
  readonly status: 'found' | 'loaded' | 'refused';
  /** Why it was refused. */
  readonly problem: LibvirtError | undefined;
  /** What may go wrong later, for example a second copy of the core. */
  readonly warnings: readonly string[];
}
