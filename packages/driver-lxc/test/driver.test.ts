import { mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseCapabilities } from '@virtkit/core/conf';
import { type TypedParams, TypedParamsBuilder } from '@virtkit/core/util';
import { type Embedded, expectError } from '@virtkit/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { kernelVersion } from '../src/ops/connect.js';
import { containerXml, openContainers } from './support/host.js';

const UUID = '8369f1ac-7e46-e869-4ca5-759d51478066';
const [LIVE, CONFIG] = [1, 2];

let place: Embedded;
beforeEach(async () => {
  place = await openContainers();
});
afterEach(() => place.dispose());

const define = (name = 'box', more = '') => place.connect.domainDefineXML(containerXml(name, undefined, more));
const values = (params: TypedParams) => Object.fromEntries(params.map(({ field, value }) => [field, value]));

describe('a connection', () => {
  it('says what it is', async () => {
    const { connect } = place;
    expect(await connect.getType()).toBe('LXC');
    expect(await connect.getVersion()).toBeGreaterThan(2_000_000n);
    expect(kernelVersion('6.18.44-virt1')).toBe(6_018_044n);
    expect(kernelVersion('7')).toBe(7_000_000n);
    expect(await connect.isSecure()).toBe(true);
    expect((await connect.nodeGetInfo()).cpus).toBeGreaterThan(0);
  });

  it('describes a host that runs programs, and whose processor is no choice', async () => {
    const { host, guest } = parseCapabilities(await place.connect.getCapabilities());
    expect(host.cpu.model).toBeUndefined();
    expect(guest[0]).toMatchObject({ osType: 'exe', arch: { domain: [{ type: 'lxc' }] } });
    expect(guest[0]?.arch.name).toBe(host.cpu.arch);
  });

  it('converts configurations of LXC, and no others', async () => {
    const conf = 'lxc.uts.name = box\nlxc.rootfs.path = /srv/box\n';
    const xml = await place.connect.domainXMLFromNative('lxc-tools', conf);
    expect((await place.connect.domainDefineXML(xml)).name).toBe('box');
    await expectError(place.connect.domainXMLFromNative('qemu-argv', conf), 'INVALID_ARG');
    await expectError(place.connect.domainXMLFromNative('lxc-tools', 'nonsense'), 'CONF_SYNTAX');
  });

  it('to a place that there is not is refused', async () => {
    const error = await expectError(place.host.open('lxc:///session'), 'INTERNAL_ERROR');
    expect(error.message).toContain("Unexpected LXC URI path '/session', try lxc:///system");
    await expectError(place.host.open('lxc:///embed'), 'INVALID_ARG');
  });
});

describe('a domain', () => {
  it('is on disk when its definition returns, and gone when it is undefined', async () => {
    const domain = await define();
    const file = (await findFiles(place.root)).find((path) => path.endsWith('box.xml')) as string;
    expect(await readFile(file, 'utf8')).toContain('<name>box</name>');
    await domain.setAutostart(true);
    const connect = await place.restart();
    const again = await connect.domainLookupByName('box');
    expect(again.uuid).toBe(domain.uuid);
    expect(await again.getAutostart()).toBe(true);
    await again.undefine();
    expect((await findFiles(place.root)).filter((path) => path.endsWith('box.xml'))).toEqual([]);
  });

  it('that cannot be saved is not defined', async () => {
    await define('first');
    const file = (await findFiles(place.root)).find((path) => path.endsWith('first.xml')) as string;
    const folder = file.slice(0, file.lastIndexOf('/'));
    // A folder in the way of the file: root may write anywhere else.
    await mkdir(join(folder, 'second.xml'));
    await expectError(define('second'), 'SYSTEM_ERROR');
    await expectError(place.connect.domainLookupByName('second'), 'NO_DOMAIN');
    await rmdir(join(folder, 'second.xml'));
    expect((await define('second')).name).toBe('second');
  });

  it('with a broken file is left alone, and the others are there', async () => {
    await define('good');
    await define('bad');
    const file = (await findFiles(place.root)).find((path) => path.endsWith('bad.xml')) as string;
    await writeFile(file, '<domain');
    const connect = await place.restart();
    expect((await connect.listAllDomains()).map(({ name }) => name)).toEqual(['good']);
    expect(await readFile(file, 'utf8')).toBe('<domain');
  });

  it('does not run: what only a running one can do is refused', async () => {
    const domain = await define();
    for (const call of [
      () => domain.suspend(),
      () => domain.resume(),
      () => domain.shutdown(),
      () => domain.reboot(0),
      () => domain.destroy(),
      () => domain.memoryStats(0),
      () => domain.interfaceStats('veth0'),
      () => domain.setMemory(1000n),
    ])
      await expectError(call(), 'OPERATION_INVALID');
    await expectError(domain.create(), 'NO_SUPPORT');
  });

  it('tells of what happens to it', async () => {
    const seen: string[] = [];
    await place.connect.domainEventRegisterAny(null, 0, ({ event, detail }: { event: number; detail: number }) => {
      seen.push(`${event}/${detail}`);
    });
    const domain = await place.connect.domainDefineXML(containerXml('box', UUID));
    await place.connect.domainDefineXML(containerXml('box', UUID));
    await domain.undefine();
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    expect(seen).toEqual(['0/0', '0/1', '1/0']);
  });

  it('is checked against the schema where that is asked for', async () => {
    const odd = containerXml('odd', UUID, '<moon/>');
    const error = await expectError(place.connect.domainDefineXMLFlags(odd, 1), 'XML_INVALID_SCHEMA');
    expect(error.message).toContain('moon');
    expect(await place.connect.listAllDomains()).toEqual([]);
    expect((await place.connect.domainDefineXMLFlags(odd, 0)).name).toBe('odd');
    expect((await place.connect.domainDefineXMLFlags(containerXml('even'), 1)).name).toBe('even');
  });

  it('knows no flags but its own', async () => {
    const domain = await define();
    const error = await expectError(domain.getXMLDesc(4), 'INVALID_ARG');
    expect(error.message).toBe('unsupported flags (0x4) in function lxcDomainGetXMLDesc');
    expect(await domain.getXMLDesc(8)).toBe(await domain.getXMLDesc(0));
  });
});

describe('limits of a domain', () => {
  it('of memory', async () => {
    const domain = await define();
    await domain.setMemoryFlags(1000n, CONFIG);
    expect(await domain.getInfo()).toMatchObject({ maxMem: 65_536n, memory: 1000n });
    await expectError(domain.setMemoryFlags(65_537n, CONFIG), 'INVALID_ARG');
    await domain.setMaxMemory(500n);
    expect(await domain.getInfo()).toMatchObject({ maxMem: 500n, memory: 500n });
    await expectError(domain.setMemoryFlags(100n, LIVE | CONFIG), 'OPERATION_INVALID');
  });

  it('of memory as parameters', async () => {
    const domain = await define();
    expect(values(await domain.getMemoryParameters(0))).toEqual({
      hard_limit: 9_007_199_254_740_991n,
      soft_limit: 9_007_199_254_740_991n,
      swap_hard_limit: 9_007_199_254_740_991n,
    });
    await domain.setMemoryParameters(new TypedParamsBuilder().ullong('hard_limit', 4000).params, CONFIG);
    expect(values(await domain.getMemoryParameters(CONFIG))).toMatchObject({ hard_limit: 4000n });
    await expectError(
      domain.setMemoryParameters(new TypedParamsBuilder().ullong('swap_hard_limit', 3999).params, CONFIG),
      'INVALID_ARG',
    );
    expect(await domain.getXMLDesc()).toContain("<hard_limit unit='KiB'>4000</hard_limit>");
  });

  it('of processor time', async () => {
    const domain = await define();
    expect(await domain.getSchedulerType()).toBe('posix');
    const set = new TypedParamsBuilder().ullong('cpu_shares', 300).ullong('vcpu_period', 5000).llong('vcpu_quota', -1);
    await domain.setSchedulerParametersFlags(set.params, CONFIG);
    expect(values(await domain.getSchedulerParametersFlags(CONFIG))).toEqual({
      cpu_shares: 300n,
      vcpu_period: 5000n,
      vcpu_quota: -1n,
    });
    await domain.setSchedulerParameters(new TypedParamsBuilder().ullong('vcpu_period', 0).params);
    expect(await domain.getXMLDesc()).not.toContain('<period>');
    for (const wrong of [
      new TypedParamsBuilder().ullong('vcpu_period', 1),
      new TypedParamsBuilder().llong('vcpu_quota', 5),
      new TypedParamsBuilder().ullong('cpu_shares', 2n ** 63n),
    ])
      await expectError(domain.setSchedulerParametersFlags(wrong.params, CONFIG), 'INVALID_ARG');
  });

  it('of block devices', async () => {
    const domain = await define();
    const set = (field: string, text: string) =>
      domain.setBlkioParameters(new TypedParamsBuilder().string(field, text).params, CONFIG);
    await set('device_weight', '/dev/sda,300,/dev/sdb,200');
    await set('device_weight', '/dev/sda,0');
    await set('device_read_bytes_sec', '/dev/sda,300');
    expect(values(await domain.getBlkioParameters(0))).toMatchObject({
      weight: 0,
      device_weight: '/dev/sdb,200',
      device_read_bytes_sec: '/dev/sda,300',
    });
    await expectError(set('device_weight', 'junk'), 'INVALID_ARG');
  });
});

describe('devices of a domain', () => {
  const DISK = "<disk type='block'><source dev='/dev/a'/><target dev='sda'/></disk>";
  const NET = (bridge: string) =>
    `<interface type='bridge'><mac address='52:54:00:00:00:01'/><source bridge='${bridge}'/></interface>`;
  const CHAR = "<hostdev mode='capabilities' type='misc'><source><char>/dev/a</char></source></hostdev>";

  it('come and go, and are there after a restart', async () => {
    const domain = await define();
    const before = await domain.getXMLDesc();
    for (const device of [NET('b'), CHAR]) await domain.attachDeviceFlags(device, CONFIG);
    await domain.updateDeviceFlags(NET('c'), CONFIG);
    const connect = await place.restart();
    const again = await connect.domainLookupByName('box');
    const xml = await again.getXMLDesc();
    expect(xml).toContain("<source bridge='c'/>");
    expect(xml).toContain('<char>/dev/a</char>');
    for (const device of [NET('x'), CHAR]) await again.detachDeviceFlags(device, CONFIG);
    expect(await again.getXMLDesc()).toBe(before);
  });

  it('bring the controller they need', async () => {
    const domain = await define();
    await domain.attachDeviceFlags(DISK, CONFIG);
    expect(await domain.getXMLDesc()).toContain("<controller type='scsi' index='0'/>");
  });

  it('are refused as libvirt refuses them, and nothing changes', async () => {
    const domain = await define();
    for (const device of [DISK, CHAR]) await domain.attachDeviceFlags(device, CONFIG);
    const before = await domain.getXMLDesc();
    for (const device of [DISK, CHAR]) await expectError(domain.attachDeviceFlags(device, CONFIG), 'INVALID_ARG');
    const absent = DISK.replace('sda', 'sdb');
    await expectError(domain.detachDeviceFlags(absent, CONFIG), 'INVALID_ARG');
    await expectError(domain.detachDeviceFlags(CHAR.replace('/dev/a', '/dev/b'), CONFIG), 'INVALID_ARG');
    await expectError(domain.detachDeviceFlags(NET('b'), CONFIG), 'DEVICE_MISSING');
    await expectError(domain.attachDeviceFlags('<console/>', CONFIG), 'CONFIG_UNSUPPORTED');
    await expectError(domain.updateDeviceFlags(DISK, CONFIG), 'CONFIG_UNSUPPORTED');
    await expectError(domain.attachDeviceFlags('<moon/>', CONFIG), 'CONFIG_UNSUPPORTED');
    await expectError(domain.attachDevice(DISK), 'OPERATION_INVALID');
    await expectError(domain.attachDeviceFlags(absent, LIVE), 'OPERATION_INVALID');
    expect(await domain.getXMLDesc()).toBe(before);
  });
});

async function findFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => !entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name));
}
