import type { Connect, Identity, Log } from '@virtkit/core';
import {
  ErrorCode,
  ErrorDomain,
  LibvirtError,
  MessageStatus,
  MessageType,
  rpcError,
  type XdrReader,
} from '@virtkit/core/util';
import { keepalive, lxc, qemu, remote, type Program } from '@virtkit/driver-remote/protocol';
import type { Authentication } from '../auth/authentication.js';
import type { Client, Frame } from '../server/client.js';
import { KeepaliveWatch, PING, PONG, sendKeepalive } from '../server/keepalive.js';
import type { ServedClient } from '../server/server.js';
import type { EventFrames } from './event-frames.js';
import { EventRegistrations } from './event-registrations.js';
import { planOf, type Call, type Plan } from './plan.js';
import { SessionStreams } from './session-streams.js';
import type { StreamDriver } from '@virtkit/core';

/** What sessions need of the daemon. */
export interface SessionHost {
  readonly log: Log;
  readonly frames: EventFrames;
  readonly keepalive: { readonly interval: number; readonly count: number };
  open(name: string, options: { readOnly: boolean; identity: Identity; noAliases: boolean }): Promise<Connect>;
  /** A client completed its authentication. */
  authenticated(): void;
}

const PROGRAMS = new Map<number, Program>([remote, qemu, lxc].map((program) => [program.number, program]));
const NO_VALUES: readonly unknown[] = [];

/** The dialogue with one client on the main sockets: its authentication, its connection to a driver, streams and events. */
export class Session implements ServedClient {
  readonly log: Log;
  readonly events: EventRegistrations;
  /** Opening is under way, or done. */
  opening: Promise<Connect> | undefined;
  readonly #streams: SessionStreams;
  #connect: Connect | undefined;
  #keepalive: KeepaliveWatch | undefined;

  constructor(
    readonly client: Client,
    readonly host: SessionHost,
    readonly authentication: Authentication,
  ) {
    this.log = host.log;
    this.events = new EventRegistrations(client, host.frames);
    this.#streams = new SessionStreams(client);
  }

  get authenticated(): boolean {
    return this.authentication.complete;
  }

  get identity(): Identity {
    return { ...this.client.transport.identity, ...this.authentication.identity };
  }

  /** The connection to a driver; an error until one was opened. */
  get connect(): Connect {
    if (this.#connect === undefined)
      throw new LibvirtError(ErrorCode.INTERNAL_ERROR, ErrorDomain.RPC, 'hypervisor connection not open');
    return this.#connect;
  }

  /** The opened connection, or undefined. */
  get opened(): Connect | undefined {
    return this.#connect;
  }

  /** Takes an opened connection into use; closes it if the client is gone by now. */
  async adopt(connect: Connect): Promise<void> {
    if (this.client.closed) await connect.close();
    else this.#connect = connect;
  }

  /** Answers pings always; pings from us begin when the client says it can answer them. */
  startKeepalive(): void {
    const { interval, count } = this.host.keepalive;
    if (interval > 0) this.#keepalive ??= new KeepaliveWatch(this.client, interval, count);
  }

  tick(now: number): boolean {
    return this.#keepalive?.tick(now) ?? true;
  }

  receive(frame: Frame): void {
    const { header, reader } = frame;
    switch (header.type) {
      case MessageType.CALL:
        return this.#call(frame, reader);
      case MessageType.CALL_WITH_FDS:
        return this.#callWithDescriptors(frame, reader);
      case MessageType.STREAM:
      case MessageType.STREAM_HOLE:
        if (!this.authenticated) throw rpcError('a stream message before authentication');
        return this.#streams.receive(header, reader);
      case MessageType.MESSAGE:
        if (header.program === keepalive.number && header.procedure === PING) sendKeepalive(this.client, PONG);
        return;
      default:
        throw rpcError(`a client may not send messages of type ${header.type}`);
    }
  }

  /** Descriptors cannot be received, so their carriers are skipped; with none at all it is an ordinary call. */
  #callWithDescriptors(frame: Frame, reader: XdrReader): void {
    const count = reader.length(32);
    this.client.skip(count);
    if (count === 0) return this.#call(frame, reader);
    const { header } = frame;
    this.client.error(
      {
        program: { number: header.program, version: header.version },
        procedure: header.procedure,
        serial: header.serial,
      },
      MessageType.REPLY,
      new LibvirtError(ErrorCode.NO_SUPPORT, ErrorDomain.RPC, 'file descriptor passing'),
    );
  }

  #call({ header }: Frame, reader: XdrReader): void {
    const program = PROGRAMS.get(header.program);
    const plan =
      program === undefined || program.version !== header.version ? undefined : planOf(program, header.procedure);
    const call: Call = {
      program: program ?? { number: header.program, version: header.version },
      procedure: header.procedure,
      serial: header.serial,
      plan: plan!,
      afterReply: undefined,
    };
    let wire: readonly unknown[];
    let result: unknown;
    try {
      this.#check(header, program, plan);
      wire = decode(plan, reader);
      result = plan.run(this, wire, call);
    } catch (error) {
      return this.#fail(call, error);
    }
    if (!(result instanceof Promise)) return this.#reply(call, result as readonly unknown[]);
    this.client.hold();
    (result as Promise<readonly unknown[]>).then(
      (values) => {
        this.#reply(call, values);
        this.client.release();
      },
      (error: unknown) => {
        this.#fail(call, error);
        this.client.release();
      },
    );
  }

  #check(header: Frame['header'], program: Program | undefined, plan: Plan | undefined): asserts plan is Plan {
    if (program === undefined || program.version !== header.version)
      throw rpcError(`Cannot find program ${header.program} version ${header.version}`);
    if (header.status !== MessageStatus.OK) throw rpcError(`Unexpected message status ${header.status} in a call`);
    if (plan === undefined) throw rpcError(`unknown procedure: ${header.procedure}`);
    if (plan.procedure.options.anonymous !== true && !this.authenticated) throw rpcError('authentication required');
  }

  #reply(call: Call, values: readonly unknown[]): void {
    const { client } = this;
    if (client.closed) return this.#streams.abandon(call);
    const out = client.begin(call, MessageType.REPLY, MessageStatus.OK);
    try {
      call.plan.ret?.encodeFields(out, values);
      client.commit();
    } catch (error) {
      out.cancel();
      this.#streams.abandon(call);
      return this.#fail(call, error);
    }
    call.afterReply?.();
  }

  #fail(call: Call, error: unknown): void {
    const failure = LibvirtError.from(error, ErrorDomain.RPC);
    const fault = faultBehind(error);
    if (fault !== undefined)
      this.log.error(`${call.plan?.procedure.name ?? `procedure ${call.procedure}`} failed unexpectedly`, {
        client: this.client.id,
        stack: fault.stack ?? fault.message,
      });
    else if (failure.code === ErrorCode.ACCESS_DENIED || failure.code === ErrorCode.AUTH_FAILED)
      this.log.warning(failure.message, { client: this.client.id, from: this.client.transport.peer });
    if (!this.client.closed) this.client.error(call, MessageType.REPLY, failure);
  }

  /** The call opened a stream: it begins when the answer is sent. */
  offerStream(call: Call, driver: StreamDriver | undefined, wire: readonly unknown[]): void {
    if (driver === undefined)
      throw new LibvirtError(ErrorCode.INTERNAL_ERROR, ErrorDomain.STREAMS, 'the driver gave no stream');
    this.#streams.offer(call, driver, wire);
  }

  closed(): void {
    this.#streams.abort();
    this.events.clear();
    const connect = this.#connect;
    this.#connect = undefined;
    connect?.close().catch((error: unknown) => {
      this.log.error('closing the connection failed', { client: this.client.id, error: String(error) });
    });
  }
}

/** The programming fault that an error stands for: its stack belongs into the log. Undefined for errors that are meant. */
function faultBehind(error: unknown): Error | undefined {
  if (!LibvirtError.is(error)) return error instanceof Error ? error : new Error(String(error));
  const { code, cause } = error;
  return code === ErrorCode.INTERNAL_ERROR && cause instanceof Error && !LibvirtError.is(cause) ? cause : undefined;
}

function decode(plan: Plan, reader: XdrReader): readonly unknown[] {
  if (plan.args === undefined) return NO_VALUES;
  try {
    return plan.args.decodeFields(reader);
  } catch (error) {
    throw rpcError(`Unable to decode message payload: ${LibvirtError.from(error).message}`, error);
  }
}
