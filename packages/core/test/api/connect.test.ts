import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { Connect, type ConnectSetup, Domain, ErrorCode, LibvirtError, parseUri } from '@virtkit/core';
import { type DomainEvents, type DomainRef, EventState, type HypervisorDriver } from '@virtkit/core/driver';

const ref: DomainRef = { name: 'web', uuid: '5aa5d0a5-0c5c-4b0e-b1d5-6cf3b9d4b5a1', id: 3 };

function connect(hypervisor: Partial<HypervisorDriver>, setup: Partial<ConnectSetup> = {}): Connect {
  return new Connect({
    uri: parseUri('demo:///'),
    drivers: { hypervisor: { connectGetType: () => 'DEMO', ...hypervisor } },
    driverName: 'demo',
    readOnly: false,
    identity: { uid: 0 },
    ...setup,
  });
}
const code = async (work: () => unknown): Promise<number> => {
  try {
    await work();
  } catch (error) {
    if (error instanceof LibvirtError) return error.code;
    throw error;
  }
  throw new Error('nothing was raised');
};

describe('a call', () => {
  it('reaches the driver and comes back as public objects', async () => {
    const conn = connect({ domainLookupByName: (name) => ({ ...ref, name }) });
    const domain = await conn.domainLookupByName('web');
    expect(domain).toBeInstanceOf(Domain);
    expect([domain.name, domain.id]).toEqual(['web', 3]);
  });

  it('hands references, not handles, to the driver', async () => {
    let seen: readonly DomainRef[] = [];
    const conn = connect({
      connectGetAllDomainStats: (doms) => ((seen = doms), [{ dom: doms[0]!, params: [] }]),
    });
    const [record] = await conn.getAllDomainStats([new Domain(conn, ref)], 0);
    expect(seen).toEqual([ref]);
    expect(record?.dom).toBeInstanceOf(Domain);
  });

  it('answers at once where the driver does', () => {
    const conn = connect({ connectGetMaxVcpus: () => 16 });
    expect(conn.call('connectGetMaxVcpus', undefined, [null])).toBe(16);
  });

  it('without a driver method says NO_SUPPORT and names the public function', async () => {
    const conn = connect({});
    await expect(new Domain(conn, ref).injectNMI()).rejects.toMatchObject({
      code: ErrorCode.NO_SUPPORT,
      message: 'this function is not supported by the connection driver: virDomainInjectNMI',
    });
  });

  it('falls back to the form with flags, and from lists to numbers', async () => {
    const calls: unknown[] = [];
    const conn = connect({
      domainShutdownFlags: (domain, flags) => void calls.push([domain.name, flags]),
      connectListAllDomains: (flags) => (flags === 2 ? [ref] : [ref, ref]),
    });
    await new Domain(conn, ref).shutdown();
    expect(calls).toEqual([['web', 0]]);
    expect(await conn.listDefinedDomains()).toEqual(['web']);
    expect(await conn.numOfDomains()).toBe(2);
  });

  it('is refused on read-only connections where libvirt refuses it, also by flag', async () => {
    const conn = connect({ domainDestroyFlags: () => {}, domainGetXMLDesc: () => '<domain/>' }, { readOnly: true });
    const domain = new Domain(conn, ref);
    expect(await code(() => domain.destroyFlags())).toBe(ErrorCode.OPERATION_DENIED);
    expect(await code(() => domain.getXMLDesc(1))).toBe(ErrorCode.OPERATION_DENIED);
    expect(await domain.getXMLDesc(0)).toBe('<domain/>');
  });

  it('is refused for wrong arguments and flags that exclude each other', async () => {
    const domain = new Domain(connect({ domainSaveFlags: () => {}, domainSetMemoryFlags: () => {} }), ref);
    expect(await code(() => domain.saveFlags('/x', null, 2 + 4))).toBe(ErrorCode.INVALID_ARG);
    expect(await code(() => domain.setMemoryFlags(0n))).toBe(ErrorCode.INVALID_ARG);
    expect(await code(() => domain.setMemoryFlags(-1n))).toBe(ErrorCode.INVALID_ARG);
    expect(await code(() => domain.setMemoryFlags('9' as unknown as bigint))).toBe(ErrorCode.INVALID_ARG);
  });

  it('turns whatever a driver throws into a LibvirtError with its cause', async () => {
    const cause = new TypeError('x is not a function');
    const conn = connect({
      domainSuspend: () => {
        throw cause;
      },
    });
    await expect(new Domain(conn, ref).suspend()).rejects.toMatchObject({ code: ErrorCode.INTERNAL_ERROR, cause });
  });

  it('stops waiting when its signal is aborted, even if the driver does not', async () => {
    const conn = connect({ domainSuspend: () => new Promise(() => {}) });
    const controller = new AbortController();
    const waiting = new Domain(conn, ref).suspend({ signal: controller.signal });
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ code: ErrorCode.OPERATION_ABORTED });
    const late = new Domain(conn, ref).suspend({ signal: AbortSignal.timeout(5) });
    await expect(late).rejects.toMatchObject({ code: ErrorCode.OPERATION_TIMEOUT });
  });

  it('finds objects in lists where the driver has no look-up', async () => {
    const conn = connect({ connectListAllDomains: () => [ref, { ...ref, name: 'db', id: 4 }] });
    expect((await conn.domainLookupByUUID(ref.uuid)).name).toBe(ref.name);
    expect((await conn.domainLookupByName('db')).name).toBe('db');
    expect((await conn.domainLookupByID(4)).name).toBe('db');
    expect(await code(() => conn.domainLookupByName('nosuch'))).toBe(ErrorCode.NO_DOMAIN);
    await expect(conn.domainLookupByName('nosuch')).rejects.toThrow("no domain with matching name 'nosuch'");
  });

  it('asks the access manager, and hides from lists what may not be seen', async () => {
    const other = { ...ref, name: 'db', uuid: '5aa5d0a5-0c5c-4b0e-b1d5-6cf3b9d4b5a2' };
    const all = [ref, other];
    const conn = connect(
      {
        connectListAllDomains: () => all,
        domainLookupByUUID: (uuid) => all.find((one) => one.uuid === uuid)!,
        domainLookupByName: async (name) => all.find((one) => one.name === name)!,
        domainSuspend: () => {},
        domainSnapshotDelete: async () => {},
      },
      { access: { check: (_, { object, ref }) => object === 'connect' || ref?.['name'] === 'web' } },
    );
    expect((await conn.listAllDomains()).map(({ name }) => name)).toEqual(['web']);
    expect(await code(() => new Domain(conn, other).suspend())).toBe(ErrorCode.ACCESS_DENIED);
    await new Domain(conn, ref).suspend();
    // A look-up is judged by what it found, and a made-up name opens nothing.
    expect(await code(() => conn.domainLookupByName('db'))).toBe(ErrorCode.ACCESS_DENIED);
    expect((await conn.domainLookupByName('web')).uuid).toBe(ref.uuid);
    expect(await code(() => new Domain(conn, { ...other, name: 'web' }).suspend())).toBe(ErrorCode.ACCESS_DENIED);
    const snapshot = (dom: DomainRef): unknown => conn.call('domainSnapshotDelete', { name: 'web', dom }, [0]);
    expect(await code(() => snapshot(other))).toBe(ErrorCode.ACCESS_DENIED);
    await snapshot(ref);
  });

  it('after close says so, and closing twice does nothing', async () => {
    const conn = connect({});
    await conn.close();
    await conn.close();
    expect(await code(() => conn.getType())).toBe(ErrorCode.INVALID_CONN);
  });

  it('asks the host for a table that the driver lacks, once', async () => {
    let asked = 0;
    const conn = connect(
      {},
      {
        secondary: async (table) => {
          asked++;
          return table === 'network' ? { network: { connectListAllNetworks: () => [] } } : undefined;
        },
      },
    );
    expect(await conn.listAllNetworks()).toEqual([]);
    expect(await conn.numOfNetworks()).toBe(0);
    expect(await conn.supports('connectListAllSecrets')).toBe(false);
    expect(asked).toBe(2);
  });
});

describe('events', () => {
  const tick = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  function withEvents(): { state: EventState<DomainEvents>; conn: Connect } {
    const state = new EventState<DomainEvents>();
    const conn = connect({
      connectDomainEventRegisterAny: (dom, id, callback) => state.register(id, dom?.uuid ?? null, callback),
      connectDomainEventDeregisterAny: (id) => void state.deregister(id),
    });
    return { state, conn };
  }

  it('arrive in order, and not at those that were deregistered meanwhile', async () => {
    const { state, conn } = withEvents();
    const seen: number[] = [];
    const first = await conn.domainEventRegisterAny(null, 0, async ({ event }) => {
      seen.push(event);
      await conn.domainEventDeregisterAny(first);
    });
    for (let event = 0; event < 3; event++) state.emit(0, ref.uuid, { dom: ref, event, detail: 0 });
    expect(seen).toEqual([]);
    await tick();
    expect(seen[0]).toBe(0);
    expect(state.registrations).toBe(0);
  });

  it('can be limited to one domain', async () => {
    const { state, conn } = withEvents();
    const seen: string[] = [];
    await conn.domainEventRegisterAny(new Domain(conn, ref), 1, ({ dom }) => seen.push(dom.name));
    state.emit(1, 'other', { dom: { ...ref, name: 'other' } });
    state.emit(1, ref.uuid, { dom: ref });
    await tick();
    expect(seen).toEqual(['web']);
  });

  it('as an iterator mark what a slow reader missed, and end with the signal', async () => {
    const { state, conn } = withEvents();
    const controller = new AbortController();
    const events = await conn.domainEvents([0], { bufferSize: 2, signal: controller.signal });
    for (let event = 0; event < 5; event++) state.emit(0, ref.uuid, { dom: ref, event, detail: 0 });
    await tick();
    controller.abort();
    const seen: unknown[] = [];
    for await (const event of events) seen.push('dropped' in event ? event : event.event);
    expect(seen).toEqual([{ dropped: 3 }, 3, 4]);
    await tick();
    expect(state.registrations).toBe(0);
  });

  it('as an iterator end with the connection, and are not begun for a signal that was given before', async () => {
    const { state, conn } = withEvents();
    const none = await conn.domainEvents([0, 1], { signal: AbortSignal.abort() });
    expect(await none.next()).toEqual({ done: true, value: undefined });
    expect(state.registrations).toBe(0);
    const controller = new AbortController();
    const events = await conn.domainEvents([0], { signal: controller.signal });
    const waiting = events.next();
    await conn.close();
    expect(await waiting).toEqual({ done: true, value: undefined });
    expect(state.registrations).toBe(0);
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
  });

  it('of an unknown number are refused', async () => {
    const { conn } = withEvents();
    expect(await code(() => conn.domainEventRegisterAny(null, 99 as 0, () => {}))).toBe(ErrorCode.INVALID_ARG);
    expect(await code(() => conn.domainEventDeregisterAny(7))).toBe(ErrorCode.INVALID_ARG);
  });
});
