import { MessageStatus, MessageType } from '@virtkit/core/util';
import { keepalive } from '@virtkit/driver-remote/protocol';
import type { Client } from './client.js';

export const PING = 1;
export const PONG = 2;

/** Sends a ping or pong: no payload, serial 0. */
export function sendKeepalive(client: Client, procedure: typeof PING | typeof PONG): void {
  client.begin({ program: keepalive, procedure, serial: 0 }, MessageType.MESSAGE, MessageStatus.OK);
  client.commit();
}

/**
 * The watch over one client: pings when nothing was heard for `interval` seconds, and says the client is dead when
 * `count` pings stay unanswered for another interval. Anything that arrives counts as an answer.
 */
export class KeepaliveWatch {
  #pinged = 0;
  #lastPing = 0;

  constructor(
    private readonly client: Client,
    private readonly interval: number,
    private readonly count: number,
  ) {}

  /** Called about once a second. False if the client is dead. */
  tick(now: number): boolean {
    const { client } = this;
    // We do not listen to a client that has too much in execution, so its silence says nothing.
    if (client.stalled) client.lastReceived = now;
    if (client.lastReceived > this.#lastPing) this.#pinged = 0;
    const silent = now - Math.max(client.lastReceived, this.#pinged > 0 ? this.#lastPing : 0);
    if (silent < this.interval * 1000) return true;
    if (this.#pinged >= this.count) return false;
    this.#pinged++;
    this.#lastPing = now;
    sendKeepalive(client, PING);
    return true;
  }
}
