import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Domain, ErrorCode } from '@virtkit/core';
import type { ConnectionState } from '@virtkit/core/driver';
import { FakeDaemon, open, type Peer } from './fake-daemon.js';

const dom = { name: 'web', uuid: '5aa5d0a5-0c5c-4b0e-b1d5-6cf3b9d4b5a1', id: 3 };
const LIFECYCLE = 'domainEventCallbackLifecycle';
const STREAM_OK = 0;
const STREAM_ERROR = 1;
const STREAM_CONTINUE = 2;

describe('a remote connection in trouble', () => {
  it('keeps a thousand calls apart', async () => {
    await using daemon = new FakeDaemon({
      domainLookupByID: async ([id]) => {
        if ((id as number) % 3 === 0) await sleep((id as number) % 7);
        return [{ ...dom, id }];
      },
    });
    await daemon.listen();
    await using connect = await open(daemon);
    const ids = Array.from({ length: 1000 }, (_, i) => i);
    const found = await Promise.all(ids.map((id) => connect.domainLookupByID(id)));
    expect(found.map(({ id }) => id)).toEqual(ids);
  });

  it('takes answers as large as the protocol has them', async () => {
    const all = Array.from({ length: 16384 }, (_, id) => ({ ...dom, name: `domain-${id}`, id }));
    const xml = `<domain>${'x'.repeat(4194304 - 17)}</domain>`;
    await using daemon = new FakeDaemon({
      connectListAllDomains: () => [all, all.length],
      domainGetXMLDesc: () => [xml],
    });
    await daemon.listen();
    await using connect = await open(daemon);
    const [list, text] = await Promise.all([connect.listAllDomains(), new Domain(connect, dom).getXMLDesc()]);
    expect(list.map(({ name }) => name)).toEqual(all.map(({ name }) => name));
    expect(text).toBe(xml);
  });

  it('an answer that cannot be read fails its own call only', async () => {
    await using daemon = new FakeDaemon({
      // Less than the record has.
      domainGetInfo: (_, peer, serial) => peer.reply('domainGetInfo', serial, Buffer.alloc(8)),
    });
    await daemon.listen();
    await using connect = await open(daemon);
    const [lost, type] = await Promise.allSettled([new Domain(connect, dom).getInfo(), connect.getType()]);
    expect(lost).toMatchObject({ status: 'rejected', reason: { code: ErrorCode.RPC } });
    expect(type).toMatchObject({ status: 'fulfilled', value: 'FAKE' });
    expect(await connect.isAlive()).toBe(true);
  });

  it('gives up a daemon that holds the connection and says nothing, and asks again', async () => {
    await using daemon = new FakeDaemon();
    await daemon.listen();
    await using connect = await open(daemon, { keepaliveInterval: 0.02, keepaliveCount: 2 });
    const states: ConnectionState[] = [];
    connect.onStateChange((state) => states.push(state));
    daemon.mute();
    const lost = connect.getType();
    await expect(lost).rejects.toMatchObject({ code: ErrorCode.RPC, message: expect.stringContaining('keepalive') });
    expect(states.map(({ state }) => state)).toEqual(['reconnecting']);
    daemon.mute(false);
    expect(await connect.getType()).toBe('FAKE');
  });

  it('opening ends when the caller gives up, even if the daemon says nothing', async () => {
    await using daemon = new FakeDaemon({ connectOpen: () => undefined });
    await daemon.listen();
    const opening = open(daemon, {}, undefined, AbortSignal.timeout(50));
    await expect(opening).rejects.toMatchObject({ code: ErrorCode.OPERATION_ABORTED });
    await expect.poll(() => daemon.peers.size).toBe(0);
  });

  it('closing ends the search for a daemon that is gone, and what waits for it', async () => {
    await using daemon = new FakeDaemon();
    await daemon.listen();
    const connect = await open(daemon);
    await daemon.stop();
    await expect.poll(() => connect.isAlive()).toBe(false);
    const waiting = connect.getType();
    await connect.close();
    await expect(waiting).rejects.toMatchObject({ code: ErrorCode.RPC });
    await daemon.listen();
    await sleep(250);
    expect(daemon.peers.size).toBe(0);
  });

  it('waits for the daemon no longer than a call may take', async () => {
    await using daemon = new FakeDaemon();
    await daemon.listen();
    await using connect = await open(daemon, { callDeadline: 60 });
    await daemon.stop();
    await expect.poll(() => connect.isAlive()).toBe(false);
    await expect(connect.getType()).rejects.toMatchObject({ code: ErrorCode.OPERATION_TIMEOUT });
  });

  it('a daemon that loses its hypervisor is asked anew', async () => {
    let peer: Peer | undefined;
    await using daemon = new FakeDaemon({ connectRegisterCloseCallback: (_, from) => ((peer = from), []) });
    await daemon.listen();
    await using connect = await open(daemon);
    const states: ConnectionState[] = [];
    connect.onStateChange((state) => states.push(state));
    await connect.getType();
    peer!.event('connectEventConnectionClosed', [1]);
    await expect.poll(() => states.map(({ state }) => state)).toEqual(['reconnecting', 'connected']);
    expect(states[0]!.error!.message).toContain('lost its way to the hypervisor');
    expect(daemon.calls.filter((name) => name === 'connectOpen')).toHaveLength(2);
  });

  describe('events', () => {
    it('survive a listener that raises', async () => {
      const uncaught: unknown[] = [];
      const before = process.listeners('uncaughtException');
      process.removeAllListeners('uncaughtException');
      process.on('uncaughtException', (error) => uncaught.push(error));
      try {
        let peer: Peer | undefined;
        await using daemon = new FakeDaemon({
          connectDomainEventCallbackRegisterAny: (_, from) => ((peer = from), [daemon.calls.length]),
        });
        await daemon.listen();
        await using connect = await open(daemon);
        const fault = new Error('a fault of the listener');
        const seen: unknown[] = [];
        await connect.domainEventRegisterAny(null, 0, () => {
          throw fault;
        });
        const first = daemon.calls.length;
        await connect.domainEventRegisterAny(null, 0, (event) => seen.push(event));
        peer!.event(LIFECYCLE, [first, { dom, event: 2, detail: 0 }]);
        peer!.event(LIFECYCLE, [daemon.calls.length, { dom, event: 2, detail: 0 }]);
        await expect.poll(() => seen).toHaveLength(1);
        expect(uncaught).toEqual([fault]);
        expect(await connect.isAlive()).toBe(true);
      } finally {
        process.removeAllListeners('uncaughtException');
        for (const listener of before) process.on('uncaughtException', listener);
      }
    });

    it('of a domain that is gone by the time that the daemon is back cost nothing else', async () => {
      let gone = false;
      await using daemon = new FakeDaemon({
        connectDomainEventCallbackRegisterAny: ([, ref]) => {
          if (gone && ref !== null) throw new Error();
          return [gone ? 3 : ref === null ? 4 : 3];
        },
        connectDomainEventCallbackDeregisterAny: () => [],
      });
      await daemon.listen();
      await using connect = await open(daemon);
      const states: string[] = [];
      connect.onStateChange(({ state }) => states.push(state));
      const ofDomain = await connect.domainEventRegisterAny(new Domain(connect, dom), 0, () => undefined);
      const ofAll = await connect.domainEventRegisterAny(null, 0, () => undefined);
      gone = true;
      await daemon.stop();
      await daemon.listen();
      await expect.poll(() => states).toEqual(['reconnecting', 'connected']);
      // The daemon counts anew: what was number 3 there is another registration now, and must not be dropped.
      await connect.domainEventDeregisterAny(ofDomain);
      expect(daemon.calls).not.toContain('connectDomainEventCallbackDeregisterAny');
      await connect.domainEventDeregisterAny(ofAll);
      expect(daemon.calls.at(-1)).toBe('connectDomainEventCallbackDeregisterAny');
    });
  });

  describe('streams', () => {
    it('fail with the connection, after what came before', async () => {
      await using daemon = new FakeDaemon({ domainOpenConsole: () => [] });
      daemon.onStream = (serial, status, _, peer) => {
        if (status !== STREAM_CONTINUE) return;
        peer.stream('domainOpenConsole', serial, STREAM_CONTINUE, Buffer.from('last words'));
        setTimeout(() => peer.socket.destroy(), 20);
      };
      await daemon.listen();
      await using connect = await open(daemon, { reconnect: 0 });
      const console = await new Domain(connect, dom).openConsole(null, 0);
      await console.send(Buffer.from('x'));
      expect(Buffer.from((await console.recv())!).toString()).toBe('last words');
      await expect(console.recv()).rejects.toMatchObject({ code: ErrorCode.RPC });
      await expect(console.finish()).rejects.toMatchObject({ code: ErrorCode.RPC });
    });

    it('that open too late are ended at the daemon', async () => {
      await using daemon = new FakeDaemon({
        domainOpenConsole: async () => {
          await sleep(80);
          return [];
        },
      });
      await daemon.listen();
      await using connect = await open(daemon, { callDeadline: 30 });
      await expect(new Domain(connect, dom).openConsole(null, 0)).rejects.toMatchObject({
        code: ErrorCode.OPERATION_TIMEOUT,
      });
      await expect.poll(() => daemon.streamed.map(({ status }) => status)).toEqual([STREAM_ERROR]);
    });

    it('that nobody reads hold back their data, but no answers and no pings', async () => {
      let sent = 0;
      await using daemon = new FakeDaemon({
        domainOpenConsole: (_, peer, serial) => {
          const chunk = Buffer.alloc(262120, 7);
          const pump = (): void => {
            while (sent < 400) {
              sent++;
              if (!peer.stream('domainOpenConsole', serial, STREAM_CONTINUE, chunk))
                return void peer.socket.once('drain', pump);
            }
            peer.stream('domainOpenConsole', serial, STREAM_CONTINUE);
          };
          setImmediate(pump);
          return [];
        },
      });
      daemon.onStream = (serial, _, __, peer) => peer.stream('domainOpenConsole', serial, STREAM_OK);
      await daemon.listen();
      await using connect = await open(daemon, { keepaliveInterval: 0.03, keepaliveCount: 2 });
      const console = await new Domain(connect, dom).openConsole(null, 0);
      await expect.poll(() => daemon.pings, { timeout: 10_000 }).toBeGreaterThan(2);
      // 16 MiB, and what the socket holds.
      expect(sent).toBeLessThan(100);
      expect(await connect.getType()).toBe('FAKE');
      let bytes = 0;
      for await (const data of console) bytes += data.length;
      expect(bytes).toBe(400 * 262120);
      expect(await connect.isAlive()).toBe(true);
    });
  });
});
