import { ErrorCode, ErrorDomain, LibvirtError } from '../util/index.js';
import {
  type AccessManager,
  type Awaitable,
  type CallContext,
  type ConnectionState,
  type ConnectionUri,
  type DriverConnection,
  type DriverTable,
  type EventCallback,
  type FunctionName,
  type HypervisorDriver,
  type Identity,
  type QemuMonitorEvent,
} from '../driver/index.js';
import { AccessCheck } from './access-check.js';
import { ConnectionEvents, type EventSource } from './connection-events.js';
import type { Domain } from './domain.js';
import { EventMethods } from './event-methods.js';
import { findMethod, type Method, type Methods } from './find-method.js';
import { MonitorEvents } from './monitor-events.js';
import { wrap } from './objects.js';
import { type PreparedCall, prepare } from './prepared-call.js';

/** What a host gives a connection. */
export interface ConnectSetup {
  readonly uri: ConnectionUri;
  readonly drivers: DriverConnection;
  /** As in the driver's manifest. */
  readonly driverName: string;
  readonly readOnly: boolean;
  readonly identity: Identity;
  readonly access?: AccessManager | undefined;
  /** Gives a secondary table that the driver itself lacks; asked once for each, at its first use. */
  readonly secondary?: (table: Exclude<DriverTable, 'hypervisor'>) => Promise<DriverConnection | undefined>;
  /** Called once, after the driver closed. */
  readonly onClose?: () => Awaitable<void>;
}

const EMPTY_CALL: CallContext = Object.freeze({ signal: undefined });

/**
 * virConnect: a connection to one driver, and to the secondary drivers that come with it. Opened by a host
 * (`host.open(uri)`). Every call raises LibvirtError; argument, read-only and access checks happen here, once, before a
 * driver sees the call.
 */
export class Connect extends EventMethods {
  readonly connect = this;
  readonly ref = undefined;
  readonly #setup: ConnectSetup;
  readonly #events = new ConnectionEvents((table) => this.#table(table));
  readonly #monitor = new MonitorEvents(() => this.#tables.hypervisor as HypervisorDriver | undefined);
  readonly #tables: Partial<Record<DriverTable, object | undefined>> = {};
  readonly #methods = new Map<FunctionName, Method>();
  readonly #access: AccessCheck | undefined;
  #closed = false;

  constructor(setup: ConnectSetup) {
    super();
    this.#setup = setup;
    const { close: _close, onStateChange: _onStateChange, uri: _uri, ...tables } = setup.drivers;
    for (const [table, driver] of Object.entries(tables))
      if (driver !== undefined) this.#tables[table as DriverTable] = driver;
    const { access, identity, driverName } = setup;
    if (access !== undefined)
      this.#access = new AccessCheck(access, identity, driverName, (name, args) => this.#lookUp(name, args));
  }

  /** virConnectGetURI, taken apart. */
  get uri(): ConnectionUri {
    return this.#setup.uri;
  }

  get readOnly(): boolean {
    return this.#setup.readOnly;
  }

  get identity(): Identity {
    return this.#setup.identity;
  }

  /** Name of the driver that serves this connection, as in its manifest. */
  get driverName(): string {
    return this.#setup.driverName;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** virConnectGetURI */
  getURI(): string {
    return this.#setup.uri.text;
  }

  /** True if a driver serves this function on this connection, directly or through a newer or older form of it. */
  async supports(name: FunctionName): Promise<boolean> {
    const prepared = prepare(name);
    await this.#table(prepared.entry.table);
    return this.#method(prepared) !== undefined;
  }

  /**
   * virConnectClose: ends callbacks and streams, and lets the driver go. Domains are left as they are. A second close
   * does nothing.
   */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.endIterations();
    await this.#events.close();
    await this.#monitor.close();
    try {
      await this.#setup.drivers.close?.();
    } finally {
      await this.#setup.onClose?.();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Turns the references in what `name` returned into public objects. */
  wrap(name: FunctionName, raw: unknown): unknown {
    return wrap(this, prepare(name).entry.returns, raw);
  }

  /**
   * One call by its name in libvirt's driver tables, on references: what public objects and the wire dispatch both use.
   * Answers at once where the driver does. `self` is the reference of the object that the function acts on.
   */
  call(
    name: FunctionName,
    self: object | undefined,
    args: readonly unknown[],
    signal?: AbortSignal,
    counting = false,
  ): Awaitable<unknown> {
    const prepared = prepare(name);
    if (this.#closed)
      throw new LibvirtError(ErrorCode.INVALID_CONN, ErrorDomain.NONE, `${prepared.symbol}: the connection was closed`);
    prepared.check(args);
    if (this.#setup.readOnly && prepared.deniedReadOnly(args))
      throw new LibvirtError(
        ErrorCode.OPERATION_DENIED,
        prepared.domain,
        `read only access prevents ${prepared.symbol}`,
      );
    const access = this.#access;
    if (access === undefined) return this.#invoke(prepared, self, args, signal, counting);
    const subject = access.subject(prepared.entry.on, self);
    const checked = (ref: Awaited<typeof subject>): Awaitable<unknown> => {
      access.authorize(prepared, ref, args);
      return this.#invoke(prepared, self, args, signal, counting);
    };
    return subject instanceof Promise ? subject.then(checked) : checked(subject);
  }

  #invoke(
    prepared: PreparedCall,
    self: object | undefined,
    args: readonly unknown[],
    signal: AbortSignal | undefined,
    counting: boolean,
  ): Awaitable<unknown> {
    if (signal?.aborted) throw aborted(prepared, signal);
    const method = this.#method(prepared);
    if (method === undefined) {
      const { table } = prepared.entry;
      if (this.#isPending(table))
        return this.#table(table).then(() => this.#invoke(prepared, self, args, signal, counting));
      throw new LibvirtError(ErrorCode.NO_SUPPORT, prepared.domain, prepared.symbol);
    }
    const call = counting ? { signal, counting } : signal === undefined ? EMPTY_CALL : { signal };
    let result: Awaitable<unknown>;
    try {
      result = self === undefined ? method(...args, call) : method(self, ...args, call);
    } catch (error) {
      throw LibvirtError.from(error, prepared.domain);
    }
    const access = this.#access;
    if (!(result instanceof Promise)) return access === undefined ? result : access.result(prepared, result);
    const settled = result.then(
      (value: unknown) => (access === undefined ? value : access.result(prepared, value)),
      (error: unknown) => {
        throw LibvirtError.from(error, prepared.domain);
      },
    );
    return signal === undefined ? settled : untilAborted(settled, prepared, signal);
  }

  /** The driver's function, or what stands in for it; looked up once per connection. */
  #method(prepared: PreparedCall): Method | undefined {
    let method = this.#methods.get(prepared.name);
    if (method === undefined) {
      const { table } = prepared.entry;
      method = findMethod(this.#tables[table] as Methods | undefined, prepared);
      if (method !== undefined) this.#methods.set(prepared.name, method);
    }
    return method;
  }

  #isPending(table: DriverTable): boolean {
    return table !== 'hypervisor' && this.#setup.secondary !== undefined && !(table in this.#tables);
  }

  /** A table of the driver's own, or one that the host fills in at its first use. */
  async #table(table: DriverTable): Promise<object | undefined> {
    if (table !== 'hypervisor' && this.#isPending(table)) {
      const connection = await this.#setup.secondary!(table);
      this.#tables[table] = connection?.[table];
    }
    return this.#tables[table];
  }

  /** A look-up by the driver itself, for access checks. */
  #lookUp(name: FunctionName, args: readonly unknown[]): Awaitable<unknown> {
    const prepared = prepare(name);
    const { table } = prepared.entry;
    if (this.#method(prepared) === undefined && this.#isPending(table))
      return this.#table(table).then(() => this.#method(prepared)?.(...args, EMPTY_CALL));
    return this.#method(prepared)?.(...args, EMPTY_CALL);
  }

  // Events

  /**
   * Tells when the way to the hypervisor is lost and regained (remote connections); the returned function ends that. Where
   * it cannot be lost the listener is never called.
   */
  onStateChange(listener: (state: ConnectionState) => void): () => void {
    return this.#setup.drivers.onStateChange?.(listener) ?? (() => undefined);
  }

  /**
   * Registers a callback by references, as the wire does. Returns the id for {@link deregisterEvent}; all end with the
   * connection.
   */
  registerEvent(
    source: EventSource,
    ref: object | null,
    eventID: number,
    callback: (event: never) => void,
  ): Promise<number> {
    const access = this.#access;
    if (access === undefined) return this.#events.register(source, ref, eventID, callback);
    return this.#events.register(source, ref, eventID, (event: never) => {
      if (access.mayHear(source, event)) callback(event);
    });
  }

  deregisterEvent(source: EventSource, callbackID: number): Promise<void> {
    return this.#events.deregister(source, callbackID);
  }

  /**
   * virConnectDomainQemuMonitorEventRegister: events of QEMU's monitor as they are, of one domain or all, of one name or
   * all; the callback gets references. `flags` are ConnectDomainQemuMonitorEventRegisterFlags.
   */
  async qemuMonitorEventRegister(
    domain: Domain | { readonly ref: Domain['ref'] } | null,
    event: string | null,
    callback: EventCallback<QemuMonitorEvent>,
    flags = 0,
  ): Promise<number> {
    const symbol = 'virConnectDomainQemuMonitorEventRegister';
    if (this.#setup.readOnly)
      throw new LibvirtError(ErrorCode.OPERATION_DENIED, ErrorDomain.DOM, `read only access prevents ${symbol}`);
    this.#access?.require('connect', 'write', symbol);
    return this.#monitor.register(domain?.ref ?? null, event, flags, callback);
  }

  /** virConnectDomainQemuMonitorEventDeregister */
  qemuMonitorEventDeregister(callbackID: number): Promise<void> {
    return this.#monitor.deregister(callbackID);
  }
}

function aborted(prepared: PreparedCall, signal: AbortSignal): LibvirtError {
  const timedOut = (signal.reason as { name?: string } | undefined)?.name === 'TimeoutError';
  return new LibvirtError(
    timedOut ? ErrorCode.OPERATION_TIMEOUT : ErrorCode.OPERATION_ABORTED,
    prepared.domain,
    `${prepared.symbol}: ${timedOut ? 'no answer before the deadline' : 'the caller gave up waiting'}`,
    { cause: signal.reason },
  );
}

/** A driver should notice the signal itself; a caller gets its answer even from one that does not. */
function untilAborted<T>(work: Promise<T>, prepared: PreparedCall, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const onAbort = (): void => reject(aborted(prepared, signal));
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
