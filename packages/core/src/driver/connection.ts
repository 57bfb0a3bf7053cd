import type { LibvirtError } from '../util/index.js';
import type { Awaitable, CallContext } from './call.js';
import type {
  HypervisorDriver,
  InterfaceDriver,
  NetworkDriver,
  NodeDeviceDriver,
  NWFilterDriver,
  SecretDriver,
  StorageDriver,
} from './drivers.js';

/** What a driver gives for one connection: its tables. Secondary tables that it lacks are filled in by the host. */
export interface DriverConnection {
  readonly hypervisor?: HypervisorDriver;
  readonly network?: NetworkDriver;
  readonly storage?: StorageDriver;
  readonly interface?: InterfaceDriver;
  readonly nodeDevice?: NodeDeviceDriver;
  readonly nwfilter?: NWFilterDriver;
  readonly secret?: SecretDriver;
  /** The URI that was opened, where it is another than the one that was asked for: a daemon chose its default. */
  readonly uri?: string;
  /**
   * Tells when the way to the hypervisor is lost and regained; the returned function ends that. Drivers whose hypervisor
   * is always there leave it out.
   */
  onStateChange?(listener: (state: ConnectionState) => void): () => void;
  /** virDrvConnectClose: the connection's callbacks and streams end; domains are left as they are. */
  close?(): Awaitable<void>;
}

/**
 * The way to a hypervisor. After `connected` again, registrations are in place, but events of the meantime are lost:
 * whoever keeps a picture of the domains draws it anew.
 */
export interface ConnectionState {
  readonly state: 'connected' | 'reconnecting' | 'closed';
  /** What went wrong, unless connected. */
  readonly error: LibvirtError | undefined;
}

/** The URI of a connection, taken apart. */
export interface ConnectionUri {
  /** As it was given, aliases resolved. */
  readonly text: string;
  /** Without `+transport`. */
  readonly scheme: string;
  /** `unix`, `tcp`, `tls`, `ssh`, …; undefined where the URI names none. */
  readonly transport: string | undefined;
  /** user@host:port part, empty where there is none. */
  readonly authority: string;
  readonly host: string;
  readonly port: number | undefined;
  readonly user: string | undefined;
  readonly path: string;
  readonly params: URLSearchParams;
}

/**
 * Opens a connection: undefined declines (the next driver is asked), raising ends the search. Resolved from the
 * connection's own container, so what it injects may be of host or connection scope.
 */
export interface ConnectionFactory {
  connectOpen(uri: ConnectionUri, flags: number, call: CallContext): Awaitable<DriverConnection | undefined>;
}
