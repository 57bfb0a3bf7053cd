import type { ErrorDomain } from '../../util/index.js';
import type { Awaitable } from '../call.js';
import type { ConnectionUri, DriverConnection } from '../connection.js';
import { defineDriver, type DriverModule, SPI_VERSION } from '../define-driver.js';
import type { DependencyContainer, InjectionToken } from '../di.js';
import type { ScopeServices, StateScope } from '../services.js';
import { CONNECTION_FACTORY, STATE_DRIVER, STATE_SERVICES } from '../tokens.js';
import { scopeOfUri } from './scope.js';
import { type ScopedState, ScopedStates } from './scoped-states.js';

/** A driver whose objects belong to the host, to a user, or to what lies below a directory. */
export interface ScopedDriver<T extends ScopedState> {
  /** As in the package's manifest. */
  readonly name: string;
  /** Its own folder in the directories of a scope; its name unless given. */
  readonly folder?: string;
  /** Whose errors it raises. */
  readonly domain: ErrorDomain;
  /** Makes what it keeps for one scope, at the first use of that. Other services of the host come from the container. */
  readonly create: (services: ScopeServices, container: DependencyContainer) => T;
  /** Opens a connection to a scope. Who is calling, and services of the host, come from the container. */
  readonly connect: (state: T, container: DependencyContainer) => DriverConnection;
  /** Whose objects a URI means: {@link scopeOfUri} unless given. */
  readonly scopeOf?: (uri: ConnectionUri) => StateScope;
  /** See {@link DriverModule.connectURIProbe}. */
  readonly connectURIProbe?: () => Awaitable<string | undefined>;
}

/**
 * The default export of a driver that keeps its objects by scope: it serves the paths /system, /session and
 * /embed?root=DIR, is the only owner of each while it is open, and brings it to life at its first connection or with the host.
 */
export function defineScopedDriver<T extends ScopedState>(driver: ScopedDriver<T>): DriverModule {
  const { name, folder = name, domain, create, connect, connectURIProbe } = driver;
  const { scopeOf = (uri: ConnectionUri) => scopeOfUri(uri, domain) } = driver;
  return defineDriver({
    name,
    spi: SPI_VERSION,
    host(container) {
      const services = container.resolve(STATE_SERVICES);
      const states = new ScopedStates<T>(services, { name: folder, domain, create: (own) => create(own, container) });
      container.registerInstance(STATE_DRIVER, states);
    },
    connection(container) {
      const states = container.resolve(STATE_DRIVER as InjectionToken<ScopedStates<T>>);
      container.registerInstance(CONNECTION_FACTORY, {
        connectOpen: async (uri, _flags, { signal }) => connect(await states.state(scopeOf(uri), signal), container),
      });
    },
    ...(connectURIProbe && { connectURIProbe }),
  });
}
