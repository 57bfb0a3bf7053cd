import { XdrReader, xdrCodec } from '@virtkit/core/util';
import { eventOfMessage, qemu, remote } from '@virtkit/driver-remote/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Message, RawClient } from './support/raw-client.js';
import { startDaemon, type Running } from './support/start.js';

let running: Running;
beforeEach(async () => {
  running = await startDaemon('max_client_events = 65536\n');
});
afterEach(() => running.stop());

const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 30));
const decode = (message: Message): unknown =>
  eventOfMessage(remote.byNumber[message.procedure]!)!.decode(new XdrReader(message.payload));

describe('events', () => {
  it('go to every client under the id of its own registration', async () => {
    const clients: RawClient[] = [];
    const ids: unknown[] = [];
    for (let i = 0; i < 5; i++) {
      const client = await running.client().open();
      ids.push((await client.call('connectDomainEventCallbackRegisterAny', 0, null))['callbackID']);
      clients.push(client);
    }
    expect(new Set(ids).size).toBe(5);
    const dom = running.fake.domains[0]!;
    running.fake.lifecycle(dom, 2);
    running.fake.lifecycle(dom, 5);
    await settle();
    clients.forEach((client, i) => {
      expect(client.events).toMatchObject([
        { program: remote.number, procedure: 318, serial: 1, status: 0 },
        { procedure: 318 },
      ]);
      expect(client.events.map(decode)).toEqual([
        { callbackID: ids[i], payload: { dom, event: 2, detail: 0 } },
        { callbackID: ids[i], payload: { dom, event: 5, detail: 0 } },
      ]);
    });
  });

  it('can be had for one domain', async () => {
    const client = await running.client().open();
    const [first, second] = running.fake.domains;
    await client.call('connectDomainEventCallbackRegisterAny', 0, second);
    running.fake.lifecycle(first!, 2);
    running.fake.lifecycle(second!, 2);
    await settle();
    expect(client.events.map(decode)).toMatchObject([{ payload: { dom: second } }]);
  });

  it('end with deregistration and with the connection', async () => {
    const client = await running.client().open();
    const { callbackID } = await client.call('connectDomainEventCallbackRegisterAny', 0, null);
    await client.call('connectDomainEventCallbackDeregisterAny', callbackID);
    await expect(client.call('connectDomainEventCallbackDeregisterAny', callbackID)).rejects.toMatchObject({ code: 1 });
    expect(running.fake.events.registrations).toBe(0);
    await client.call('connectDomainEventCallbackRegisterAny', 0, null);
    expect(running.fake.events.registrations).toBe(1);
    client.close();
    await settle();
    expect(running.fake.events.registrations).toBe(0);
  });

  it('are sent without an id to clients of the first generation', async () => {
    const client = await running.client().open();
    expect(await client.call('connectDomainEventRegister')).toEqual({ cbRegistered: 0 });
    await expect(client.call('connectDomainEventRegister')).rejects.toMatchObject({
      code: 8,
      message: 'invalid argument: event callback already tracked',
    });
    await expect(client.call('connectDomainEventRegisterAny', 16)).rejects.toMatchObject({
      code: 1,
      message: 'internal error: unsupported event ID 16',
    });
    running.fake.lifecycle(running.fake.domains[0]!, 2);
    await settle();
    expect(client.events.map(decode)).toEqual([
      { callbackID: -1, payload: { dom: running.fake.domains[0], event: 2, detail: 0 } },
    ]);
    await client.call('connectDomainEventDeregister');
    await expect(client.call('connectDomainEventDeregister')).rejects.toMatchObject({
      message: 'internal error: domain event 0 not registered',
    });
  });

  it('say NO_SUPPORT where the driver has none', async () => {
    const client = await running.client().open();
    await expect(client.call('connectNetworkEventRegisterAny', 0, null)).rejects.toMatchObject({ code: 3 });
    await expect(client.call('connectDomainEventCallbackRegisterAny', 99, null)).rejects.toMatchObject({ code: 1 });
  });

  it('of the monitor go by their own program', async () => {
    const client = await running.client().open();
    const [first, second] = running.fake.domains;
    const { callbackID } = await client.callOf(qemu, 'connectDomainMonitorEventRegister', second, null, 0);
    running.fake.monitorEvent(first!, 'STOP');
    running.fake.monitorEvent(second!, 'RESUME');
    await settle();
    expect(client.events).toMatchObject([{ program: qemu.number, procedure: 6, serial: 1 }]);
    expect(xdrCodec(qemu.byNumber[6]!.args!).decode(new XdrReader(client.events[0]!.payload))).toEqual({
      callbackID,
      ...{ dom: second, event: 'RESUME', seconds: 5n, micros: 6, details: null },
    });
    await client.callOf(qemu, 'connectDomainMonitorEventDeregister', callbackID);
    expect(running.fake.events.registrations).toBe(0);
  });

  it('tell once that the way to the hypervisor was lost', async () => {
    const client = await running.client().open();
    await client.call('connectRegisterCloseCallback');
    await expect(client.call('connectRegisterCloseCallback')).rejects.toMatchObject({ code: 1 });
    for (let i = 0; i < 2; i++)
      for (const listener of running.fake.stateListeners) listener({ state: 'closed', error: undefined });
    await settle();
    expect(client.events).toMatchObject([{ procedure: 362, payload: Buffer.from([0, 0, 0, 0]) }]);
    await client.call('connectUnregisterCloseCallback');
    expect(running.fake.stateListeners.size).toBe(0);
    await expect(client.call('connectUnregisterCloseCallback')).rejects.toMatchObject({ code: 1 });
  });

  it('cost a client that does not read them its connection, and others nothing', async () => {
    const stalled = await running.client().open();
    const reader = await running.client().open();
    for (const client of [stalled, reader]) await client.call('connectDomainEventCallbackRegisterAny', 0, null);
    stalled.socket.pause();
    const dom = running.fake.domains[0]!;
    for (let round = 0; round < 100; round++) {
      for (let i = 0; i < 100; i++) running.fake.lifecycle(dom, i % 7);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await settle();
    expect(reader.events).toHaveLength(10_000);
    expect(reader.events.map((message) => (decode(message) as { payload: { event: number } }).payload.event)).toEqual(
      Array.from({ length: 10_000 }, (_, i) => (i % 100) % 7),
    );
    expect(running.daemon.server.clientCount).toBe(1);
  });
});
