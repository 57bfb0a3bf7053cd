import { afterEach, describe, expect, it } from 'vitest';
import { FakeHypervisor } from './support/fake-driver.js';
import { RawClient } from './support/raw-client.js';
import { startDaemon, type Running } from './support/start.js';

// VIRTKIT_ENDURANCE=1 makes it 64 clients with 10,000 calls each.
const FULL = process.env['VIRTKIT_ENDURANCE'] === '1';
const CLIENTS = FULL ? 64 : 8;
const CALLS = FULL ? 10_000 : 300;
const DEPTH = 16;

let running: Running;
afterEach(() => running.stop());

describe('many clients at once', () => {
  it('get every reply, each its own, beside one that stalls and others that are killed', async () => {
    running = await startDaemon('', new FakeHypervisor(100));
    const { domains } = running.fake;
    const stalled = await running.client().open();
    stalled.socket.pause();
    const listing = stalled.frame(RawClient.procedure('connectListAllDomains'), 1, [1, 0]);
    for (let i = 0; i < 20_000; i++) stalled.socket.write(listing);

    let killed = 0;
    const killer = setInterval(() => {
      const victim = new RawClient(running.socket);
      victim.socket.write(victim.frame(RawClient.procedure('connectOpen'), 0, ['fake:///x', 0]));
      victim.socket.write(victim.frame(RawClient.procedure('domainSuspend'), 1, [domains[0]]));
      setTimeout(() => victim.close(), 5);
      killed++;
    }, 20);

    const work = async (client: RawClient, offset: number): Promise<void> => {
      for (let done = 0; done < CALLS; done += DEPTH) {
        const wanted = Array.from({ length: DEPTH }, (_, i) => domains[(offset + done + i) % domains.length]!);
        const found = await Promise.all(wanted.map(({ uuid }) => client.call('domainLookupByUUID', uuid)));
        expect(found.map(({ dom }) => dom)).toEqual(wanted);
      }
    };
    const clients = await Promise.all(Array.from({ length: CLIENTS }, () => running.client().open()));
    await Promise.all(clients.map((client, index) => work(client, index * 7)));
    const before = process.memoryUsage().rss;
    await Promise.all(clients.map((client, index) => work(client, index * 7)));
    const grown = process.memoryUsage().rss - before;
    clearInterval(killer);
    expect(killed).toBeGreaterThan(0);
    // Once warm, the same work again needs no more memory; the stalled client's answers are not piled up.
    expect(grown).toBeLessThan(64 * 1024 * 1024);
    const [first] = running.daemon.server.clients;
    expect(first!.unread).toBeLessThan(8 * 1024 * 1024);
  }, 600_000);
});
