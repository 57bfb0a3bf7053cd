import type { Connect, Host } from '@virtkit/core';
import type { DomainRef } from '@virtkit/core/driver';
import { type TypedParam, TypedParamsBuilder, type TypedParams } from '@virtkit/core/util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { callerOf, DISKS, domainXml, outcome, testHost } from './support/open.js';

const LIVE = 1;
const CONFIG = 2;
const MAXIMUM = 4;

let host: Host;
let connect: Connect;
let call: ReturnType<typeof callerOf>;
let dom: DomainRef;

beforeEach(async () => {
  host = await testHost();
  connect = await host.open('test:///default');
  call = callerOf(connect);
  const devices = `${DISKS}<interface type='network'><mac address='52:54:00:00:00:01'/><source network='default'/></interface>
    <interface type='user'><mac address='52:54:00:00:00:02'/></interface>`;
  dom = call('domainDefineXML', null, domainXml('a', { devices })) as DomainRef;
  call('domainCreate', dom);
});
afterEach(() => host.close());

const params = (): TypedParamsBuilder => new TypedParamsBuilder();
const values = (found: unknown): Record<string, TypedParam['value']> =>
  Object.fromEntries((found as TypedParams).map(({ field, value }) => [field, value]));
const xml = (flags: number): string => call('domainGetXMLDesc', dom, flags) as string;

describe('one definition at a time', () => {
  it.each([
    ['domainSetMemoryFlags', [1000n]],
    ['domainSetMemoryParameters', [[]]],
    ['domainAddIOThread', [5]],
    ['domainSetPerfEvents', [[]]],
  ] as const)('%s', (name, args) => {
    expect(outcome(() => call(name, dom, ...args, LIVE | CONFIG))).toContain('are mutually exclusive');
    expect(outcome(() => call(name, dom, ...args, CONFIG))).toBe('ok');
    const transient = call('domainCreateXML', null, domainXml('t'), 0) as object;
    expect(outcome(() => call(name, transient, ...args, CONFIG))).toContain(
      'transient domains do not have any persistent config',
    );
    call('domainDestroy', dom);
    expect(outcome(() => call(name, dom, ...args, LIVE))).toContain('domain is not running');
  });
});

describe('being asked only how many parameters there are', () => {
  it.each([
    ['domainGetMemoryParameters', [], 3],
    ['domainGetNumaParameters', [], 2],
    ['domainGetBlkioParameters', [], 6],
    ['domainGetBlockIoTune', ['nosuch'], 20],
    ['domainGetInterfaceParameters', ['nosuch'], 7],
  ] as const)('%s does not look at the domain', async (name, args, count) => {
    call('domainDestroy', dom);
    expect(outcome(() => call(name, dom, ...args, LIVE))).toContain('domain is not running');
    const counted = await connect.call(name, dom, [...args, LIVE], undefined, true);
    expect(counted).toHaveLength(count);
  });
});

describe('memory', () => {
  it('changes live, for the next start, and at most to the maximum', () => {
    call('domainSetMemory', dom, 1000n);
    expect(call('domainGetInfo', dom)).toMatchObject({ memory: 1000n, maxMem: 131072n });
    expect(xml(2)).toContain("<currentMemory unit='KiB'>131072<");
    expect(outcome(() => call('domainSetMemory', dom, 999999n))).toMatch(/^8\/12 .*higher than max memory/);
    expect(outcome(() => call('domainSetMaxMemory', dom, 500000n))).toMatch(/^55\/12 .*on an active domain/);
    call('domainSetMemoryFlags', dom, 65536n, CONFIG | MAXIMUM);
    expect(xml(2)).toMatch(/<memory unit='KiB'>65536<.*\n.*<currentMemory unit='KiB'>65536</);
  });

  it('has limits that agree', () => {
    call('domainSetMemoryParameters', dom, params().ullong('hard_limit', 1000).params, LIVE);
    call('domainSetMemoryParameters', dom, params().ullong('swap_hard_limit', 2000).params, LIVE);
    expect(values(call('domainGetMemoryParameters', dom, LIVE))).toEqual({
      hard_limit: 1000n,
      soft_limit: 9007199254740991n,
      swap_hard_limit: 2000n,
    });
    const tooMuch = params().ullong('hard_limit', 3000).params;
    expect(outcome(() => call('domainSetMemoryParameters', dom, tooMuch, LIVE))).toMatch(/^8\/12/);
    expect(outcome(() => call('domainSetMemoryParameters', dom, params().ullong('nope', 1).params, LIVE))).toBe(
      "74/0 argument unsupported: parameter 'nope' not supported",
    );
    expect(outcome(() => call('domainSetMemoryParameters', dom, params().int('hard_limit', 1).params, LIVE))).toBe(
      "8/0 invalid argument: invalid type 'int' for parameter 'hard_limit', expected 'ullong'",
    );
  });

  it('can be looked into', () => {
    expect(call('domainMemoryPeek', dom, 254n, 4, 1)).toEqual(Uint8Array.of(254, 255, 0, 1));
  });
});

describe('vCPUs', () => {
  it('come and go within the maximum', () => {
    call('domainSetVcpus', dom, 3);
    expect([0, CONFIG, MAXIMUM].map((flags) => call('domainGetVcpusFlags', dom, flags))).toEqual([3, 1, 4]);
    expect(outcome(() => call('domainSetVcpus', dom, 5))).toContain('(5 > 4)');
    expect(outcome(() => call('domainSetVcpus', dom, 99))).toContain('(99 > 32)');
    expect(outcome(() => call('domainSetVcpusFlags', dom, 2, MAXIMUM))).toContain(
      "'VIR_DOMAIN_AFFECT_CONFIG' is required",
    );
    call('domainSetVcpusFlags', dom, 2, CONFIG | MAXIMUM);
    expect(xml(2)).toContain("<vcpu placement='static' current='1'>2</vcpu>");
  });

  it('run where they are pinned', () => {
    call('domainSetVcpus', dom, 2);
    call('domainPinVcpu', dom, 1, Uint8Array.of(0b101));
    const all = Uint8Array.of(255, 255);
    // Those that are not there yet too.
    expect(call('domainGetVcpuPinInfo', dom, 0)).toEqual([all, Uint8Array.of(0b101, 0), all, all]);
    expect(call('domainGetVcpus', dom)).toMatchObject([{ cpu: 15 }, { cpu: 2 }]);
    expect(outcome(() => call('domainPinVcpu', dom, 3, Uint8Array.of(1)))).toContain(
      "requested vcpu '3' is not present",
    );
    expect(outcome(() => call('domainPinEmulator', dom, Uint8Array.of(0), LIVE))).toContain(
      'Empty cpu list for pinning',
    );
    call('domainPinEmulator', dom, Uint8Array.of(3), LIVE);
    expect(xml(0)).toContain("<vcpupin vcpu='1' cpuset='0,2'/>\n    <emulatorpin cpuset='0-1'/>");
  });
});

describe('IO threads', () => {
  it('are added, pinned, told how to poll, removed', () => {
    call('domainAddIOThread', dom, 1, LIVE);
    call('domainAddIOThread', dom, 3, LIVE);
    expect(outcome(() => call('domainAddIOThread', dom, 1, LIVE))).toMatch(/^8\/20 .*already using iothread_id '1'/);
    call('domainPinIOThread', dom, 3, Uint8Array.of(8), LIVE);
    expect(call('domainGetIOThreadInfo', dom, LIVE)).toEqual([
      { iothreadId: 1, cpumap: Uint8Array.of(1) },
      { iothreadId: 3, cpumap: Uint8Array.of(8) },
    ]);
    call('domainSetIOThreadParams', dom, 1, params().ullong('poll_max_ns', 5).params, LIVE);
    const [record] = call('connectGetAllDomainStats', null, [dom], 128, 0) as { params: TypedParams }[];
    expect(values(record?.params)).toMatchObject({
      'iothread.count': 2,
      'iothread.1.poll-max-ns': 5n,
      'iothread.3.poll-max-ns': 32768n,
    });
    call('domainDelIOThread', dom, 3, LIVE);
    expect(xml(0)).toContain("<iothreads>1</iothreads>\n  <iothreadids>\n    <iothread id='1'/>");
    expect(xml(0)).not.toContain('iothreadpin');
  });
});

describe('IO threads of the definition', () => {
  beforeEach(() => {
    const xml = domainXml('threads').replace('<os>', '<iothreads>2</iothreads><os>');
    dom = call('domainDefineXML', null, xml) as DomainRef;
  });

  it('are written once one of them is pinned', () => {
    expect(xml(0)).not.toContain('<iothread id');
    call('domainPinIOThread', dom, 1, Uint8Array.of(1), CONFIG);
    expect(xml(0)).toMatch(/<iothread id='1'\/>\s*<iothread id='2'\/>/);
  });

  it('have no polling to set, unlike those added later', () => {
    const polling = params().ullong('poll_max_ns', 5).params;
    call('domainCreate', dom);
    expect(outcome(() => call('domainSetIOThreadParams', dom, 1, polling, LIVE))).toBe(
      '1/0 An error occurred, but the cause is unknown',
    );
    call('domainAddIOThread', dom, 5, LIVE);
    expect(outcome(() => call('domainSetIOThreadParams', dom, 5, polling, LIVE))).toBe('ok');
    expect(outcome(() => call('domainSetIOThreadParams', dom, 5, params().uint('foo', 1).params, LIVE))).toMatch(
      /^74\/0 /,
    );
  });
});

describe('devices', () => {
  it('have bandwidth, by name or address', () => {
    call(
      'domainSetInterfaceParameters',
      dom,
      'testnet0',
      params().uint('inbound.average', 100).uint('inbound.peak', 200).params,
      LIVE,
    );
    call('domainSetInterfaceParameters', dom, 'testnet0', params().uint('inbound.peak', 9).params, LIVE);
    expect(values(call('domainGetInterfaceParameters', dom, '52:54:00:00:00:01', LIVE))).toMatchObject({
      'inbound.average': 100,
      'inbound.peak': 200,
      'outbound.average': 0,
    });
    call('domainSetInterfaceParameters', dom, 'testnet0', params().uint('inbound.average', 0).params, LIVE);
    expect(xml(0)).not.toContain('<bandwidth>');
    expect(outcome(() => call('domainGetInterfaceParameters', dom, 'nope', 0))).toMatch(/^8\/20/);
  });

  it('have addresses of their own in every domain', () => {
    const { id } = call('domainLookupByName', null, 'a') as DomainRef;
    expect(call('domainInterfaceAddresses', dom, 0, 0)).toEqual([
      {
        name: 'testnet0',
        hwaddr: '52:54:00:00:00:01',
        addrs: [{ addr: `192.168.122.${2 + 20 * (id - 1) + 1}`, prefix: 24, type: 0 }],
      },
      { name: 'testnet1', hwaddr: '52:54:00:00:00:02', addrs: [{ addr: '192.168.0.2', prefix: 24, type: 0 }] },
    ]);
  });

  it('are throttled', () => {
    const set = (build: TypedParamsBuilder): string =>
      outcome(() => call('domainSetBlockIoTune', dom, 'vda', build.params, CONFIG));
    expect(set(params().ullong('total_bytes_sec', 1000).ullong('total_bytes_sec_max', 2000))).toBe('ok');
    expect(set(params().ullong('read_bytes_sec', 1))).toContain(
      'total and read/write of bytes_sec cannot be set at the same time',
    );
    expect(set(params().ullong('total_iops_sec', 1))).toContain(
      'total_iops_sec cannot be set higher than total_iops_sec_max',
    );
    expect(set(params().ullong('total_bytes_sec_max', 2n ** 62n))).toMatch(/^74\/12/);
    expect(values(call('domainGetBlockIoTune', dom, 'vda', CONFIG))).toMatchObject({
      total_bytes_sec: 1000n,
      group_name: '',
    });
    expect(outcome(() => call('domainGetBlockIoTune', dom, 'zz', 0))).toContain("disk 'zz' was not found");
  });

  it('have errors, sizes and a file system', () => {
    expect(call('domainGetDiskErrors', dom, 0)).toEqual([
      { disk: 'vda', error: 1 },
      { disk: 'vdb', error: 2 },
      { disk: 'sda', error: 1 },
    ]);
    expect(call('domainGetBlockInfo', dom, '/y', 0)).toEqual({
      capacity: 1099506450432n,
      allocation: 2n ** 40n,
      physical: 2n ** 40n,
    });
    expect(outcome(() => call('domainGetBlockInfo', dom, 'sda', 0))).toContain('does not currently have a source');
    expect((call('domainGetFSInfo', dom, 0) as { name: string }[]).map(({ name }) => name)).toEqual(['vda1', 'vda2']);
  });
});

describe('NUMA and block I/O', () => {
  it('keep what they are told', () => {
    const numa = (build: TypedParamsBuilder, flags: number): string =>
      outcome(() => call('domainSetNumaParameters', dom, build.params, flags));
    expect(numa(params().int('numa_mode', 0), CONFIG)).toMatch(/^67\/20/);
    expect(numa(params().string('numa_nodeset', '0-1'), LIVE)).toBe('ok');
    expect(numa(params().int('numa_mode', 1), LIVE)).toContain("can't change numatune mode for running domain");
    expect(numa(params().string('numa_nodeset', 'zz'), LIVE)).toBe("8/0 invalid argument: Failed to parse bitmap 'zz'");
    expect(values(call('domainGetNumaParameters', dom, LIVE))).toEqual({ numa_mode: 0, numa_nodeset: '0-1' });
    const blkio = (name: string, value: string): string =>
      outcome(() => call('domainSetBlkioParameters', dom, params().string(name, value).params, LIVE));
    expect(blkio('device_weight', '/dev/sda,300,/dev/sdb,400')).toBe('ok');
    expect(blkio('device_weight', '/dev/sda,0')).toBe('ok');
    expect(blkio('device_read_iops_sec', '/dev/sdb,-1')).toContain("invalid value '-1'");
    expect(values(call('domainGetBlkioParameters', dom, LIVE))).toMatchObject({
      weight: 0,
      device_weight: '/dev/sdb,400',
    });
  });
});

describe('inside the guest', () => {
  it('file systems freeze once', () => {
    expect(call('domainFSFreeze', dom, ['/'], 0)).toBe(1);
    expect(call('domainFSFreeze', dom, [], 0)).toBe(1);
    expect(call('domainFSThaw', dom, [], 0)).toBe(2);
    expect(outcome(() => call('domainFSTrim', dom, '/nope', 0n, 0))).toContain('mount point not found: /nope');
  });

  it('there is a clock, a keyboard, a screen', async () => {
    call('domainSetTime', dom, 12345n, 5, 0);
    expect(call('domainGetTime', dom, 0)).toEqual({ seconds: 12345n, nseconds: 5 });
    expect(outcome(() => call('domainSendKey', dom, 0, 0, [9999], 0))).toBe(
      '1/12 internal error: invalid keycode 9999 of linux codeset',
    );
    const { mime, stream } = call('domainScreenshot', dom, 0, 0) as {
      mime: string;
      stream: { streamRecv(n: number): Uint8Array | null };
    };
    expect(mime).toBe('image/png');
    const first = stream.streamRecv(8);
    expect(Buffer.from(first ?? []).toString('latin1')).toBe('\x89PNG\r\n\x1a\n');
    while (stream.streamRecv(100) !== null);
  });

  it('applications keep metadata', () => {
    call('domainSetMetadata', dom, 2, "<a x='1'><b/></a>", 'k', 'http://x', CONFIG);
    expect(xml(2)).toContain('<k:a xmlns:k="http://x" x="1">\n      <k:b/>');
    expect(call('domainGetMetadata', dom, 2, 'http://x', CONFIG)).toBe('<a x="1">\n  <b/>\n</a>');
    expect(outcome(() => call('domainGetMetadata', dom, 2, 'http://y', CONFIG))).toMatch(/^80\/20/);
    call('domainSetMetadata', dom, 1, 'A title', null, null, LIVE | CONFIG);
    expect([LIVE, CONFIG].map((flags) => call('domainGetMetadata', dom, 1, null, flags))).toEqual([
      'A title',
      'A title',
    ]);
    expect(outcome(() => call('domainSetMetadata', dom, 1, 'two\nlines', null, null, 0))).toContain(
      "can't contain newlines",
    );
    expect(outcome(() => call('domainSetLifecycleAction', dom, 0, 4, 0))).toMatch(/^67\/20/);
  });
});
