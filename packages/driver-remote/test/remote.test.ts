import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Domain, ErrorCode } from '@virtkit/core';
import type { ConnectionState } from '@virtkit/core/driver';
import { FakeDaemon, open } from './fake-daemon.js';

const dom = { name: 'web', uuid: '5aa5d0a5-0c5c-4b0e-b1d5-6cf3b9d4b5a1', id: 3 };
describe('a remote connection', () => {
  it('asks in the order that daemons expect, and sends the URI without what is its own', async () => {
    let name: unknown;
    await using daemon = new FakeDaemon({ connectOpen: ([uri]) => ((name = uri), []) });
    await daemon.listen();
    await using connect = await open(daemon);
    expect(await connect.getType()).toBe('FAKE');
    expect(daemon.calls).toEqual([
      'authList',
      'connectSupportsFeature',
      'connectOpen',
      'connectRegisterCloseCallback',
      'connectGetType',
    ]);
    expect(name).toBe('fake:///system?keep=me');
  });

  it('forwards calls and their errors, with every field', async () => {
    await using daemon = new FakeDaemon({
      domainLookupByName: ([name]) => {
        if (name !== 'web') throw new Error();
        return [dom];
      },
      domainGetInfo: () => [1, 2048n, 1024n, 2, 99n],
      connectListAllDomains: ([need, flags]) => [[dom], need === 1 && flags === 3 ? 1 : 99],
    });
    await daemon.listen();
    await using connect = await open(daemon);
    const domain = await connect.domainLookupByName('web');
    expect(domain).toBeInstanceOf(Domain);
    expect(await domain.getInfo()).toEqual({ state: 1, maxMem: 2048n, memory: 1024n, nrVirtCpu: 2, cpuTime: 99n });
    expect((await connect.listAllDomains(3)).map(({ ref }) => ref)).toEqual([dom]);
    await expect(connect.domainLookupByName('x')).rejects.toMatchObject({
      code: ErrorCode.NO_DOMAIN,
      domain: 12,
      message: 'Domain not found: gone',
      str1: 'Domain not found: %s',
    });
  });

  it('asks how many figures there are before it asks for them, where it must, and only that where only that is wanted', async () => {
    const rooms: unknown[] = [];
    const stats = ['user', 'kernel', 'idle', 'iowait'].map((field) => ({ field, value: 1n }));
    await using daemon = new FakeDaemon({
      nodeGetCPUStats: ([, nparams]) => (rooms.push(nparams), nparams === 0 ? [[], 4] : [stats, 4]),
      domainGetMemoryParameters: ([, nparams, flags]) => (rooms.push(nparams, flags), [[], 3]),
    });
    await daemon.listen();
    await using connect = await open(daemon);
    expect(await connect.nodeGetCPUStats(-1)).toEqual(stats);
    expect(rooms.splice(0)).toEqual([0, 4]);
    expect(await connect.call('domainGetMemoryParameters', dom, [1], undefined, true)).toHaveLength(3);
    await connect.call('domainGetMemoryParameters', dom, [1]);
    // Strings are welcome.
    expect(rooms).toEqual([0, 5, 16, 5]);
  });

  it('matches answers by serial, whatever their order', async () => {
    await using daemon = new FakeDaemon({
      domainLookupByID: async ([id]) => {
        await sleep(20 - 2 * (id as number));
        return [{ ...dom, id }];
      },
    });
    await daemon.listen();
    await using connect = await open(daemon);
    const order: number[] = [];
    const ids = await Promise.all(
      [0, 1, 2, 3, 4, 5, 6, 7].map(async (id) => {
        const found = await connect.domainLookupByID(id);
        order.push(id);
        return found.id;
      }),
    );
    expect(ids).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(order[0]).not.toBe(0);
  });

  it('gives up at the deadline and when its caller does', async () => {
    await using daemon = new FakeDaemon({ domainSuspend: () => undefined });
    await daemon.listen();
    await using connect = await open(daemon, { callDeadline: 40 });
    const domain = new Domain(connect, dom);
    await expect(domain.suspend()).rejects.toMatchObject({ code: ErrorCode.OPERATION_TIMEOUT });
    const signal = AbortSignal.abort();
    await expect(domain.suspend({ signal })).rejects.toMatchObject({ code: ErrorCode.OPERATION_ABORTED });
    expect(await connect.getType()).toBe('FAKE');
  });

  it('delivers events, also one that overtakes the answer to its registration', async () => {
    await using daemon = new FakeDaemon({
      connectDomainEventCallbackRegisterAny: (_, peer) => {
        peer.event('domainEventCallbackLifecycle', [7, { dom, event: 2, detail: 0 }]);
        setImmediate(() => peer.event('domainEventCallbackLifecycle', [7, { dom, event: 5, detail: 1 }]));
        return [7];
      },
      connectDomainEventCallbackDeregisterAny: () => [],
    });
    await daemon.listen();
    await using connect = await open(daemon);
    const seen: unknown[] = [];
    const id = await connect.domainEventRegisterAny(null, 0, (event) => seen.push(event));
    await expect
      .poll(() => seen)
      .toEqual([
        { dom, event: 2, detail: 0 },
        { dom, event: 5, detail: 1 },
      ]);
    await connect.domainEventDeregisterAny(id);
    expect(daemon.calls.at(-1)).toBe('connectDomainEventCallbackDeregisterAny');
  });

  it('carries streams both ways, and the error of a late end', async () => {
    await using daemon = new FakeDaemon({ domainOpenConsole: () => [] });
    daemon.onStream = (serial, status, data, peer) => {
      if (status === 2) {
        peer.stream('domainOpenConsole', serial, 2, Buffer.from(data.toString().toUpperCase()));
        peer.stream('domainOpenConsole', serial, 2);
      } else peer.stream('domainOpenConsole', serial, 0);
    };
    await daemon.listen();
    await using connect = await open(daemon);
    const console = await new Domain(connect, dom).openConsole(null, 0);
    await console.send(Buffer.from('hello'));
    const text: string[] = [];
    for await (const chunk of console) text.push(Buffer.from(chunk).toString());
    expect(text.join('')).toBe('HELLO');
    expect(daemon.streamed.map(({ status }) => status)).toEqual([2, 0]);
  });

  it('comes back when the daemon does, says so, and registers its events anew', async () => {
    await using daemon = new FakeDaemon({ connectDomainEventCallbackRegisterAny: () => [1] });
    await daemon.listen();
    await using connect = await open(daemon);
    const states: ConnectionState['state'][] = [];
    connect.onStateChange(({ state }) => states.push(state));
    await connect.domainEventRegisterAny(null, 0, () => undefined);
    await daemon.stop();
    await expect.poll(() => states).toEqual(['reconnecting']);
    const waiting = connect.getType();
    await sleep(50);
    await daemon.listen();
    expect(await waiting).toBe('FAKE');
    await expect.poll(() => states).toEqual(['reconnecting', 'connected']);
    expect(daemon.calls.filter((name) => name.includes('RegisterAny'))).toHaveLength(2);
  });

  it('without reconnecting fails what is in flight and says that it is closed', async () => {
    await using daemon = new FakeDaemon({ domainSuspend: () => undefined });
    await daemon.listen();
    await using connect = await open(daemon, { reconnect: 0 });
    const states: string[] = [];
    connect.onStateChange(({ state }) => states.push(state));
    const lost = new Domain(connect, dom).suspend();
    await expect.poll(() => daemon.calls.at(-1)).toBe('domainSuspend');
    await daemon.stop();
    await expect(lost).rejects.toMatchObject({ code: ErrorCode.RPC });
    expect(states).toEqual(['closed']);
    expect(await connect.isAlive()).toBe(false);
  });

  it('names the socket that nobody listens on', async () => {
    await using daemon = new FakeDaemon();
    await expect(open(daemon)).rejects.toMatchObject({
      code: ErrorCode.SYSTEM_ERROR,
      int1: 2,
      message: expect.stringContaining(`Failed to connect socket to '${daemon.path}'`) as string,
    });
  });
});
