/** Log levels are libvirt's priorities. */
export type LogLevel = 'debug' | 'info' | 'warning' | 'error';

export interface Log {
  /** `context` says which client, domain or path the message concerns. */
  log(level: LogLevel, message: string, context?: Readonly<Record<string, unknown>>): void;
  debug(message: string, context?: Readonly<Record<string, unknown>>): void;
  info(message: string, context?: Readonly<Record<string, unknown>>): void;
  warning(message: string, context?: Readonly<Record<string, unknown>>): void;
  error(message: string, context?: Readonly<Record<string, unknown>>): void;
  /** The same log with a source name (libvirt's log filters match it). */
  child(source: string): Log;
}

/** Time as drivers see it; tests inject one that stands still. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Nanoseconds, monotonic. */
  monotonic(): bigint;
  /** Runs `callback` after `ms`; the returned function cancels it. */
  schedule(ms: number, callback: () => void): () => void;
}

export interface CommandResult {
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly input?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds until the program is killed and OPERATION_TIMEOUT raised; default 60,000. */
  readonly deadline?: number;
}

/** Runs programs: always an argument list, never a shell. */
export interface CommandRunner {
  /** Raises INTERNAL_ERROR with the program's stderr where it fails, OPERATION_TIMEOUT at the deadline. */
  run(program: string, args: readonly string[], options?: CommandOptions): Promise<CommandResult>;
  /** Absolute path of a program in PATH, or undefined. */
  find(program: string): string | undefined;
}

/** Directories of one scope of a driver, each absolute; they are created by those who write to them. */
export interface Directories {
  /** Definitions, autostart links, configuration. */
  readonly etc: string;
  /** Images, save files and other data that must survive a reboot. */
  readonly lib: string;
  /** Status files and sockets; empty after a reboot. */
  readonly run: string;
  readonly log: string;
  readonly cache: string;
}

/** Which set of directories a connection uses: the host's, the user's, or those below one root. */
export type StateScope = 'system' | 'session' | { readonly root: string };

export interface StateDirs {
  /** `name` is the driver's own folder in each of them, for example `qemu`. */
  of(scope: StateScope, name: string): Directories;
}

/** Reads below the host's root, so that a test can put sysfs in a folder. */
export interface HostFs {
  readonly root: string;
  /** Absolute host path for reading. */
  path(path: string): string;
}

/** What a driver makes its state from: the services of the host, and the driver's own options. */
export interface StateServices {
  readonly dirs: StateDirs;
  readonly log: Log;
  readonly clock: Clock;
  readonly commands: CommandRunner;
  readonly hostFs: HostFs;
  /** As the host's configuration gives them; a driver validates them itself. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** {@link StateServices} as the state of one scope has them. */
export interface ScopeServices extends Omit<StateServices, 'dirs' | 'options'> {
  readonly scope: StateScope;
  readonly dirs: Directories;
}

/** Who is calling. Fields are absent where the transport does not tell. */
export interface Identity {
  readonly uid?: number;
  readonly gid?: number;
  readonly pid?: number;
  readonly userName?: string;
  readonly groupName?: string;
  readonly saslUser?: string;
  readonly x509Name?: string;
  readonly selinuxContext?: string;
  /** True for calls that the host makes by itself, for example at start. */
  readonly system?: boolean;
  readonly readOnly?: boolean;
}
