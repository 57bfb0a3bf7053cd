import type { Connect, Host } from '@virtkit/core';
import { FUNCTIONS, type FunctionName } from '@virtkit/core/driver';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { callerOf, ManualClock, outcome, testHost } from './support/open.js';

let host: Host;
let connect: Connect;
let call: ReturnType<typeof callerOf>;

beforeEach(async () => {
  host = await testHost({}, new ManualClock(1_795_257_422_759));
  connect = await host.open('test:///default');
  call = callerOf(connect);
});
afterEach(() => host.close());

const TEST = { name: 'test', uuid: '6695eb01-f6a4-8304-79aa-97f2502e193f', id: 1 };

describe('test:///default', () => {
  it('has one running domain', () => {
    expect(call('connectListAllDomains', null, 0)).toEqual([TEST]);
    expect(call('domainGetXMLDesc', TEST, 0)).toBe(`<domain type='test' id='1'>
  <name>test</name>
  <uuid>6695eb01-f6a4-8304-79aa-97f2502e193f</uuid>
  <memory unit='KiB'>8388608</memory>
  <currentMemory unit='KiB'>2097152</currentMemory>
  <vcpu placement='static'>2</vcpu>
  <os>
    <type arch='i686'>hvm</type>
    <boot dev='hd'/>
  </os>
  <clock offset='utc'/>
  <on_poweroff>destroy</on_poweroff>
  <on_reboot>restart</on_reboot>
  <on_crash>destroy</on_crash>
  <devices>
    <disk type='file' device='disk'>
      <source file='/guest/diskimage1'/>
      <target dev='vda' bus='virtio'/>
      <address type='pci' domain='0x0000' bus='0x01' slot='0x00' function='0x0'/>
    </disk>
    <interface type='network'>
      <mac address='aa:bb:cc:dd:ee:ff'/>
      <source network='default'/>
      <target dev='testnet0'/>
      <address type='pci' domain='0x0000' bus='0x00' slot='0x01' function='0x0'/>
    </interface>
    <memballoon model='virtio'>
      <address type='pci' domain='0x0000' bus='0x00' slot='0x02' function='0x0'/>
    </memballoon>
  </devices>
</domain>
`);
  });

  it('has a network, a pool, an interface and node devices', () => {
    expect(call('networkGetXMLDesc', { name: 'default', uuid: '' }, 0)).toContain(
      "<bridge name='virbr0' stp='on' delay='0'/>",
    );
    expect(call('storagePoolGetInfo', { name: 'default-pool', uuid: '' })).toEqual({
      state: 2,
      capacity: 107374182400n,
      allocation: 0n,
      available: 107374182400n,
    });
    expect(call('connectListAllInterfaces', null, 2)).toEqual([{ name: 'eth1', mac: 'aa:bb:cc:dd:ee:ff' }]);
    expect(call('nodeListDevices', null, 'fc_host', 0)).toEqual(['scsi_host1', 'scsi_host2', 'scsi_host11']);
    expect(call('nodeListDevices', null, 'vports', 0)).toEqual(['scsi_host1', 'scsi_host2']);
  });

  it('describes its host', () => {
    expect(call('connectGetType', null)).toBe('TEST');
    expect(call('connectGetVersion', null)).toBe(2n);
    expect(call('nodeGetInfo', null)).toMatchObject({ model: 'i686', memory: 3145728n, cpus: 16, nodes: 2 });
    expect(call('nodeGetCellsFreeMemory', null, 0, 5)).toEqual([2097152n, 4194304n]);
    expect(outcome(() => call('nodeGetCellsFreeMemory', null, 2, 1))).toBe(
      '8/12 invalid argument: Range exceeds available cells',
    );
    const capabilities = call('connectGetCapabilities', null) as string;
    expect(capabilities.match(/<cpu id=/g)).toHaveLength(16);
    expect(capabilities).toContain('<emulator>/usr/bin/test-hv</emulator>');
  });

  it('counts with the clock that is injected', () => {
    expect(call('domainGetInfo', TEST)).toMatchObject({ state: 1, nrVirtCpu: 2, cpuTime: 1795257422759000000n });
    expect(call('domainBlockStats', TEST, 'vda')).toEqual({
      rdReq: 179525742275900n,
      rdBytes: 89762871137950n,
      wrReq: 59841914091966n,
      wrBytes: 44881435568975n,
      errs: 897628711n,
    });
    expect(call('domainInterfaceStats', TEST, 'testnet0')).toMatchObject({
      txPackets: 16320522025081n,
      rxErrs: 1795257422n,
    });
  });

  it('is shared by the connections of a host while one is open, then forgotten', async () => {
    const other = await host.open('test:///default');
    call('domainDestroyFlags', TEST, 0);
    expect(callerOf(other)('domainIsActive', TEST)).toBe(false);
    await connect.close();
    expect(callerOf(other)('domainIsActive', TEST)).toBe(false);
    await other.close();
    const fresh = await host.open('test:///default');
    expect(callerOf(fresh)('connectListAllDomains', null, 1)).toEqual([TEST]);
  });

  it('is not shared between hosts', async () => {
    const second = await testHost();
    const other = await second.open('test:///default');
    call('domainDestroyFlags', TEST, 0);
    expect(callerOf(other)('domainIsActive', TEST)).toBe(true);
    await second.close();
  });

  it('wants a path', async () => {
    await expect(host.open('test:///')).rejects.toThrow('supply a path or use test:///default');
  });
});

describe('flags', () => {
  const NOT_HERE: ReadonlySet<FunctionName> = new Set(['domainGetVcpuPinInfo']);

  it('that a function does not know are refused before anything else, by its name', () => {
    const gone = { name: 'gone', uuid: '00000000-0000-0000-0000-000000000001', id: -1 };
    expect(outcome(() => call('domainGetXMLDesc', gone, 4))).toBe(
      '8/12 unsupported flags (0x4) in function testDomainGetXMLDesc',
    );
    expect(outcome(() => call('domainCreateWithFiles', gone, [], 2))).toContain('testDomainCreateWithFlags');
    expect(outcome(() => call('connectListAllNodeDevices', null, 0x8000_0000))).toContain('(0x80000000)');
  });

  it('are checked wherever there are some', async () => {
    let checked = 0;
    for (const [name, { args, table }] of Object.entries(FUNCTIONS)) {
      if (table !== 'hypervisor' || !args.includes('flags:uint') || NOT_HERE.has(name as FunctionName)) continue;
      if (!(await connect.supports(name as FunctionName))) continue;
      const values = args.map((arg) => sample(arg.split(':')[1] as string, arg.startsWith('flags:')));
      const { on } = FUNCTIONS[name as FunctionName];
      const self = on === 'connect' ? undefined : on === 'domain' ? TEST : { name: 'x', dom: TEST };
      expect(
        outcome(() => connect.call(name as FunctionName, self, values)),
        name,
      ).toMatch(/^8\//);
      checked++;
    }
    expect(checked).toBeGreaterThan(80);
  });
});

function sample(kind: string, isFlags: boolean): unknown {
  if (isFlags) return 0x1000_0000;
  if (kind.endsWith('[]') || kind === 'params') return [];
  if (kind.endsWith('?')) return null;
  return (
    { string: 'x', int: 1, uint: 1, u64: 1n, i64: 1n, double: 1, bool: true, bytes: new Uint8Array(1) }[kind] ?? {}
  );
}
