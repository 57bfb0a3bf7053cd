import type { Identity } from './services.js';

/** What a permission is asked for: the object's kind as in access policies, and what identifies it. */
export interface AccessSubject {
  /** connect, domain, interface, network, network_port, node_device, nwfilter, nwfilter_binding, secret, storage_pool, storage_vol */
  readonly object: string;
  readonly permission: string;
  /** Name, UUID and the like of the object; absent for `connect`. */
  readonly ref: Readonly<Record<string, unknown>> | undefined;
  /** Driver that serves the connection, for example `QEMU`. */
  readonly driver: string;
}

/** Decides, for wire and embedded callers alike. Without one registered, everything is allowed. */
export interface AccessManager {
  /** False refuses (ACCESS_DENIED), or hides the object from a list. */
  check(identity: Identity, subject: AccessSubject): boolean;
}
