import type { Connect, Identity, Log } from '@virtkit/core';
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtkit/core/util';
import { lxc, qemu, remote, type Program } from '@virtkit/driver-remote/protocol';
import type { Authentication } from '../auth/authentication.js';
import type { Client, Frame } from '../server/client.js';
import type { Call, Plan } from './call.js';
import type { EventFrames } from './event-frames.js';
import { EventRegistrations } from './event-registrations.js';
import { planOf } from './plan.js';
import { RpcSession } from './rpc-session.js';
import { SessionStreams } from './session-streams.js';
import type { StreamDriver } from '@virtkit/core';

/** What sessions need of the daemon. */
export interface SessionHost {
  readonly log: Log;
  readonly frames: EventFrames;
  readonly keepalive: { readonly interval: number; readonly count: number };
  /** Milliseconds that a call may take; 0 for any time. */
  readonly callTimeout: number;
  open(name: string, options: { readOnly: boolean; identity: Identity; noAliases: boolean }): Promise<Connect>;
  /** A client completed its authentication. */
  authenticated(): void;
}

const PROGRAMS = new Map<number, Program>([remote, qemu, lxc].map((program) => [program.number, program]));

/** The dialogue with one client on the main sockets: its authentication, its connection to a driver, streams and events. */
export class Session extends RpcSession<Session> {
  /** Opening is under way, or done. */
  opening: Promise<Connect> | undefined;
  #streams: SessionStreams | undefined;
  #events: EventRegistrations | undefined;
  #connect: Connect | undefined;

  constructor(
    client: Client,
    readonly host: SessionHost,
    readonly authentication: Authentication,
  ) {
    super(client, host.log);
  }

  get events(): EventRegistrations {
    return (this.#events ??= new EventRegistrations(this.client, this.host.frames));
  }

  /** Ends a call that takes too long; undefined where none can. */
  get deadline(): AbortSignal | undefined {
    const { callTimeout } = this.host;
    return callTimeout === 0 ? undefined : AbortSignal.timeout(callTimeout);
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

  protected program(number: number): Program | undefined {
    return PROGRAMS.get(number);
  }

  protected plan(program: Program, procedure: number): Plan<Session> | undefined {
    return planOf(program, procedure);
  }

  protected stream(frame: Frame): void {
    this.#streams?.receive(frame);
  }

  protected override abandon(call: Call<Session>): void {
    this.#streams?.abandon(call);
  }

  protected override replied(call: Call<Session>): void {
    this.#streams?.begin(call);
  }

  /** The call opened a stream: it begins when the answer is sent. */
  offerStream(call: Call<Session>, driver: StreamDriver | undefined, wire: readonly unknown[]): void {
    if (driver === undefined)
      throw new LibvirtError(ErrorCode.INTERNAL_ERROR, ErrorDomain.STREAMS, 'the driver gave no stream');
    this.#streams ??= new SessionStreams(this.client);
    this.#streams.offer(call, driver, wire);
  }

  closed(): void {
    this.#streams?.abort();
    this.#events?.clear();
    const connect = this.#connect;
    this.#connect = undefined;
    connect?.close().catch((error: unknown) => {
      this.log.error('closing the connection failed', { client: this.client.id, error: String(error) });
    });
  }
}
