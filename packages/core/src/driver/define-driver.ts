import type { Awaitable } from './call.js';
import type { DependencyContainer } from './di.js';

/** Version of this contract: a driver fits a host with the same major number and at least its minor number. */
export const SPI_VERSION = '1.0';

/** What a driver package exports as default. */
export interface DriverModule {
  /** As in the package's manifest. */
  readonly name: string;
  /** The contract that it was written for: {@link SPI_VERSION} at that time. */
  readonly spi: string;
  /** Registers what has host scope, for example STATE_DRIVER. Called once per host, at first use. */
  host?(container: DependencyContainer): void;
  /** virDrvConnectURIProbe: the URI for a connection that names none, if this driver's hypervisor is here. */
  connectURIProbe?(): Awaitable<string | undefined>;
  /** Registers CONNECTION_FACTORY and what else has connection scope. Called for every connection. */
  connection(container: DependencyContainer): void;
}

/** The default export of a driver package: `export default defineDriver({…})`. */
export function defineDriver(module: DriverModule): DriverModule {
  return Object.freeze({ ...module });
}
