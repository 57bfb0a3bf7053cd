import {
  type CallContext,
  type ConnectionState,
  type DomainRef,
  type DriverConnection,
  type FunctionName,
  FUNCTIONS,
  type HypervisorDriver,
} from '@virtkit/core/driver';
import { ConnectCloseReason, LibvirtError, rpcError } from '@virtkit/core/util';
import type { Target } from './endpoint.js';
import type { RemoteOptions } from './options.js';
import { type Binding, bindingOf, type Procedure, procedureOf } from './protocol/index.js';
import { RemoteEvents } from './remote-events.js';
import type { Answer } from './rpc-client.js';
import { Session } from './session.js';

type Method = (...args: unknown[]) => Promise<unknown>;

const FIRST_PAUSE = 100;

/** One connection of this driver: the whole API forwarded by the table of procedures, and brought back when it is lost. */
export class RemoteConnection {
  readonly #target: Target;
  readonly #options: RemoteOptions;
  readonly #readOnly: boolean;
  readonly #events = new RemoteEvents((procedure, values) => this.#invoke(procedure, values));
  readonly #listeners = new Set<(state: ConnectionState) => void>();
  #session: Session | undefined;
  #reconnecting: Promise<void> | undefined;
  #closeCallback: ((reason: number) => void) | undefined;
  #closing = false;

  constructor(target: Target, options: RemoteOptions, readOnly: boolean) {
    this.#target = target;
    this.#options = options;
    this.#readOnly = readOnly;
  }

  async open(signal: AbortSignal | undefined): Promise<DriverConnection> {
    this.#session = await this.#dial(signal);
    const { name, forwarded } = this.#target;
    return {
      ...this.#tables(),
      // The daemon chose.
      ...(forwarded && name === '' ? { uri: (await this.#session.call('connectGetURI', [])).values[0] as string } : {}),
      onStateChange: (listener) => {
        this.#listeners.add(listener);
        return () => this.#listeners.delete(listener);
      },
      close: () => this.#close(),
    };
  }

  #dial(signal?: AbortSignal): Promise<Session> {
    return Session.open({
      ...this.#options,
      target: this.#target,
      readOnly: this.#readOnly,
      signal,
      onEvent: (program, procedure, reader) => this.#events.deliver(program, procedure, reader),
      onClose: (error) => this.#onLost(error),
    });
  }

  async #close(): Promise<void> {
    this.#closing = true;
    await this.#session?.close();
  }

  // Losing and regaining the daemon

  #onLost(error: LibvirtError): void {
    if (this.#closing || this.#session === undefined) return;
    this.#session = undefined;
    if (this.#options.reconnect === 0) {
      this.#tell({ state: 'closed', error });
      this.#closeCallback?.(ConnectCloseReason.EOF);
      return;
    }
    this.#tell({ state: 'reconnecting', error });
    this.#reconnecting = this.#reconnect().finally(() => (this.#reconnecting = undefined));
  }

  async #reconnect(): Promise<void> {
    for (let pause = FIRST_PAUSE; !this.#closing; pause = Math.min(pause * 2, this.#options.reconnect)) {
      await new Promise<void>((resolve) => setTimeout(resolve, pause).unref());
      if (this.#closing) return;
      try {
        this.#session = await this.#dial();
        await this.#events.restore();
        return this.#tell({ state: 'connected', error: undefined });
      } catch {
        // The daemon is not back yet.
        this.#session = undefined;
      }
    }
  }

  #tell(state: ConnectionState): void {
    for (const listener of this.#listeners) listener(state);
  }

  async #invoke(procedure: Procedure, values: readonly unknown[], signal?: AbortSignal): Promise<Answer> {
    if (this.#session === undefined && this.#reconnecting !== undefined) {
      const deadline = AbortSignal.timeout(this.#options.callDeadline || 0x7fffffff);
      await Promise.race([
        this.#reconnecting,
        new Promise((_, reject) =>
          (signal === undefined ? deadline : AbortSignal.any([signal, deadline])).addEventListener('abort', () =>
            reject(rpcError('the daemon is gone, and has not come back')),
          ),
        ),
      ]);
    }
    const session = this.#session;
    if (session === undefined) throw rpcError('the connection to the daemon is lost');
    return session.invoke(procedure, values, signal);
  }

  // The tables

  #tables(): DriverConnection {
    const tables: Record<string, Record<string, unknown>> = {};
    for (const name of Object.keys(FUNCTIONS) as FunctionName[]) {
      const { table } = FUNCTIONS[name];
      const method = this.#method(name);
      if (method !== undefined) (tables[table] ??= {})[name] = method;
    }
    Object.assign(tables['hypervisor']!, this.#own());
    for (const [table, source] of [
      ['hypervisor', 'domain'],
      ['network', 'network'],
      ['storage', 'storagePool'],
      ['nodeDevice', 'nodeDevice'],
      ['secret', 'secret'],
    ] as const) {
      const word = source[0]!.toUpperCase() + source.slice(1);
      Object.assign(tables[table]!, {
        [`connect${word}EventRegisterAny`]: (ref: object | null, id: number, callback: (event: never) => void) =>
          this.#events.register(source, [id, ref], callback),
        [`connect${word}EventDeregisterAny`]: (id: number) => this.#events.deregister(id),
      });
    }
    return tables as DriverConnection;
  }

  /** A function as a call over the wire; undefined where nothing carries it, or where it needs descriptors to be passed. */
  #method(name: FunctionName): Method | undefined {
    const procedure = procedureOf(name);
    if (procedure === undefined || procedure.options.fds !== undefined) return undefined;
    const binding: Binding | undefined = bindingOf(procedure);
    if (binding === undefined || binding.name !== name) return undefined;
    const onObject = FUNCTIONS[name].on !== 'connect';
    return async (...args) => {
      const { signal } = args.pop() as CallContext;
      const self = onObject ? (args.shift() as object) : undefined;
      const room = binding.exactRoom
        ? ((await this.#invoke(procedure, binding.wire(self, args, 0), signal)).values[1] as number)
        : undefined;
      const { values, stream } = await this.#invoke(procedure, binding.wire(self, args, room), signal);
      return binding.result(values, stream, args);
    };
  }

  /** What is settled at this end. */
  #own(): Partial<HypervisorDriver> {
    const { endpoint } = this.#target;
    return {
      connectIsAlive: () => this.#session !== undefined,
      connectIsEncrypted: () => endpoint.kind === 'tls' || endpoint.kind === 'command',
      connectIsSecure: () => endpoint.kind !== 'tcp',
      connectSetKeepAlive: (interval, count) => {
        this.#session?.client.startKeepalive(interval, count);
        return 0;
      },
      connectRegisterCloseCallback: (callback) => void (this.#closeCallback = callback),
      connectUnregisterCloseCallback: () => void (this.#closeCallback = undefined),
      connectDomainQemuMonitorEventRegister: (dom: DomainRef | null, event, flags, callback) =>
        this.#events.register('qemuMonitor', [dom, event, flags], callback),
      connectDomainQemuMonitorEventDeregister: (id) => this.#events.deregister(id),
    };
  }
}
