import type { Host } from '@virtkit/core';
import { ErrorCode, LibvirtError } from '@virtkit/core/util';
import { afterEach, describe, expect, it } from 'vitest';
import { callerOf, domainXml, ManualClock, outcome, testHost } from './support/open.js';

let host: Host;
afterEach(() => host.close());

const open = async (options: object, uri = 'test:///default', clock?: ManualClock) => {
  host = await testHost(options as Readonly<Record<string, unknown>>, clock);
  return callerOf(await host.open(uri));
};
const TEST = { name: 'test', uuid: '6695eb01-f6a4-8304-79aa-97f2502e193f', id: 1 };
const failed = (code: keyof typeof ErrorCode, message = '') => ({ error: { code, message } });

describe('faults of the configuration', () => {
  it('raise the error that is asked for, by any name of the function', async () => {
    const call = await open({ faults: [{ function: 'domainDestroy', ...failed('RESOURCE_BUSY', 'not today') }] });
    expect(outcome(() => call('domainDestroy', TEST))).toBe('87/12 resource busy: not today');
    expect(outcome(() => call('domainDestroyFlags', TEST, 0))).toBe('87/12 resource busy: not today');
    expect(call('domainIsActive', TEST)).toBe(true);
  });

  it('count the calls that match', async () => {
    const call = await open({
      faults: [
        { function: 'domainGetInfo', nth: 2, ...failed('INTERNAL_ERROR') },
        { function: 'domainGetState', every: 3, times: 2, ...failed('INTERNAL_ERROR') },
      ],
    });
    const pattern = (name: 'domainGetInfo' | 'domainGetState', n: number): string =>
      Array.from({ length: n }, () =>
        outcome(() => call(name, TEST, ...(name === 'domainGetState' ? [0] : []))) === 'ok' ? '.' : 'x',
      ).join('');
    expect(pattern('domainGetInfo', 5)).toBe('.x...');
    expect(pattern('domainGetState', 12)).toBe('..x..x......');
  });

  it('look at the object, and at what it belongs to', async () => {
    const call = await open({
      faults: [
        { function: 'domainCreate', object: 'web*', ...failed('OPERATION_FAILED') },
        { function: 'domainSnapshot*', object: 'web1', ...failed('OPERATION_FAILED') },
      ],
    });
    const define = (name: string): object => call('domainDefineXML', null, domainXml(name)) as object;
    const web = define('web1');
    const db = define('db');
    expect(outcome(() => call('domainCreate', web))).toMatch(/^9\/12/);
    expect(outcome(() => call('domainCreate', db))).toBe('ok');
    const snapshot = call('domainSnapshotCreateXML', db, '<domainsnapshot><name>s</name></domainsnapshot>', 0);
    expect(outcome(() => call('domainSnapshotIsCurrent', snapshot as object, 0))).toBe('ok');
    expect(outcome(() => call('domainSnapshotIsCurrent', { name: 's', dom: web }, 0))).toMatch(/^9\/12/);
  });

  it('can strike after the work was done', async () => {
    const call = await open({ faults: [{ function: 'domainDestroy', when: 'after', ...failed('RPC') }] });
    expect(outcome(() => call('domainDestroy', TEST))).toMatch(/^39\/12/);
    expect(call('domainIsActive', TEST)).toBe(false);
  });

  it('wait by the clock of the host', async () => {
    const clock = new ManualClock();
    const call = await open({ faults: [{ function: 'domainSuspend', latency: 500 }] }, 'test:///default', clock);
    const suspended = call('domainSuspend', TEST) as Promise<void>;
    let done = false;
    void suspended.then(() => (done = true));
    clock.advance(499);
    await Promise.resolve();
    expect([done, (call('domainGetState', TEST, 0) as { state: number }).state]).toEqual([false, 1]);
    clock.advance(1);
    await suspended;
    expect((call('domainGetState', TEST, 0) as { state: number }).state).toBe(3);
  });

  it('wait no longer than the caller', async () => {
    const clock = new ManualClock();
    host = await testHost({ faults: [{ function: 'domainSuspend', latency: 500 }] }, clock);
    const connect = await host.open('test:///default');
    const giveUp = new AbortController();
    const suspended = connect.call('domainSuspend', TEST, [], giveUp.signal) as Promise<void>;
    giveUp.abort();
    await expect(suspended).rejects.toSatisfy(
      (error) => LibvirtError.is(error) && error.code === ErrorCode.OPERATION_ABORTED,
    );
    expect(clock.pending).toBe(0);
    expect((connect.call('domainGetState', TEST, [0]) as { state: number }).state).toBe(1);
  });

  it.each([
    [{ faults: [{ function: 'domainCraete', latency: 1 }] }, "no function 'domainCraete'"],
    [{ faults: [{ function: 'domainCreate' }] }, 'does nothing'],
    [{ faults: [{ function: 'domainCreate', error: { code: 'NOPE' } }] }, "'NOPE' is no error code"],
    [{ faults: [{ function: 'domainCreate', latency: 1, nth: 0 }] }, 'nth must be a positive number'],
    [{ faults: [{ function: 'domainCreate', latncy: 1 }] }, 'unknown key "latncy"'],
    [{ fault: [] }, 'unknown option "fault"'],
  ])('are refused where they make no sense: %j', async (options, text) => {
    host = await testHost(options);
    await expect(host.open('test:///default')).rejects.toThrow(text);
  });
});

describe('faults of the URI', () => {
  it('concern one connection', async () => {
    const call = await open({}, 'test:///default?fail=domainDestroy@test%231:OPERATION_FAILED:no:way');
    const other = callerOf(await host.open('test:///default'));
    expect(outcome(() => call('domainDestroy', TEST))).toBe('9/12 operation failed: no:way');
    expect(outcome(() => call('domainDestroy', TEST))).toBe('ok');
    expect(other('domainIsActive', TEST)).toBe(false);
  });

  it('wait', async () => {
    const clock = new ManualClock();
    const call = await open({}, 'test:///default?latency=connectGet*:20', clock);
    const type = call('connectGetType', null) as Promise<string>;
    clock.advance(20);
    expect(await type).toBe('TEST');
  });

  it.each(['fail=domainCreate', 'latency=domainCreate:soon', 'fail=domainCreate:0'])(
    'are checked: %s',
    async (query) => {
      host = await testHost();
      await expect(host.open(`test:///default?${query}`)).rejects.toSatisfy(LibvirtError.is);
    },
  );

  it('leave other parameters alone', async () => {
    const call = await open({}, 'test:///default?socket=/run/x');
    expect(call('connectGetType', null)).toBe('TEST');
  });
});
