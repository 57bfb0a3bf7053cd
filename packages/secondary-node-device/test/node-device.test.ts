import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import type { Connect } from '@virtkit/core';
import type { Clock } from '@virtkit/core/driver';
import {
  ConnectListAllNodeDeviceFlags as List,
  ErrorCode,
  NodeDeviceEventID,
  NodeDeviceEventLifecycleType,
} from '@virtkit/core/util';
import { type Embedded, openEmbedded, RecordingRunner } from '@virtkit/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import driver from '../src/index.js';

const code = (name: keyof typeof ErrorCode) => expect.objectContaining({ code: ErrorCode[name] });

/** Time passes when the test says so. */
class TestClock implements Clock {
  #now = 0;
  #timers: { at: number; callback: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  monotonic(): bigint {
    return BigInt(this.#now) * 1_000_000n;
  }

  schedule(delay: number, callback: () => void): () => void {
    const timer = { at: this.#now + delay, callback };
    this.#timers.push(timer);
    return () => (this.#timers = this.#timers.filter((one) => one !== timer));
  }

  async pass(milliseconds: number): Promise<void> {
    this.#now += milliseconds;
    const due = this.#timers.filter(({ at }) => at <= this.#now);
    this.#timers = this.#timers.filter(({ at }) => at > this.#now);
    for (const { callback } of due) callback();
    // Reads of the tree are real.
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const PCI = 'sys/devices/pci0000:00/0000:00:03.0';

let root: string;
let place: Embedded;
let devices: Connect;
let clock: TestClock;
let runner: RecordingRunner;

async function put(path: string, text: string | Buffer): Promise<void> {
  const file = join(root, 'host', path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
}

async function link(path: string, target: string): Promise<void> {
  const file = join(root, 'host', path);
  await mkdir(dirname(file), { recursive: true });
  await symlink(relative(dirname(file), join(root, 'host', target)), file);
}

async function addNet(name: string, at: string, mac: string): Promise<void> {
  const path = `${at}/net/${name}`;
  for (const [file, text] of Object.entries({ address: mac, operstate: 'up', speed: '1000', type: '1', ifindex: '2' }))
    await put(`${path}/${file}`, `${text}\n`);
  await link(`sys/class/net/${name}`, path);
}

beforeEach(async () => {
  runner = new RecordingRunner();
  clock = new TestClock();
  place = await openEmbedded(driver, join(import.meta.dirname, '..'), {
    commandRunner: runner,
    hostFiles: true,
    clock,
  });
  ({ root, connect: devices } = place);
  const space = Buffer.alloc(256);
  space.writeUInt16LE(0x8086, 0);
  for (const [file, text] of Object.entries({ vendor: '0x8086', device: '0x10fb', class: '0x020000', numa_node: '1' }))
    await put(`${PCI}/${file}`, `${text}\n`);
  await put(`${PCI}/config`, space);
  await put(`${PCI}/mdev_supported_types/big/available_instances`, '2\n');
  await put(`${PCI}/mdev_supported_types/big/device_api`, 'vfio-pci\n');
  await link('sys/bus/pci/devices/0000:00:03.0', PCI);
  await link(`${PCI}/driver`, 'sys/bus/pci/drivers/ixgbe');
  await addNet('eth0', PCI, '52:54:00:00:00:01');
  await put('sys/class/dmi/id/product_name', 'Box\n');
});
afterEach(() => place.dispose());

describe('devices of the host', () => {
  it('are listed by what they are and can', async () => {
    const names = async (flags: number): Promise<string[]> =>
      (await devices.listAllNodeDevices(flags)).map(({ name }) => name).sort();
    expect(await names(0)).toEqual(['computer', 'net_eth0_52_54_00_00_00_01', 'pci_0000_00_03_0']);
    expect(await names(List.CAP_NET)).toEqual(['net_eth0_52_54_00_00_00_01']);
    expect(await names(List.CAP_MDEV_TYPES)).toEqual(['pci_0000_00_03_0']);
    expect(await names(List.INACTIVE)).toEqual([]);
    await expect(devices.nodeDeviceLookupByName('pci_0000_00_04_0')).rejects.toEqual(code('NO_NODE_DEVICE'));
  });

  it('are described with their place and their parent', async () => {
    const pci = await devices.nodeDeviceLookupByName('pci_0000_00_03_0');
    const text = await pci.getXMLDesc(0);
    expect(text).toContain('<path>/sys/devices/pci0000:00/0000:00:03.0</path>\n  <parent>computer</parent>');
    expect(text).toContain("<product id='0x10fb'");
    expect(text).toContain("<numa node='1'/>");
    expect(text).toContain("<type id='big'>");
    expect(text).not.toContain('<pci-express');
    const net = await devices.nodeDeviceLookupByName('net_eth0_52_54_00_00_00_01');
    expect(await net.getParent()).toBe('pci_0000_00_03_0');
    expect(await net.getXMLDesc(0)).toContain("<link speed='1000' state='up'/>\n    <capability type='80203'/>");
    expect(await (await devices.nodeDeviceLookupByName('computer')).getXMLDesc(0)).toContain(
      '<product>Box</product>\n    <hardware>',
    );
  });

  it('tell of their coming and going', async () => {
    const seen: string[] = [];
    await devices.nodeDeviceEventRegisterAny(null, NodeDeviceEventID.LIFECYCLE, ({ dev, event }) => {
      seen.push(`${dev.name} ${event}`);
    });
    await clock.pass(0);
    await addNet('eth1', PCI, '52:54:00:00:00:02');
    await clock.pass(2000);
    await rm(join(root, 'host/sys/class/net/eth1'));
    await clock.pass(2000);
    expect(seen).toEqual([
      `net_eth1_52_54_00_00_00_02 ${NodeDeviceEventLifecycleType.CREATED}`,
      `net_eth1_52_54_00_00_00_02 ${NodeDeviceEventLifecycleType.DELETED}`,
    ]);
  });
});

describe('mediated devices', () => {
  const UUID = 'd54df46f-1ab5-4a22-8618-4560ef5fac2c';
  const NAME = `mdev_${UUID.replaceAll('-', '_')}_0000_00_03_0`;
  const xml =
    '<device><parent>pci_0000_00_03_0</parent>' +
    `<capability type='mdev'><type id='big'/><uuid>${UUID}</uuid></capability></device>`;

  it('are defined by mdevctl', async () => {
    const made = await devices.nodeDeviceDefineXML(xml, 0);
    expect(made.name).toBe(NAME);
    expect(runner.lines).toEqual([expect.stringMatching(/^\/usr\/sbin\/mdevctl define .*--parent=0000:00:03\.0 .*/)]);
    expect(runner.inputs[0]).toContain('"mdev_type":"big"');
  });

  it('are listed while they are only defined, and can be started, marked and forgotten', async () => {
    await put('etc/mdevctl.d/scripts.d/none', '');
    expect(await devices.listAllNodeDevices(List.CAP_MDEV)).toEqual([]);
    expect(runner.lines).toEqual([]);
    await put(`etc/mdevctl.d/0000:00:03.0/${UUID}`, '{}');
    let start = 'manual';
    runner.output = (line) =>
      line.endsWith('list --defined --dumpjson')
        ? JSON.stringify([{ '0000:00:03.0': [{ [UUID]: { mdev_type: 'big', start, attrs: [{ a: 'b' }] } }] }])
        : '';
    await clock.pass(1000);
    const [mdev] = await devices.listAllNodeDevices(List.CAP_MDEV);
    expect(mdev?.name).toBe(NAME);
    expect(await devices.listAllNodeDevices((List.CAP_MDEV | List.ACTIVE) >>> 0)).toEqual([]);
    expect((await devices.listAllNodeDevices(List.INACTIVE)).map(({ name }) => name)).toEqual([NAME]);
    expect(await mdev!.getXMLDesc(0)).toBe(`<device>
  <name>${NAME}</name>
  <parent>pci_0000_00_03_0</parent>
  <capability type='mdev'>
    <type id='big'/>
    <uuid>${UUID}</uuid>
    <parent_addr>0000:00:03.0</parent_addr>
    <iommuGroup number='0'/>
    <attr name='a' value='b'/>
  </capability>
</device>
`);
    expect([await mdev!.isActive(), await mdev!.isPersistent(), await mdev!.getAutostart()]).toEqual([
      false,
      true,
      false,
    ]);
    await expect(mdev!.destroy()).rejects.toEqual(code('OPERATION_INVALID'));
    start = 'auto';
    runner.lines.length = 0;
    await mdev!.setAutostart(true);
    expect(await mdev!.getAutostart()).toBe(true);
    await mdev!.create();
    await mdev!.undefine();
    runner.failing = / undefine /;
    await expect(mdev!.undefine()).rejects.toMatchObject({
      code: ErrorCode.INTERNAL_ERROR,
      message: expect.stringContaining('Unable to undefine mediated device: '),
    });
    expect(runner.lines.filter((line) => !line.includes(' list '))).toEqual([
      `/usr/sbin/mdevctl modify --uuid=${UUID} --auto`,
      `/usr/sbin/mdevctl start --uuid=${UUID}`,
      `/usr/sbin/mdevctl undefine --uuid=${UUID}`,
      `/usr/sbin/mdevctl undefine --uuid=${UUID}`,
    ]);
  });

  it('tell of being defined and forgotten', async () => {
    const seen: string[] = [];
    await devices.nodeDeviceEventRegisterAny(null, NodeDeviceEventID.LIFECYCLE, ({ dev, event }) => {
      seen.push(`${dev.name} ${event}`);
    });
    await clock.pass(0);
    runner.output = () => JSON.stringify([{ '0000:00:03.0': [{ [UUID]: { mdev_type: 'big', start: 'manual' } }] }]);
    await put(`etc/mdevctl.d/0000:00:03.0/${UUID}`, '{}');
    await clock.pass(2000);
    await rm(join(root, 'host/etc/mdevctl.d'), { recursive: true });
    await clock.pass(2000);
    expect(seen).toEqual([
      `${NAME} ${NodeDeviceEventLifecycleType.DEFINED}`,
      `${NAME} ${NodeDeviceEventLifecycleType.UNDEFINED}`,
    ]);
  });

  it('have a parent that is there', async () => {
    await expect(devices.nodeDeviceCreateXML(xml.replace('03_0', '04_0'), 0)).rejects.toEqual(
      code('CONFIG_UNSUPPORTED'),
    );
    await expect(
      devices.nodeDeviceCreateXML("<device><capability type='drm'><type>primary</type></capability></device>", 0),
    ).rejects.toEqual(code('CONFIG_UNSUPPORTED'));
    expect(runner.lines).toEqual([]);
  });
});
