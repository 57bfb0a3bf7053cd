import {
  ErrorCode,
  ErrorDomain,
  LibvirtError,
  MessageStatus,
  MessageType,
  rpcError,
  type XdrReader,
} from '@virtkit/core/util';
import type { Log } from '@virtkit/core';
import { keepalive, type Program } from '@virtkit/driver-remote/protocol';
import type { Client, Frame } from '../server/client.js';
import { KeepaliveWatch, PING, PONG, sendKeepalive } from '../server/keepalive.js';
import type { ServedClient } from '../server/server.js';
import type { Call, Plan } from './call.js';

const NO_VALUES: readonly unknown[] = [];

/**
 * The dialogue with one client: calls are decoded, run and answered, each with its serial; pings are answered. What is
 * served is up to those who extend it.
 */
export abstract class RpcSession<Self> implements ServedClient {
  #keepalive: KeepaliveWatch | undefined;

  constructor(
    readonly client: Client,
    readonly log: Log,
  ) {}

  abstract get authenticated(): boolean;
  /** The program of a call, if it is served here. */
  protected abstract program(number: number): Program | undefined;
  /** How a procedure of the program is done; undefined if clients cannot call it. */
  protected abstract plan(program: Program, procedure: number): Plan<Self> | undefined;
  /** A stream message of an authenticated client. */
  protected abstract stream(frame: Frame): void;
  /** The answer of a call cannot be sent: what it promised is to be undone. */
  protected abandon(_call: Call<Self>): void {}
  /** The answer of a call was sent; not told of errors. */
  protected replied(_call: Call<Self>): void {}
  abstract closed(): void;

  /** Pings from us begin when the client says that it can answer them. */
  startKeepalive(interval: number, count: number): void {
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
        return this.stream(frame);
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
    const program = this.program(header.program);
    const plan =
      program === undefined || program.version !== header.version ? undefined : this.plan(program, header.procedure);
    const call: Call<Self> = {
      program: program ?? { number: header.program, version: header.version },
      procedure: header.procedure,
      serial: header.serial,
      plan: plan!,
    };
    let wire: readonly unknown[];
    let result: unknown;
    try {
      this.#check(header, program, plan);
      wire = decode(plan, reader);
      result = plan.run(this as unknown as Self, wire, call);
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

  #check(
    header: Frame['header'],
    program: Program | undefined,
    plan: Plan<Self> | undefined,
  ): asserts plan is Plan<Self> {
    if (program === undefined || program.version !== header.version)
      throw rpcError(`Cannot find program ${header.program} version ${header.version}`);
    if (header.status !== MessageStatus.OK) throw rpcError(`Unexpected message status ${header.status} in a call`);
    if (plan === undefined) throw rpcError(`unknown procedure: ${header.procedure}`);
    if (plan.procedure.options.anonymous !== true && !this.authenticated) throw rpcError('authentication required');
  }

  #reply(call: Call<Self>, values: readonly unknown[]): void {
    const { client } = this;
    if (client.closed) return this.abandon(call);
    const out = client.begin(call, MessageType.REPLY, MessageStatus.OK);
    try {
      call.plan.ret?.encodeFields(out, values);
      client.commit();
    } catch (error) {
      out.cancel();
      this.abandon(call);
      return this.#fail(call, error);
    }
    this.replied(call);
  }

  #fail(call: Call<Self>, error: unknown): void {
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
}

/** The programming fault that an error stands for: its stack belongs into the log. Undefined for errors that are meant. */
function faultBehind(error: unknown): Error | undefined {
  if (!LibvirtError.is(error)) return error instanceof Error ? error : new Error(String(error));
  const { code, cause } = error;
  return code === ErrorCode.INTERNAL_ERROR && cause instanceof Error && !LibvirtError.is(cause) ? cause : undefined;
}

function decode<S>(plan: Plan<S>, reader: XdrReader): readonly unknown[] {
  if (plan.args === undefined) return NO_VALUES;
  try {
    return plan.args.decodeFields(reader);
  } catch (error) {
    throw rpcError(`Unable to decode message payload: ${LibvirtError.from(error).message}`, error);
  }
}
