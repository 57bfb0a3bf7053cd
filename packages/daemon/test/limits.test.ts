import { afterEach, describe, expect, it } from 'vitest';
import { FrameWriter, MessageStatus, MessageType } from '@virtkit/core/util';
import { remote } from '@virtkit/driver-remote/protocol';
import { RawClient } from './support/raw-client.js';
import { startDaemon, type Running } from './support/start.js';

let running: Running;
afterEach(() => running.stop());

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('limits', () => {
  it('stops reading a client with too many calls in execution', async () => {
    running = await startDaemon('max_client_requests = 3\n');
    const client = await running.client().open();
    const dom = running.fake.domains[0];
    const slow = Array.from({ length: 5 }, () => client.send('domainSuspend', dom));
    const late = client.send('connectGetHostname');
    await pause(30);
    expect(running.fake.waiting).toHaveLength(3);
    expect(client.order).not.toContain(late.serial);
    // Others do not notice.
    const other = await running.client().open();
    expect(await other.call('connectGetHostname')).toEqual({ hostname: 'localhost' });
    running.fake.release();
    await pause(30);
    expect(running.fake.waiting).toHaveLength(2);
    running.fake.release();
    await Promise.all([...slow, late].map(({ reply }) => reply));
  });

  it('notices that a client leaves whose calls hang', async () => {
    running = await startDaemon('max_client_requests = 2\n');
    const client = await running.client().open();
    for (let i = 0; i < 5; i++) client.send('domainSuspend', running.fake.domains[0]);
    await pause(30);
    expect(running.fake.waiting).toHaveLength(2);
    client.close();
    await pause(50);
    expect(running.daemon.server.clientCount).toBe(0);
  });

  it('stops serving a client that does not read its answers, and goes on when it does', async () => {
    running = await startDaemon('max_client_output = 65536\n');
    const client = await running.client().open();
    client.socket.pause();
    const frame = client.frame(RawClient.procedure('connectListAllDomains'), 1000, [1, 0]);
    const writer = new FrameWriter();
    for (let i = 0; i < 50_000; i++) writer.raw(frame);
    client.socket.write(Buffer.from(writer.written()));
    await pause(100);
    const [served] = running.daemon.server.clients.values();
    expect(served!.unread).toBeLessThan(1024 * 1024);
    const other = await running.client().open();
    expect(await other.call('connectGetHostname')).toEqual({ hostname: 'localhost' });
    const before = client.order.length;
    client.socket.resume();
    for (let i = 0; i < 300 && client.order.length < before + 50_000; i++) await pause(10);
    expect(client.order.length).toBe(before + 50_000);
  });

  it('lets clients beyond the limit wait, and turns away those beyond the queue', async () => {
    running = await startDaemon('max_clients = 2\nmax_queued_clients = 1\n');
    const first = await running.client().open();
    await running.client().open();
    const waiting = running.client();
    let served = false;
    const opened = waiting.open().then(() => (served = true));
    await pause(20);
    const turnedAway = running.client();
    await turnedAway.gone();
    expect(served).toBe(false);
    first.close();
    await opened;
    expect(await waiting.call('connectGetHostname')).toEqual({ hostname: 'localhost' });
  });

  it('answers with an error for a driver that does not answer in time', async () => {
    running = await startDaemon('call_timeout = 1\n');
    const client = await running.client().open();
    const slow = client.call('domainSuspend', running.fake.domains[0]);
    expect(await client.call('connectGetHostname')).toEqual({ hostname: 'localhost' });
    await expect(slow).rejects.toMatchObject({ code: 68 });
  });

  it('drops a client that leaves pings unanswered', async () => {
    running = await startDaemon('keepalive_interval = 1\nkeepalive_count = 1\n');
    const silent = running.client();
    await silent.call('connectSupportsFeature', 10);
    const quiet = await running.client().open();
    await silent.gone();
    expect(silent.events).toMatchObject([{ program: 0x6b656570, procedure: 1 }]);
    // One that never offered to answer is left alone.
    expect(await quiet.call('connectGetHostname')).toEqual({ hostname: 'localhost' });
  }, 10_000);

  it('survives frames that are cut, changed or out of order', async () => {
    running = await startDaemon('log_level = 4\n');
    const good = await running.client().open();
    let seed = 12345;
    const random = (below: number): number => {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
      return (seed >>> 8) % below;
    };
    const callable = remote.procedures.filter(({ kind }) => kind === 'call');
    for (let round = 0; round < 60; round++) {
      const client = new RawClient(running.socket);
      if (random(3) > 0) client.send('connectOpen', 'fake:///x', 0);
      for (let i = 0; i < 50; i++) {
        const writer = new FrameWriter();
        const type = random(10) === 0 ? random(8) : MessageType.CALL;
        const procedure = random(5) === 0 ? random(500) : callable[random(callable.length)]!.number;
        // Closing is a legal wish; here it would only end the round.
        if (procedure === 2) continue;
        writer.begin(remote.number, 1, procedure, type, i + 10, random(20) === 0 ? random(4) : MessageStatus.OK);
        for (let words = random(20); words > 0; words--) writer.int(random(4) === 0 ? random(2 ** 32) : random(4));
        writer.finish();
        const bytes = Buffer.from(writer.written());
        if (random(40) === 0) bytes.writeUInt32BE(random(2 ** 32), 0);
        for (let flips = random(3); flips > 0; flips--) bytes[4 + random(bytes.length - 4)]! ^= 1 << random(8);
        client.socket.write(random(50) === 0 ? bytes.subarray(0, random(bytes.length)) : bytes);
      }
      expect(await good.call('connectGetHostname')).toEqual({ hostname: 'localhost' });
      client.close();
    }
    running.fake.release();
  }, 30_000);
});
