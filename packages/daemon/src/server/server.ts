import type { Log } from '@virtkit/core';
import { Slots } from '@virtkit/core/util';
import { Client, type ClientLimits, type ClientService } from './client.js';
import type { Listener } from './listeners.js';
import type { Transport } from './transport.js';
import { Turns } from './turns.js';
import { Workers } from './workers.js';

/** A service that also says what the server must know of its client. */
export interface ServedClient extends ClientService {
  readonly authenticated: boolean;
  /** About once a second; false disconnects. */
  tick(now: number): boolean;
}

export interface ServerLimits extends ClientLimits {
  readonly clients: number;
  /** Calls in execution for all clients together. */
  readonly workers: number;
  /** Clients that have not authenticated yet; accepting pauses at this many. */
  readonly anonymous: number;
  /** Connections that wait for their turn while a limit is reached; more are closed. */
  readonly queued: number;
}

interface Served {
  readonly client: Client;
  readonly service: ServedClient;
  anonymous: boolean;
}

/** The listening sockets of one protocol server and its clients. */
export class Server {
  limits: ServerLimits;
  readonly #served = new Slots<Served>();
  /** How many of them have not authenticated. */
  #anonymous = 0;
  /** Calls in execution. */
  readonly workers: Workers;
  readonly #turns: Turns;
  readonly #listeners: Listener[] = [];
  #nextId = 1;
  #ticker: NodeJS.Timeout | undefined;
  readonly #waiting = new Set<Transport>();

  constructor(
    readonly name: string,
    limits: ServerLimits,
    private readonly log: Log,
    private readonly serve: (client: Client) => ServedClient,
  ) {
    this.limits = limits;
    this.workers = new Workers(limits.workers);
    this.#turns = new Turns(this.workers);
  }

  async listen(listener: Listener): Promise<void> {
    await listener.listen((transport) => this.#accept(transport));
    this.#listeners.push(listener);
    this.#ticker ??= setInterval(() => this.#tick(), 1000).unref();
    this.log.info(`${this.name}: listening`, { on: listener.address });
  }

  get listeners(): readonly Listener[] {
    return this.#listeners;
  }

  get clients(): Client[] {
    return Array.from(this.#served, ({ client }) => client);
  }

  get clientCount(): number {
    return this.#served.size;
  }

  get anonymousClients(): number {
    return this.#anonymous;
  }

  #accept(transport: Transport): void {
    if (!this.#full()) return this.#admit(transport);
    if (this.#waiting.size >= this.limits.queued) {
      this.log.warning(`${this.name}: too many clients, one was turned away`, { from: transport.peer });
      transport.socket.destroy();
      return;
    }
    this.#waiting.add(transport);
    // Nothing is read of it, as if it still waited in the kernel's queue.
    transport.socket.on('error', () => undefined);
    transport.socket.once('close', () => this.#waiting.delete(transport));
  }

  #full(): boolean {
    return this.clientCount >= this.limits.clients || this.anonymousClients >= this.limits.anonymous;
  }

  #admit(transport: Transport): void {
    const client = new Client(this.#nextId++, transport, this.limits, this.#turns, (who, text) =>
      this.log.warning(text, context(who)),
    );
    const service = this.serve(client);
    client.service = {
      receive: (frame) => service.receive(frame),
      closed: () => {
        this.#served.remove(slot);
        if (served.anonymous) this.#anonymous--;
        service.closed();
        this.log.debug('client disconnected', context(client));
        this.#admitWaiting();
      },
    };
    const served: Served = { client, service, anonymous: !service.authenticated };
    const slot = this.#served.add(served);
    if (served.anonymous) this.#anonymous++;
    this.log.debug('client connected', context(client));
  }

  #admitWaiting(): void {
    for (const transport of this.#waiting) {
      if (this.#full()) return;
      this.#waiting.delete(transport);
      this.#admit(transport);
    }
  }

  /** To be called when a client has authenticated. */
  authenticated(): void {
    for (const served of this.#served)
      if (served.anonymous && served.service.authenticated) {
        served.anonymous = false;
        this.#anonymous--;
      }
    this.#admitWaiting();
  }

  #tick(): void {
    const now = performance.now();
    for (const { client, service } of [...this.#served])
      if (!service.tick(now)) {
        this.log.warning('no answer to keepalive: disconnected', context(client));
        client.destroy();
      }
  }

  /** Stops listening, then hangs up on everybody. */
  async close(): Promise<void> {
    clearInterval(this.#ticker);
    const closed = this.#listeners.map((listener) => listener.close());
    for (const { socket } of [...this.#waiting]) socket.destroy();
    for (const client of this.clients) client.destroy();
    await Promise.all(closed);
  }
}

/** What a log line says of a client. */
export function context(client: Client): Record<string, unknown> {
  return { client: client.id, from: client.transport.peer };
}
