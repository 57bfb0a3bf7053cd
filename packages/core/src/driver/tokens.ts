import type { InjectionToken } from './di.js';
import type { ConnectionFactory } from './connection.js';
import type { StateDriver } from './drivers.js';
import type { Clock, CommandRunner, HostFs, Identity, Log, StateDirs, StateScope, StateServices } from './services.js';
import type { AccessManager } from './access.js';

// Symbol.for: equal across copies of this package, so that a plugin which resolved a copy of its own is still served.
const token = <T>(name: string): InjectionToken<T> => Symbol.for(`@virtkit/core:${name}`);

/** A driver registers this one per connection container. */
export const CONNECTION_FACTORY = token<ConnectionFactory>('ConnectionFactory');
/** A driver registers this one, if it has state, in its host container. */
export const STATE_DRIVER = token<StateDriver>('StateDriver');
/** The options given for this driver in the host's configuration; a driver validates them itself. */
export const DRIVER_OPTIONS = token<Readonly<Record<string, unknown>>>('DriverOptions');

// Host services
export const LOG = token<Log>('Log');
export const CLOCK = token<Clock>('Clock');
export const COMMAND_RUNNER = token<CommandRunner>('CommandRunner');
/** Directories by scope: see {@link StateDirs}. */
export const STATE_DIRS = token<StateDirs>('StateDirs');
/** Root of the host's file system as drivers read it: sysfs and procfs can be a fixture. */
export const HOST_FS = token<HostFs>('HostFs');
/** All of these and the driver's options in one, for what a driver keeps: see {@link StateServices}. */
export const STATE_SERVICES = token<StateServices>('StateServices');
export const ACCESS_MANAGER = token<AccessManager>('AccessManager');
/** Connection scope: who is calling. */
export const IDENTITY = token<Identity>('Identity');

// Connections to other drivers of the same host, through the public API. Typed as the API's Connect by importers:
// `@inject(NETWORK_CONNECTION) network: (scope?: StateScope) => Promise<Connect>`; who asks closes it.
export const NETWORK_CONNECTION = token<(scope?: StateScope) => Promise<unknown>>('NetworkConnection');
export const STORAGE_CONNECTION = token<(scope?: StateScope) => Promise<unknown>>('StorageConnection');
export const SECRET_CONNECTION = token<(scope?: StateScope) => Promise<unknown>>('SecretConnection');
export const NODE_DEVICE_CONNECTION = token<(scope?: StateScope) => Promise<unknown>>('NodeDeviceConnection');
export const INTERFACE_CONNECTION = token<(scope?: StateScope) => Promise<unknown>>('InterfaceConnection');
export const NWFILTER_CONNECTION = token<(scope?: StateScope) => Promise<unknown>>('NWFilterConnection');
