import type {
  BlockOps,
  CheckpointOps,
  ConnectOps,
  DeviceOps,
  DomainOps,
  GuestOps,
  HostOps,
  InterfaceOps,
  JobOps,
  MigrationOps,
  NetworkOps,
  NodeDeviceOps,
  NwfilterOps,
  PassthroughOps,
  SecretOps,
  SnapshotOps,
  StorageOps,
  TuningOps,
} from './gen/index.js';
import type {
  DomainEvents,
  NetworkEvents,
  NodeDeviceEvents,
  SecretEvents,
  StoragePoolEvents,
} from './gen/events.gen.js';
import type { Awaitable, CallContext } from './call.js';
import type { DomainRef, NetworkRef, NodeDeviceRef, SecretRef, StoragePoolRef } from './refs.js';

/** Receives events in the order in which they happened, never from within the call that caused them. */
export type EventCallback<Payload> = (event: Payload) => void;

/** virHypervisorDriver, split by subject. */
export interface HypervisorDriver
  extends
    ConnectOps,
    HostOps,
    DomainOps,
    DeviceOps,
    TuningOps,
    GuestOps,
    BlockOps,
    JobOps,
    SnapshotOps,
    CheckpointOps,
    MigrationOps,
    PassthroughOps {
  /** What connectGetType answers, for example `QEMU`. */
  connectGetType(call: CallContext): Awaitable<string>;
  /**
   * virDrvConnectDomainEventRegisterAny: `dom` null means all domains. Returns an id for deregistration, unique within the
   * connection.
   */
  connectDomainEventRegisterAny?<Id extends keyof DomainEvents>(
    dom: DomainRef | null,
    eventID: Id,
    callback: EventCallback<DomainEvents[Id]>,
    call: CallContext,
  ): Awaitable<number>;
  connectDomainEventDeregisterAny?(callbackID: number, call: CallContext): Awaitable<void>;
  /** virDrvConnectDomainQemuMonitorEventRegister: `event` null means all; `flags` are ConnectDomainQemuMonitorEventRegisterFlags. */
  connectDomainQemuMonitorEventRegister?(
    dom: DomainRef | null,
    event: string | null,
    flags: number,
    callback: EventCallback<QemuMonitorEvent>,
    call: CallContext,
  ): Awaitable<number>;
  connectDomainQemuMonitorEventDeregister?(callbackID: number, call: CallContext): Awaitable<void>;
  /** virDrvConnectRegisterCloseCallback: called once when the way to the hypervisor is lost (ConnectCloseReason). */
  connectRegisterCloseCallback?(callback: (reason: number) => void, call: CallContext): Awaitable<void>;
  connectUnregisterCloseCallback?(call: CallContext): Awaitable<void>;
}

/** virConnectDomainQemuMonitorEventCallback; times are seconds and microseconds since the epoch, `details` is JSON. */
export interface QemuMonitorEvent {
  readonly dom: DomainRef;
  readonly event: string;
  readonly seconds: bigint;
  readonly micros: number;
  readonly details: string | null;
}

/** virNetworkDriver */
export interface NetworkDriver extends NetworkOps {
  connectNetworkEventRegisterAny?<Id extends keyof NetworkEvents>(
    net: NetworkRef | null,
    eventID: Id,
    callback: EventCallback<NetworkEvents[Id]>,
    call: CallContext,
  ): Awaitable<number>;
  connectNetworkEventDeregisterAny?(callbackID: number, call: CallContext): Awaitable<void>;
}

/** virStorageDriver */
export interface StorageDriver extends StorageOps {
  connectStoragePoolEventRegisterAny?<Id extends keyof StoragePoolEvents>(
    pool: StoragePoolRef | null,
    eventID: Id,
    callback: EventCallback<StoragePoolEvents[Id]>,
    call: CallContext,
  ): Awaitable<number>;
  connectStoragePoolEventDeregisterAny?(callbackID: number, call: CallContext): Awaitable<void>;
}

/** virInterfaceDriver */
export interface InterfaceDriver extends InterfaceOps {}

/** virNodeDeviceDriver */
export interface NodeDeviceDriver extends NodeDeviceOps {
  connectNodeDeviceEventRegisterAny?<Id extends keyof NodeDeviceEvents>(
    dev: NodeDeviceRef | null,
    eventID: Id,
    callback: EventCallback<NodeDeviceEvents[Id]>,
    call: CallContext,
  ): Awaitable<number>;
  connectNodeDeviceEventDeregisterAny?(callbackID: number, call: CallContext): Awaitable<void>;
}

/** virNWFilterDriver */
export interface NWFilterDriver extends NwfilterOps {}

/** virSecretDriver */
export interface SecretDriver extends SecretOps {
  connectSecretEventRegisterAny?<Id extends keyof SecretEvents>(
    secret: SecretRef | null,
    eventID: Id,
    callback: EventCallback<SecretEvents[Id]>,
    call: CallContext,
  ): Awaitable<number>;
  connectSecretEventDeregisterAny?(callbackID: number, call: CallContext): Awaitable<void>;
}

/** virStateDriver: what a driver does with its host, independent of connections. Resolved once per host. */
export interface StateDriver {
  /**
   * Reads configuration and status, adopts what runs, starts what is marked for autostart. Called before the first
   * connection to the driver is served.
   */
  stateInitialize?(signal?: AbortSignal): Awaitable<void>;
  /**
   * The host serves a scope from its start on, as a daemon does: its objects are brought to life now (adoption, autostart)
   * rather than with the first connection to them.
   */
  stateStart?(scope: 'system' | 'session'): Awaitable<void>;
  /** Reads configuration anew; never forgets a running object. */
  stateReload?(): Awaitable<void>;
  /** The session ends: save what should survive. */
  stateStop?(): Awaitable<void>;
  stateShutdownPrepare?(): Awaitable<void>;
  stateShutdownWait?(): Awaitable<void>;
  /** Lets go of everything in this process; guests go on running. */
  stateCleanup?(): Awaitable<void>;
  /** True while active objects should keep an idle daemon from leaving. */
  readonly active?: boolean;
}
