import { execFileSync } from 'node:child_process';
import { mkdtempSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Domain } from '@virtkit/core';
import { ErrorCode } from '@virtkit/core/util';
import { beforeAll, describe, expect, it } from 'vitest';
import { chardevBackend } from '../src/hotplug/chardev-backend.js';
import { boot, bootImage, guestXml } from './support/guest.js';
import { endHostsAfterEach, openHost, shareCache } from './support/host.js';
import { EMULATOR, hasQemu, temporaryDirectory, until } from './support/qemu.js';

const dir = temporaryDirectory();
endHostsAfterEach();
const newRoot = () => shareCache(mkdtempSync(join(dir, 'root-')), join(dir, 'shared-cache'));
const [LIVE, CONFIG] = [1, 2];
const [ADDED, REMOVED] = [19, 15] as const;

it('character devices are described to the monitor as on the command line', () => {
  expect(chardevBackend('pty,id=charx')).toEqual({ id: 'charx', backend: { type: 'pty', data: {} } });
  expect(chardevBackend('socket,id=c,path=/a,,b,server=on,wait=off')).toEqual({
    id: 'c',
    backend: {
      type: 'socket',
      data: { addr: { type: 'unix', data: { path: '/a,b' } }, server: true, wait: false },
    },
  });
  expect(chardevBackend('socket,id=c,host=h,port=1,telnet=on,reconnect=2').backend.data).toEqual({
    addr: { type: 'inet', data: { host: 'h', port: '1' } },
    server: false,
    telnet: true,
    reconnect: 2,
  });
  expect(chardevBackend('file,id=c,path=/x,append=on').backend).toEqual({
    type: 'file',
    data: { out: '/x', append: true },
  });
  expect(() => chardevBackend('vc,id=c')).toThrow(/vc/);
});

describe.skipIf(!hasQemu)(`devices of a running guest (skipped without ${EMULATOR})`, { timeout: 60_000 }, () => {
  let image: string;
  beforeAll(async () => {
    image = await bootImage(dir);
  });

  const NIC = "<interface type='user'><mac address='52:54:00:00:00:77'/><model type='e1000'/></interface>";
  const disk = (path: string) =>
    `<disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='${path}'/><target dev='vdb' bus='virtio'/></disk>`;

  /** A pc, whose slots take devices while it runs. */
  async function guest(more = '') {
    const { connect } = await openHost(newRoot());
    const events: string[] = [];
    for (const id of [ADDED, REMOVED] as const)
      await connect.domainEventRegisterAny(null, id, ({ devAlias }: { devAlias: string }) => {
        events.push(`${id === ADDED ? '+' : '-'}${devAlias}`);
      });
    const domain = await connect.domainDefineXML(guestXml('h', { image, more }));
    await boot(domain);
    return { connect, domain, events };
  }
  const devicesOf = async (domain: Domain) => (await domain.getXMLDesc()).replace(/\s+/g, ' ');
  const nodesOf = async (domain: Domain) => {
    const reply = await domain.qemuMonitorCommand(
      '{"execute": "query-named-block-nodes", "arguments": {"flat": true}}',
    );
    return (JSON.parse(reply) as { return: { 'node-name': string }[] }).return.map((node) => node['node-name']);
  };

  it('come, for now and for ever, and are told', async () => {
    const { domain, events } = await guest();
    const path = join(dir, 'second.raw');
    writeFileSync(path, Buffer.alloc(1 << 20));
    await domain.attachDeviceFlags(disk(path), LIVE | CONFIG);
    await domain.attachDeviceFlags(NIC, LIVE);
    await domain.attachDeviceFlags("<rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>", LIVE);
    await until(() => events.length === 3, 'events');
    expect(events).toEqual(['+virtio-disk1', '+net0', '+rng0']);
    const live = await devicesOf(domain);
    expect(live).toContain(`<source file='${path}' index=`);
    expect(live).toMatch(/<mac address='52:54:00:00:00:77'\/>.*<alias name='net0'\/> <address type='pci'/);
    expect(await domain.getXMLDesc(2)).toContain(path);
    expect(await domain.getXMLDesc(2)).not.toContain('52:54:00:00:00:77');
    expect((await domain.blockStats('vdb')).errs).toBe(-1n);
    await expect(domain.attachDeviceFlags(disk(path), LIVE)).rejects.toMatchObject({ code: ErrorCode.XML_ERROR });
    await expect(
      domain.attachDeviceFlags(disk(join(dir, 'nothing.raw')).replace('vdb', 'vdc'), LIVE),
    ).rejects.toMatchObject({ code: ErrorCode.SYSTEM_ERROR });
    await expect(domain.attachDeviceFlags("<panic model='isa'/>", LIVE)).rejects.toMatchObject({
      code: ErrorCode.OPERATION_UNSUPPORTED,
    });
    const before = await devicesOf(domain);
    // Refused by QEMU when all but the device itself is there: nothing is left of it.
    const nodes = await nodesOf(domain);
    const sata = disk(image).replace("dev='vdb' bus='virtio'", "dev='hdd' bus='ide'");
    await expect(domain.attachDeviceFlags(sata, LIVE)).rejects.toMatchObject({ code: ErrorCode.INTERNAL_ERROR });
    expect(await nodesOf(domain)).toEqual(nodes);
    expect(await devicesOf(domain)).toBe(before);
  });

  it('go when the guest lets them, with all that was behind them', async () => {
    const { domain, events } = await guest(`<channel type='pty'><target type='virtio' name='x.1'/></channel>`);
    await domain.attachDeviceFlags("<channel type='pty'><target type='virtio' name='x.2'/></channel>", LIVE);
    const before = await domain.qemuMonitorCommand('{"execute": "query-chardev"}');
    expect(before).toContain('charchannel1');
    // Ports of a serial controller need no guest to let go of them.
    await domain.detachDeviceAlias('channel1', LIVE);
    await until(() => events.includes('-channel1'), 'the end of the channel');
    expect(await domain.qemuMonitorCommand('{"execute": "query-chardev"}')).not.toContain('charchannel1');
    const xml = await devicesOf(domain);
    expect(xml).toContain("name='x.1'");
    expect(xml).not.toContain("name='x.2'");
    await expect(domain.detachDeviceAlias('channel9', LIVE)).rejects.toMatchObject({ code: ErrorCode.INTERNAL_ERROR });
    await expect(domain.detachDeviceFlags(NIC, LIVE)).rejects.toMatchObject({ code: ErrorCode.DEVICE_MISSING });
  });

  it('that keep what they read from below, out of a slice of a file, leave no node behind', async () => {
    const { domain, events } = await guest("<controller type='scsi' model='virtio-scsi'/>");
    const path = join(dir, 'kept.qcow2');
    execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', '-o', 'preallocation=metadata', path, '1M']);
    const slice = `<slices><slice type='storage' offset='0' size='${statSync(path).size}'/></slices>`;
    const kept = disk(path)
      .replace("type='raw'", "type='qcow2' copy_on_read='on'")
      .replace(`'${path}'/>`, `'${path}'>${slice}</source>`)
      .replace('vdb', 'sda')
      .replace('virtio', 'scsi');
    const before = await nodesOf(domain);
    await domain.attachDeviceFlags(kept, LIVE);
    expect((await nodesOf(domain)).some((name) => name.endsWith('-slice-sto'))).toBe(true);
    expect(await nodesOf(domain)).toContain('libvirt-CoR-sda');
    await domain.detachDeviceFlags(kept, LIVE);
    await until(() => events.some((event) => event.startsWith('-scsi')), 'the end of the disk');
    expect((await nodesOf(domain)).sort()).toEqual(before.sort());
  });

  it('change: links go down, media are exchanged', async () => {
    const media = [1, 2].map((number) => {
      const path = join(dir, `cd${number}.iso`);
      writeFileSync(path, Buffer.alloc(1 << 20, number));
      return path;
    });
    const cdrom = (path: string | undefined) =>
      `<disk type='file' device='cdrom'><driver name='qemu' type='raw'/>${path === undefined ? '' : `<source file='${path}'/>`}<target dev='hdc' bus='ide'/><readonly/></disk>`;
    const { domain } = await guest(cdrom(media[0]) + NIC);
    await domain.updateDeviceFlags(NIC.replace('</interface>', "<link state='down'/></interface>"), LIVE);
    expect(await devicesOf(domain)).toContain("<link state='down'/>");
    await expect(domain.updateDeviceFlags(NIC.replace('e1000', 'rtl8139'), LIVE)).rejects.toMatchObject({
      code: ErrorCode.OPERATION_UNSUPPORTED,
    });
    const mediumOf = async () => {
      const reply = await domain.qemuMonitorCommand('{"execute": "query-block"}');
      const blocks = (JSON.parse(reply) as { return: { qdev: string; inserted?: { file: string } }[] }).return;
      return blocks.find(({ qdev }) => qdev === 'ide0-1-0')?.inserted?.file;
    };
    expect(await mediumOf()).toBe(media[0]);
    await domain.updateDeviceFlags(cdrom(media[1]), LIVE);
    expect([await mediumOf(), (await devicesOf(domain)).includes(media[1] ?? '')]).toEqual([media[1], true]);
    await domain.updateDeviceFlags(cdrom(undefined), LIVE);
    expect(await mediumOf()).toBeUndefined();
    expect(await nodesOf(domain)).toHaveLength(2);
  });
});
