import type { Host } from '@virtkit/core';
import type { DomainRef, DomainSnapshotRef } from '@virtkit/core/driver';
import { ErrorCode } from '@virtkit/core/util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { callerOf, DISKS, domainXml, ManualClock, outcome, testHost } from './support/open.js';

let host: Host;
let call: ReturnType<typeof callerOf>;
let dom: DomainRef;

beforeEach(async () => {
  host = await testHost({}, new ManualClock(1_700_000_000_000));
  call = callerOf(await host.open('test:///default'));
  dom = call('domainDefineXML', null, domainXml('a', { devices: DISKS })) as DomainRef;
});
afterEach(() => host.close());

const take = (name: string, more = '', flags = 0): DomainSnapshotRef =>
  call(
    'domainSnapshotCreateXML',
    dom,
    `<domainsnapshot>${name && `<name>${name}</name>`}${more}</domainsnapshot>`,
    flags,
  ) as DomainSnapshotRef;
const of = (name: string): DomainSnapshotRef => ({ name, dom });
const desc = (name: string): string => call('domainSnapshotGetXMLDesc', of(name), 0) as string;
const names = (flags: number): string[] => call('domainSnapshotListNames', dom, flags) as string[];
const state = (): unknown => {
  const { state, reason } = call('domainGetState', dom, 0) as { state: number; reason: number };
  return [state, reason];
};

describe('snapshots', () => {
  it('say how the domain was', () => {
    take('off');
    call('domainCreate', dom);
    take('on');
    expect(desc('off')).toContain(
      "<state>shutoff</state>\n  <creationTime>1700000000</creationTime>\n  <memory snapshot='no'/>",
    );
    expect(desc('on')).toContain(`<state>running</state>
  <parent>
    <name>off</name>
  </parent>
  <creationTime>1700000000</creationTime>
  <memory snapshot='internal'/>
  <disks>
    <disk name='vda' snapshot='internal'/>
    <disk name='vdb' snapshot='internal'/>
    <disk name='sda' snapshot='no'/>
  </disks>
  <domain type='test'>`);
    expect(take('').name).toBe('1700000000');
  });

  it.each([
    ['off', 0, [5, 7]],
    ['on', 0, [1, 4]],
    ['on', 2, [3, 7]],
    ['paused', 0, [3, 7]],
    ['paused', 1, [1, 4]],
  ] as const)('%s is gone back to (flags %d)', (name, flags, expected) => {
    take('off');
    call('domainCreate', dom);
    take('on');
    call('domainSuspend', dom);
    take('paused');
    call('domainResume', dom);
    call('domainRevertToSnapshot', of(name), flags);
    expect(state()).toEqual(expected);
    expect(call('domainSnapshotCurrent', dom, 0)).toMatchObject({ name });
  });

  it('bring the definition back', () => {
    take('before');
    call('domainSetMaxMemory', dom, 5000n);
    call('domainRevertToSnapshot', of('before'), 0);
    expect(call('domainGetMaxMemory', dom)).toBe(131072n);
  });

  it('stand in a tree', () => {
    for (const name of ['a', 'b', 'c']) take(name);
    call('domainRevertToSnapshot', of('a'), 0);
    take('d');
    expect([0, 1, 4, 8, 1024].map(names)).toEqual([
      ['a', 'b', 'c', 'd'],
      ['a'],
      ['c', 'd'],
      ['a', 'b'],
      ['a', 'b', 'c', 'd'],
    ]);
    const children = (flags: number): unknown => call('domainSnapshotListChildrenNames', of('a'), flags);
    expect([children(0), children(1)]).toEqual([
      ['b', 'd'],
      ['b', 'c', 'd'],
    ]);
    call('domainSnapshotDelete', of('b'), 0);
    expect(call('domainSnapshotGetParent', of('c'), 0)).toMatchObject({ name: 'a' });
    expect(desc('c')).toContain('<name>a</name>\n  </parent>');
    call('domainSnapshotDelete', of('a'), 4);
    expect([names(0), call('domainSnapshotIsCurrent', of('a'), 0)]).toEqual([['a'], true]);
    call('domainSnapshotDelete', of('a'), 1);
    expect(call('domainHasCurrentSnapshot', dom, 0)).toBe(false);
  });

  it.each([
    ["<memory snapshot='external'/>", '27/35 XML error: external memory snapshots require a filename'],
    [
      "<disks><disk name='vda' snapshot='external'/></disks>",
      "67/35 unsupported configuration: disk 'vda' must use snapshot mode 'internal'",
    ],
    [
      "<disks><disk name='vda' snapshot='manual'/></disks>",
      "84/12 Operation not supported: 'manual' snapshot mode is not supported by the test driver",
    ],
    ["<disks><disk name='zz'/></disks>", "67/35 unsupported configuration: no disk named 'zz'"],
    [
      "<memory snapshot='external' file='/m'/>",
      "67/35 unsupported configuration: source for disk 'vda' is not a regular file; refusing to generate external snapshot name",
    ],
  ])('are refused: %s', (more, error) => {
    expect(outcome(() => take('s', more))).toBe(error);
    expect(names(0)).toEqual([]);
  });

  it('are refused a second time, and beside checkpoints', () => {
    take('s');
    expect(outcome(() => take('s'))).toBe('9/20 operation failed: domain moment s already exists');
    expect(outcome(() => call('domainUndefine', dom))).toContain('cannot delete inactive domain with 1 snapshots');
    call('domainUndefineFlags', dom, 2);
  });

  it('can halt what is kept', () => {
    call('domainCreate', dom);
    take('s', '', 8);
    expect(state()).toEqual([5, 7]);
    dom = call('domainCreateXML', null, domainXml('t'), 0) as DomainRef;
    expect(outcome(() => take('s', '', 8))).toContain('cannot halt after transient domain snapshot');
  });

  it('are described again', () => {
    take('s');
    const text = desc('s');
    expect(outcome(() => call('domainSnapshotCreateXML', dom, text, 1))).toBe('ok');
    expect(desc('s')).toBe(text);
    const again = (change: (text: string) => string): string =>
      outcome(() => call('domainSnapshotCreateXML', dom, change(text), 1));
    expect(again((x) => x.replace('shutoff', 'running').replace("'no'", "'internal'"))).toContain(
      'cannot change between online and offline',
    );
    expect(again((x) => x.replace(dom.uuid, '7695eb01-f6a4-8304-79aa-97f2502e193f'))).toContain(
      `must use uuid ${dom.uuid}`,
    );
    expect(again((x) => x.replace('<creationTime>', '<parent><name>s</name></parent><creationTime>'))).toContain(
      'as its own parent',
    );
    expect(again((x) => x.replace('<creationTime>', '<parent><name>no</name></parent><creationTime>'))).toContain(
      'parent no for moment s not found',
    );
    expect(again((x) => x.replace(/<creationTime>.*/, ''))).toMatch(/^1\/35 .*missing creationTime/);
  });
});

describe('checkpoints', () => {
  const mark = async (name: string, more = '', flags = 0): Promise<unknown> =>
    call('domainCheckpointCreateXML', dom, `<domaincheckpoint><name>${name}</name>${more}</domaincheckpoint>`, flags);

  it('are made of what runs and has disks', async () => {
    await expect(mark('c')).rejects.toThrow('Operation not supported: cannot create checkpoint for inactive domain');
    call('domainCreate', dom);
    await mark('c1');
    await mark('c2', "<disks><disk name='vdb' bitmap='own'/></disks>");
    expect(call('domainCheckpointGetXMLDesc', { name: 'c2', dom }, 2)).toBe(`<domaincheckpoint>
  <name>c2</name>
  <parent>
    <name>c1</name>
  </parent>
  <creationTime>1700000000</creationTime>
  <disks>
    <disk name='vda' checkpoint='no'/>
    <disk name='vdb' checkpoint='bitmap' bitmap='own'/>
    <disk name='sda' checkpoint='no'/>
  </disks>
</domaincheckpoint>
`);
    await expect(mark('a/b')).rejects.toMatchObject({ code: ErrorCode.XML_INVALID_SCHEMA });
    expect(outcome(() => take('s'))).toContain('cannot create snapshot while checkpoint exists');
    call('domainCheckpointDelete', { name: 'c1', dom }, 1);
    expect(call('domainListAllCheckpoints', dom, 0)).toEqual([]);
  });
});
