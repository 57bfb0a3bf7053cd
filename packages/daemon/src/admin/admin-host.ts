import type { DaemonLog } from '../log.js';
import type { Server } from '../server/server.js';

/** What the administration of a daemon works on. */
export interface AdminHost {
  /** By name: the one that serves drivers, and the one for administration. */
  readonly servers: ReadonlyMap<string, Server>;
  readonly log: DaemonLog;
  /** The daemon leaves after as many seconds without clients; 0 for never. */
  setIdleTimeout(seconds: number): void;
  /** Takes changed certificates into use; false if there is no TLS. */
  reloadTls(server: Server): Promise<boolean>;
}
