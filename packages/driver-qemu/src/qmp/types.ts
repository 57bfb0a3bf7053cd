/** QEMU's version as its greeting tells it. */
export interface QmpVersion {
  readonly qemu: { readonly major: number; readonly minor: number; readonly micro: number };
  readonly package: string;
}

/** Why QEMU or the guest stops, in the data of SHUTDOWN and RESET. */
export type ShutdownCause =
  | 'none'
  | 'host-error'
  | 'host-qmp-quit'
  | 'host-qmp-system-reset'
  | 'host-signal'
  | 'host-ui'
  | 'guest-shutdown'
  | 'guest-reset'
  | 'guest-panic'
  | 'subsystem-reset'
  | 'snapshot-load';

interface GraphicsPeer {
  readonly host: string;
  readonly service: string;
  readonly family: 'ipv4' | 'ipv6' | 'unix' | 'vsock' | 'unknown';
  readonly websocket?: boolean;
  readonly auth?: string;
  readonly x509_dname?: string;
  readonly sasl_username?: string;
}

interface GraphicsEvent {
  readonly server: GraphicsPeer;
  readonly client: GraphicsPeer;
}

/** The events that this driver acts on, with their data as QEMU documents it. */
export interface QmpEvents {
  SHUTDOWN: { readonly guest: boolean; readonly reason: ShutdownCause };
  POWERDOWN: undefined;
  RESET: { readonly guest: boolean; readonly reason: ShutdownCause };
  STOP: undefined;
  RESUME: undefined;
  SUSPEND: undefined;
  SUSPEND_DISK: undefined;
  WAKEUP: undefined;
  WATCHDOG: { readonly action: 'reset' | 'shutdown' | 'poweroff' | 'pause' | 'debug' | 'none' | 'inject-nmi' };
  GUEST_PANICKED: { readonly action: 'pause' | 'poweroff' | 'run'; readonly info?: Readonly<Record<string, unknown>> };
  GUEST_CRASHLOADED: { readonly action: 'pause' | 'poweroff' | 'run' };
  RTC_CHANGE: { readonly offset: number; readonly 'qom-path'?: string };
  BALLOON_CHANGE: { readonly actual: number };
  DEVICE_DELETED: { readonly device?: string; readonly path: string };
  DEVICE_UNPLUG_GUEST_ERROR: { readonly device?: string; readonly path: string };
  DEVICE_TRAY_MOVED: { readonly device: string; readonly id: string; readonly 'tray-open': boolean };
  BLOCK_IO_ERROR: {
    readonly device: string;
    readonly 'node-name'?: string;
    readonly operation: 'read' | 'write';
    readonly action: 'ignore' | 'report' | 'stop';
    readonly nospace?: boolean;
    readonly reason: string;
  };
  BLOCK_WRITE_THRESHOLD: {
    readonly 'node-name': string;
    readonly 'amount-exceeded': number;
    readonly 'write-threshold': number;
  };
  JOB_STATUS_CHANGE: { readonly id: string; readonly status: string };
  MIGRATION: { readonly status: string };
  MIGRATION_PASS: { readonly pass: number };
  DUMP_COMPLETED: { readonly result: Readonly<Record<string, unknown>>; readonly error?: string };
  VSERPORT_CHANGE: { readonly id: string; readonly open: boolean };
  VNC_CONNECTED: GraphicsEvent;
  VNC_INITIALIZED: GraphicsEvent;
  VNC_DISCONNECTED: GraphicsEvent;
  NIC_RX_FILTER_CHANGED: { readonly name?: string; readonly path: string };
  ACPI_DEVICE_OST: { readonly info: Readonly<Record<string, unknown>> };
  MEMORY_FAILURE: Readonly<Record<string, unknown>>;
  MEMORY_DEVICE_SIZE_CHANGE: { readonly id?: string; readonly size: number; readonly 'qom-path': string };
}

/** An event as it came; `event` may also be one that this driver does not know. */
export type QmpEvent = {
  [Name in keyof QmpEvents]: QmpEventOf<Name>;
}[keyof QmpEvents];

export interface QmpEventOf<Name extends keyof QmpEvents> {
  readonly event: Name;
  readonly data: QmpEvents[Name];
  readonly timestamp: { readonly seconds: number; readonly microseconds: number };
}
