import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Connect, Host } from '@virtkit/core';
import type { DomainLifecycleEvent, DomainRef } from '@virtkit/core/driver';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { callerOf, domainXml, outcome, testHost } from './support/open.js';

let host: Host;
let connect: Connect;
let call: ReturnType<typeof callerOf>;
let events: string[];

beforeEach(async () => {
  host = await testHost();
  connect = await host.open('test:///default');
  call = callerOf(connect);
  events = [];
  await connect.domainEventRegisterAny(null, 0, ({ dom, event, detail }: DomainLifecycleEvent) =>
    events.push(`${dom.name} ${event}/${detail}`),
  );
});
afterEach(() => host.close());

/** Events are delivered from the event loop, never from within the call. */
const delivered = async (): Promise<string[]> => {
  await new Promise((resolve) => setImmediate(resolve));
  return events.splice(0);
};

const define = (name: string, more = ''): DomainRef =>
  call('domainDefineXMLFlags', null, domainXml(name, { more }), 0) as DomainRef;
const lookup = (name: string): DomainRef => call('domainLookupByName', null, name) as DomainRef;
const state = (dom: DomainRef): unknown => {
  const { state, reason } = call('domainGetState', dom, 0) as { state: number; reason: number };
  return [state, reason];
};

describe('life cycle', () => {
  it('goes through the states that libvirt names', async () => {
    const dom = define('a');
    const seen: unknown[] = [];
    for (const name of [
      'domainCreate',
      'domainSuspend',
      'domainResume',
      'domainSuspend',
      'domainShutdown',
      'domainCreate',
      'domainDestroy',
    ] as const) {
      call(name, dom);
      seen.push(state(dom));
    }
    expect(seen).toEqual([
      [1, 1],
      [3, 1],
      [1, 5],
      [3, 1],
      [5, 1],
      [1, 1],
      [5, 2],
    ]);
    expect(await delivered()).toEqual(
      ['0/0', '2/0', '3/0', '4/0', '3/0', '5/0', '2/0', '5/1'].map((event) => `a ${event}`),
    );
  });

  it.each([
    ['domainSuspend', "1/12 internal error: domain 'a' not running"],
    ['domainResume', "1/12 internal error: domain 'a' not paused"],
    ['domainShutdown', "1/12 internal error: domain 'a' not running"],
    ['domainDestroy', '55/20 Requested operation is not valid: domain is not running'],
  ] as const)('refuses %s of a domain that does not run', (name, error) => {
    expect(outcome(() => call(name, define('a')))).toBe(error);
  });

  it('gives ids in order, and a new one for every start', () => {
    const dom = define('a');
    const first = call('domainCreateWithFlags', dom, 0) as DomainRef;
    expect(first.id).toBe(2);
    expect(outcome(() => call('domainCreate', dom))).toBe("1/12 internal error: Domain 'a' is already running");
    call('domainDestroy', dom);
    expect(outcome(() => call('domainLookupByID', null, 2))).toMatch(/^42\/12/);
    expect((call('domainCreateWithFlags', dom, 0) as DomainRef).id).toBe(3);
  });

  it.each([
    ['restart', [1, 1]],
    ['rename-restart', [1, 1]],
    ['destroy', [5, 1]],
    ['preserve', [5, 1]],
  ])('obeys on_poweroff and on_reboot %s', (action, expected) => {
    const dom = define('a', `<on_poweroff>${action}</on_poweroff><on_reboot>${action}</on_reboot>`);
    for (const name of ['domainShutdown', 'domainReboot'] as const) {
      if (call('domainIsActive', dom) === false) call('domainCreate', dom);
      call(name, dom, ...(name === 'domainReboot' ? [0] : []));
      expect(state(dom), name).toEqual(expected);
    }
  });

  it('drops a transient domain with its end, keeps one that was defined over it', async () => {
    const dom = call('domainCreateXML', null, domainXml('t'), 0) as DomainRef;
    call('domainDestroy', dom);
    expect(outcome(() => lookup('t'))).toBe("42/12 Domain not found: no domain with matching name 't'");
    const again = call('domainCreateXML', null, domainXml('t', { uuid: dom.uuid }), 0) as DomainRef;
    call('domainDefineXMLFlags', null, domainXml('t', { uuid: dom.uuid }), 0);
    expect([call('domainIsPersistent', again), call('domainIsActive', again)]).toEqual([true, true]);
    call('domainDestroy', again);
    expect(state(again)).toEqual([5, 2]);
    await delivered();
    call('domainUndefine', again);
    expect(await delivered()).toEqual(['t 1/0']);
  });

  it('keeps a new definition of a running domain for the next start', () => {
    const dom = define('a');
    call('domainCreate', dom);
    const more = domainXml('a', { uuid: dom.uuid }).replace('131072', '262144');
    call('domainDefineXMLFlags', null, more, 0);
    const memory = (flags: number): string | undefined =>
      /<memory unit='KiB'>(\d+)/.exec(call('domainGetXMLDesc', dom, flags) as string)?.[1];
    expect([memory(0), memory(2)]).toEqual(['131072', '262144']);
    call('domainDestroy', dom);
    expect(memory(0)).toBe('262144');
  });

  it('refuses a domain without vCPUs', () => {
    const xml =
      "<domain type='test'><name>a</name><memory>1000</memory><vcpu>0</vcpu><os><type>hvm</type></os></domain>";
    expect(outcome(() => call('domainDefineXMLFlags', null, xml, 0))).toMatch(
      /^1\/\d+ internal error: CPU IDs in <numa> exceed/,
    );
  });

  it('knows names and UUIDs that are taken', () => {
    const { uuid } = define('a');
    const other = uuid.replace(/^./, (c) => (c === '0' ? '1' : '0'));
    expect(outcome(() => call('domainDefineXMLFlags', null, domainXml('a', { uuid: other }), 0))).toBe(
      `9/20 operation failed: domain 'a' already exists with uuid ${uuid}`,
    );
    expect(outcome(() => call('domainDefineXMLFlags', null, domainXml('b', { uuid }), 0))).toBe(
      `9/20 operation failed: domain 'a' is already defined with uuid ${uuid}`,
    );
    call('domainCreateXML', null, domainXml('a', { uuid }), 0);
    expect(outcome(() => call('domainCreateXML', null, domainXml('a', { uuid }), 0))).toBe(
      "55/20 Requested operation is not valid: domain 'a' is already active",
    );
  });

  it('renames what does not run, with two events', async () => {
    const dom = define('a');
    await delivered();
    expect(outcome(() => call('domainRename', dom, 'a', 0))).toContain("Can't rename domain to itself");
    expect(outcome(() => call('domainRename', dom, 'test', 0))).toContain('already exists');
    expect(outcome(() => call('domainRename', dom, 'x/y', 0))).toMatch(/^27\/12/);
    call('domainRename', dom, 'b', 0);
    expect(lookup('b').uuid).toBe(dom.uuid);
    expect(outcome(() => lookup('a'))).toMatch(/^42\//);
    expect(await delivered()).toEqual(['a 1/1', 'b 0/2']);
    call('domainCreate', dom);
    expect(outcome(() => call('domainRename', dom, 'c', 0))).toContain('cannot rename active domain');
  });

  it('answers for domains that are gone with their name', () => {
    const dom = define('a');
    call('domainUndefine', dom);
    expect(outcome(() => call('domainGetInfo', dom))).toBe(
      `42/12 Domain not found: no domain with matching uuid '${dom.uuid}' (a)`,
    );
  });
});

describe('saving', () => {
  let dir: string;
  beforeEach(async () => void (dir = await mkdtemp(join(tmpdir(), 'virtkit-test-'))));
  afterEach(() => rm(dir, { recursive: true }));

  it("writes libvirt's own format, readable by the owner only, and restores", async () => {
    const path = join(dir, 'a.save');
    const dom = define('a');
    call('domainCreate', dom);
    call('domainSave', dom, path);
    expect(state(dom)).toEqual([5, 5]);
    const image = await readFile(path);
    expect(image.subarray(0, 15).toString('latin1')).toBe('TestGuestMagic\0');
    expect(image.readInt32LE(15)).toBe(image.length - 19);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    call('domainRestore', null, path);
    expect(state(dom)).toEqual([1, 3]);
    expect(outcome(() => call('domainRestore', null, path))).toContain("domain 'a' is already active");
    expect(call('domainSaveImageGetXMLDesc', null, path, 0)).toMatch(/^<domain type='test'>/);
    expect(await delivered()).toEqual(['a 0/0', 'a 2/0', 'a 5/4', 'a 2/2']);
  });

  it('refuses what is no image', async () => {
    const path = join(dir, 'bad');
    expect(outcome(() => call('domainRestore', null, path))).toBe(
      `38/12 cannot read domain image '${path}': No such file or directory`,
    );
    await writeFile(path, 'short');
    expect(outcome(() => call('domainRestore', null, path))).toMatch(/^38\/12 incomplete save header/);
    await writeFile(path, 'not what it should be at all');
    expect(outcome(() => call('domainRestore', null, path))).toMatch(/^1\/12 .*mismatched header magic/);
    expect(outcome(() => call('domainSave', lookup('test'), join(dir, 'no', 'where')))).toMatch(
      /open failed: No such file/,
    );
    expect(state(lookup('test'))).toEqual([1, 0]);
  });

  it('keeps a managed image until it is started from, removed, or given up', () => {
    const dom = define('a');
    call('domainCreate', dom);
    call('domainManagedSave', dom, 0);
    expect(call('domainHasManagedSaveImage', dom, 0)).toBe(true);
    expect(outcome(() => call('domainUndefine', dom))).toContain(
      'Refusing to undefine while domain managed save image exists',
    );
    call('domainCreate', dom);
    expect(call('domainHasManagedSaveImage', dom, 0)).toBe(false);
    call('domainManagedSave', dom, 0);
    call('domainUndefineFlags', dom, 1);
    expect(outcome(() => lookup('a'))).toMatch(/^42\//);
  });

  it('dumps cores, and crashes on demand', async () => {
    const path = join(dir, 'core');
    const dom = define('a');
    call('domainCreate', dom);
    call('domainCoreDump', dom, path, 0);
    expect(await readFile(path, 'latin1')).toBe('TestGuestMagic\0');
    expect(outcome(() => call('domainCoreDumpWithFormat', dom, path, 1, 0))).toMatch(/^84\/12/);
    call('domainCoreDump', dom, path, 1);
    expect(state(dom)).toEqual([5, 3]);
  });
});
