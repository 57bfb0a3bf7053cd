import {
  type CallContext,
  type ConnectionState,
  type DomainRef,
  type DriverConnection,
  type FunctionEntry,
  type FunctionName,
  FUNCTIONS,
  type HypervisorDriver,
} from '@virtkit/core/driver';
import {
  ConnectCloseReason,
  ErrorCode,
  ErrorDomain,
  LibvirtError,
  TypedParameterType,
  type TypedParam,
} from '@virtkit/core/util';
import type { Target } from './endpoint.js';
import type { RemoteOptions } from './options.js';
import { bindingOf, isDescriptors, procedureOf, remote } from './protocol/index.js';
import { RemoteEvents } from './remote-events.js';
import { SessionKeeper } from './session-keeper.js';

type Method = (...args: unknown[]) => Promise<unknown>;

/** One connection of this driver: the whole API forwarded by the table of procedures, and brought back when it is lost. */
export class RemoteConnection {
  readonly #target: Target;
  readonly #keeper: SessionKeeper;
  readonly #events = new RemoteEvents((procedure, values) => this.#keeper.invoke(procedure, values));
  readonly #listeners = new Set<(state: ConnectionState) => void>();
  #closeCallback: ((reason: number) => void) | undefined;

  constructor(target: Target, options: RemoteOptions, readOnly: boolean) {
    this.#target = target;
    this.#keeper = new SessionKeeper(target, options, readOnly, {
      onEvent: (program, procedure, reader) => this.#events.deliver(program, procedure, reader),
      onLost: () => this.#events.forget(),
      onRegained: (session) => this.#events.restore(session),
      onState: (state) => this.#onState(state),
    });
  }

  async open(signal: AbortSignal | undefined): Promise<DriverConnection> {
    await this.#keeper.open(signal);
    const { name, forwarded } = this.#target;
    return {
      ...this.#tables(),
      // The daemon chose.
      ...(forwarded && name === '' ? { uri: await this.#chosenUri() } : {}),
      onStateChange: (listener) => {
        this.#listeners.add(listener);
        return () => this.#listeners.delete(listener);
      },
      close: () => this.#keeper.close(),
    };
  }

  async #chosenUri(): Promise<string> {
    const { values } = await this.#keeper.session!.call('connectGetURI', []);
    return values[0] as string;
  }

  #onState(state: ConnectionState): void {
    for (const listener of this.#listeners) listener(state);
    if (state.state === 'closed') this.#closeCallback?.(ConnectCloseReason.EOF);
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

  /** A function as a call over the wire; undefined where nothing carries it, or where it cannot do without descriptors. */
  #method(name: FunctionName): Method | undefined {
    const procedure = procedureOf(name);
    if (procedure === undefined || (procedure.options.fds?.min ?? 0) > 0) return undefined;
    const binding = bindingOf(procedure);
    if (binding === undefined || binding.name !== name) return undefined;
    const keeper = this.#keeper;
    const { entry, symbol, countOf } = binding;
    const onObject = entry.on !== 'connect';
    const descriptors = procedure.options.fds === undefined ? -1 : descriptorArgument(entry);
    return async (...args) => {
      const { signal, counting } = args.pop() as CallContext;
      const self = onObject ? (args.shift() as object) : undefined;
      if (descriptors >= 0 && (args[descriptors] as readonly number[]).length > 0) throw noDescriptors(symbol);
      let room: number | undefined;
      if (countOf !== undefined && (counting === true || binding.exactRoom)) {
        room = countOf((await keeper.invoke(procedure, binding.wire(self, args, 0), signal)).values);
        if (counting === true) return new Array<TypedParam>(room).fill(ANY_PARAM);
      }
      const { values, stream } = await keeper.invoke(procedure, binding.wire(self, args, room), signal);
      return binding.result(values, stream, args);
    };
  }

  /** What is settled at this end. */
  #own(): Partial<HypervisorDriver> {
    const { endpoint } = this.#target;
    return {
      connectIsAlive: () => this.#keeper.session !== undefined,
      connectIsEncrypted: () => endpoint.kind === 'tls' || endpoint.kind === 'command',
      // Both parts of the way have to be.
      connectIsSecure: async ({ signal }) =>
        endpoint.kind !== 'tcp' && (await this.#keeper.invoke(IS_SECURE, [], signal)).values[0] !== 0,
      connectSetKeepAlive: (interval, count) => {
        this.#keeper.session?.client.startKeepalive(interval, count);
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

/** Stands for each parameter where only their number counts. */
const ANY_PARAM: TypedParam = { field: '', type: TypedParameterType.INT, value: 0 };

const IS_SECURE = remote.byName.get('connectIsSecure')!;

const descriptorArgument = ({ args }: FunctionEntry): number =>
  args.findIndex((text) => isDescriptors(...(text.split(':') as [string, string])));

const noDescriptors = (symbol: string): LibvirtError =>
  new LibvirtError(
    ErrorCode.NO_SUPPORT,
    ErrorDomain.REMOTE,
    `${symbol}: passing file descriptors to a daemon needs native code`,
  );
