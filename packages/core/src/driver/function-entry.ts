/** The driver tables of libvirt. */
export type DriverTable = 'hypervisor' | 'network' | 'storage' | 'interface' | 'nodeDevice' | 'nwfilter' | 'secret';

/** Kinds of objects that functions act on. */
export type ObjectKind =
  | 'connect'
  | 'domain'
  | 'domainSnapshot'
  | 'domainCheckpoint'
  | 'network'
  | 'networkPort'
  | 'storagePool'
  | 'storageVol'
  | 'interface'
  | 'nodeDevice'
  | 'nwfilter'
  | 'nwfilterBinding'
  | 'secret';

/** One function of libvirt: what checks, dispatch and the wire need to know of it. */
export interface FunctionEntry {
  readonly table: DriverTable;
  /** The public function; absent for steps that only daemons and clients take between them. */
  readonly symbol?: string;
  readonly on: string;
  /** `name:kind`, in the order of the call; the object it acts on is not among them. */
  readonly args: readonly string[];
  readonly returns: string;
  /** `denied` on read-only connections, or `if MASK` (flags), or `if ARG is VALUE`. */
  readonly readOnly?: string;
  /** `object:permission`, with ` if MASK`, ` unless MASK` or ` if ARG is VALUE`. */
  readonly acl?: readonly string[];
  /** Permissions that an object needs to appear in the returned list. */
  readonly filter?: readonly string[];
  /** `program.procedure` that carries the call. */
  readonly wire?: string;
  /** Same function with flags: used, with flags 0, where the driver has only that. */
  readonly fallback?: string;
}
