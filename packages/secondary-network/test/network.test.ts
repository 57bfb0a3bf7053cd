import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Connect } from '@virtkit/core';
import { ErrorCode, NetworkEventID, TypedParameterType } from '@virtkit/core/util';
import { type Embedded, openEmbedded, RecordingRunner } from '@virtkit/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import driver from '../src/index.js';

const code = (name: keyof typeof ErrorCode) => expect.objectContaining({ code: ErrorCode[name] });
const call = async (work: () => unknown): Promise<unknown> => work();

let root: string;
let place: Embedded;
let networks: Connect;
let runner: RecordingRunner;

beforeEach(async () => {
  runner = new RecordingRunner();
  place = await openEmbedded(driver, join(import.meta.dirname, '..'), { commandRunner: runner, hostFiles: true });
  ({ root, connect: networks } = place);
});
afterEach(() => place.dispose());

const BRIDGED = "<network><name>b</name><forward mode='bridge'/><bridge name='br0'/></network>";
const POOL =
  "<network><name>p</name><forward mode='passthrough'><interface dev='e0'/><interface dev='e1'/></forward></network>";
const port = (mac: string): string =>
  `<networkport><uuid>${randomUUID()}</uuid><owner><name>d</name><uuid>d54df46f-1ab5-4a22-8618-4560ef5fac2c</uuid></owner><mac address='${mac}'/></networkport>`;

describe('networks', () => {
  it('get a bridge and an address, and survive a restart', async () => {
    const net = await networks.networkDefineXML('<network><name>n</name></network>');
    await net.setAutostart(true);
    const text = await net.getXMLDesc(0);
    expect(text).toContain("<bridge name='virbr0' stp='on' delay='0'/>");
    expect(text).toMatch(/<mac address='52:54:00:(?:[0-9a-f]{2}:?){3}'\/>/);
    runner.failing = /^ip link add/;
    networks = await place.restart();
    const again = await networks.networkLookupByName('n');
    expect(await again.getXMLDesc(0)).toBe(text);
    expect(await again.getAutostart()).toBe(true);
  });

  it('share neither name, UUID nor bridge', async () => {
    const net = await networks.networkDefineXML("<network><name>n</name><bridge name='x0'/></network>");
    const as = (name: string, uuid: string, bridge: string): string =>
      `<network><name>${name}</name><uuid>${uuid}</uuid><bridge name='${bridge}'/></network>`;
    const other = '4dea22b3-1d52-d8f3-2516-782e98ab3c02';
    for (const text of [as('n', other, 'x1'), as('m', net.uuid, 'x1')])
      await expect(call(() => networks.networkDefineXML(text))).rejects.toThrow(code('OPERATION_FAILED'));
    await expect(call(() => networks.networkDefineXML(as('m', other, 'x0')))).rejects.toThrow(code('INTERNAL_ERROR'));
  });

  it.each([
    "<network><name>n</name><forward mode='bridge'/><bridge name='b'/><domain name='d'/></network>",
    "<network><name>n</name><forward mode='private'/><vlan><tag id='4'/></vlan></network>",
    "<network><name>n</name><forward mode='hostdev'><address type='pci' domain='0' bus='1' slot='0' function='0'/></forward></network>",
    "<network><name>n</name><portgroup name='a' default='yes'/><portgroup name='b' default='yes'/></network>",
  ])('refuse what they cannot be: %s', async (text) => {
    await expect(call(() => networks.networkDefineXML(text))).rejects.toThrow(code('CONFIG_UNSUPPORTED'));
  });

  it('undo a start that fails, the last step first', async () => {
    const net = await networks.networkDefineXML(
      "<network><name>n</name><forward/><bridge name='x0'/><ip address='10.99.0.1' prefix='24'/></network>",
    );
    runner.failing = /^ip -batch/;
    await expect(call(() => net.create())).rejects.toThrow(code('INTERNAL_ERROR'));
    expect(await net.isActive()).toBe(false);
    expect(runner.lines.slice(-2)).toEqual(['ip link delete x0 type bridge', 'iptables-restore -w --noflush']);
    const rules = (action: string): string[] =>
      runner.inputs.flatMap((input) => String(input).match(new RegExp(`(?<=^--${action} )LIBVIRT.*`, 'gm')) ?? []);
    expect(rules('insert').length).toBeGreaterThan(10);
    expect(rules('delete').sort()).toEqual(rules('insert').sort());
  });

  it('put in their rules at once, below chains that are made where they are missing', async () => {
    const net = await networks.networkDefineXML(
      "<network><name>n</name><forward/><bridge name='x0'/><ip address='10.99.0.1' prefix='24'/></network>",
    );
    runner.output = (line) =>
      line === 'iptables-save'
        ? '*filter\n:INPUT ACCEPT [0:0]\n:LIBVIRT_INP - [0:0]\n-A INPUT -j LIBVIRT_INP\nCOMMIT\n'
        : '';
    await net.create();
    const [filter = '', nat = '', mangle = ''] = String(
      runner.inputs[runner.lines.indexOf('iptables-restore -w --noflush')],
    ).split('COMMIT\n');
    expect(filter).toMatch(/^\*filter\n--new-chain LIBVIRT_OUT\n--insert OUTPUT --jump LIBVIRT_OUT\n/);
    expect(filter).toContain('--insert LIBVIRT_FWO --source 10.99.0.0/24 --in-interface x0 --jump ACCEPT\n');
    expect(filter).not.toMatch(/new-chain LIBVIRT_INP|--insert INPUT/);
    expect(nat).toMatch(
      /^\*nat\n--new-chain LIBVIRT_PRT\n--insert POSTROUTING --jump LIBVIRT_PRT\n--insert LIBVIRT_PRT /,
    );
    expect(mangle).toBe('*mangle\n--new-chain LIBVIRT_PRT\n--insert POSTROUTING --jump LIBVIRT_PRT\n');
  });

  it('take out each rule by itself where somebody took out one before', async () => {
    const net = await networks.networkDefineXML("<network><name>n</name><bridge name='x0'/></network>");
    await net.create();
    runner.lines.length = 0;
    runner.failing = /^iptables-restore/;
    await net.destroy();
    expect(runner.lines).toContain('iptables -w --table filter --delete LIBVIRT_FWO --in-interface x0 --jump REJECT');
    expect(await net.isActive()).toBe(false);
  });

  it.each([
    ['52:54:00:00:00:01', true],
    ['52:54:00:99:99:99', false],
  ])('are taken away where a start was cut off, and a bridge with %s: %s', async (address, ours) => {
    const net = await networks.networkDefineXML(
      "<network><name>n</name><bridge name='x0'/><mac address='52:54:00:00:00:01'/></network>",
    );
    let left = '';
    runner.output = (line) => {
      // What there is while the bridge is made.
      if (line.startsWith('ip link add')) left = readFileSync(join(root, 'run/network/n.unfinished'), 'utf8');
      return '';
    };
    await net.create();
    await net.destroy();
    expect(await readdir(join(root, 'run/network'))).toEqual(['driver.lock']);
    await writeFile(join(root, 'run/network/n.unfinished'), left);
    await mkdir(join(root, 'host/sys/class/net/x0'), { recursive: true });
    await writeFile(join(root, 'host/sys/class/net/x0/address'), `${address}\n`);
    runner.lines.length = 0;
    networks = await place.restart();
    expect(await (await networks.networkLookupByName('n')).isActive()).toBe(false);
    expect(runner.lines.includes('ip link delete x0 type bridge')).toBe(ours);
    expect(runner.lines).toContain('iptables-restore -w --noflush');
    expect(await readdir(join(root, 'run/network'))).toEqual(['driver.lock']);
  });

  it('live and die, and tell', async () => {
    const seen: number[] = [];
    await networks.networkEventRegisterAny(null, NetworkEventID.LIFECYCLE, (event) => void seen.push(event.event));
    const net = await networks.networkDefineXML(BRIDGED);
    await net.create();
    await expect(call(() => net.create())).rejects.toThrow(code('OPERATION_INVALID'));
    await net.undefine();
    expect(await net.isPersistent()).toBe(false);
    await net.destroy();
    await expect(call(() => networks.networkLookupByName('b'))).rejects.toThrow(code('NO_NETWORK'));
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(seen).toEqual([0, 2, 1, 3]);
  });

  it('are changed in configuration and running apart', async () => {
    const net = await networks.networkDefineXML(BRIDGED);
    await net.create();
    await net.update(3, 9, -1, "<portgroup name='live'/>", 1);
    await net.update(3, 9, -1, "<portgroup name='config'/>", 2);
    expect(await net.getXMLDesc(0)).toContain("name='live'");
    expect(await net.getXMLDesc(0)).not.toContain("name='config'");
    expect(await net.getXMLDesc(1)).toContain("name='config'");
    expect(await readFile(join(root, 'etc/network/b.xml'), 'utf8')).toContain("name='config'");
  });
});

it('a zone of a firewall that is not there is refused', async () => {
  const net = await networks.networkDefineXML("<network><name>z</name><bridge name='z0' zone='public'/></network>");
  await expect(call(() => net.create())).rejects.toThrow(/firewalld is not active/);
});

describe('ports', () => {
  it('take devices of a pool one by one, over a restart too', async () => {
    const net = await networks.networkDefineXML(POOL);
    await expect(call(() => net.portCreateXML(port('52:54:00:00:00:01'), 0))).rejects.toThrow(
      code('OPERATION_INVALID'),
    );
    await net.create();
    const first = await net.portCreateXML(port('52:54:00:00:00:01'), 0);
    expect(await first.getXMLDesc(0)).toContain("<plug type='direct' dev='e0' mode='passthrough'/>");
    networks = await place.restart();
    const again = await networks.networkLookupByName('p');
    expect(await again.isActive()).toBe(true);
    expect(await again.getXMLDesc(0)).toContain("<network connections='1'>");
    const second = await again.portCreateXML(port('52:54:00:00:00:02'), 0);
    expect(await second.getXMLDesc(0)).toContain("dev='e1'");
    await expect(call(() => again.portCreateXML(port('52:54:00:00:00:03'), 0))).rejects.toThrow(code('INTERNAL_ERROR'));
    await (await again.portLookupByUUID(first.uuid)).delete(0);
    expect(await again.listAllPorts(0)).toHaveLength(1);
    expect(await (await again.portCreateXML(port('52:54:00:00:00:03'), 0)).getXMLDesc(0)).toContain("dev='e0'");
  });

  it('have names that others gave them, and none on a network that is off', async () => {
    const net = await networks.networkDefineXML(BRIDGED);
    await expect(call(() => net.listAllPorts(0))).rejects.toThrow(code('OPERATION_INVALID'));
    await net.create();
    const nameless = port('52:54:00:00:00:01').replace(/<uuid>.*?<\/uuid>/, '');
    await expect(call(() => net.portCreateXML(nameless, 0))).rejects.toThrow(/network port has no uuid/);
    await expect(call(() => net.getDHCPLeases('bad', 0))).rejects.toThrow(code('INVALID_MAC'));
  });

  it('say whether they are plugged in already', async () => {
    const net = await networks.networkDefineXML(BRIDGED);
    await net.create();
    await expect(call(() => net.portCreateXML(port('52:54:00:00:00:01'), 1))).rejects.toThrow(code('INVALID_ARG'));
    const plugged = port('52:54:00:00:00:01').replace(
      '</networkport>',
      "<plug type='bridge' bridge='br0'/></networkport>",
    );
    await expect(call(() => net.portCreateXML(plugged, 0))).rejects.toThrow(code('INVALID_ARG'));
    expect(await (await net.portCreateXML(plugged, 1)).getXMLDesc(0)).toContain("bridge='br0'");
  });
});

describe('limits of bandwidth', () => {
  const LIMITED =
    "<network><name>l</name><bridge name='l0'/><bandwidth><inbound average='1000' peak='5000'/>" +
    "<outbound average='128' burst='256'/></bandwidth></network>";
  const limited = (floor: number): string =>
    port('52:54:00:00:00:09').replace(
      '</networkport>',
      `<bandwidth><inbound average='500' floor='${floor}'/></bandwidth></networkport>`,
    );
  const traffic = (): string[] => runner.lines.filter((line) => line.startsWith('tc ') && !line.includes(' del '));

  it('are set on the bridge, and taken away with it', async () => {
    const net = await networks.networkCreateXML(LIMITED);
    expect(traffic()).toEqual([
      'tc qdisc add dev l0 root handle 1: htb default 2',
      'tc class add dev l0 parent 1: classid 1:1 htb rate 1000kbps ceil 5000kbps quantum 85',
      'tc class add dev l0 parent 1:1 classid 1:2 htb rate 1000kbps ceil 5000kbps quantum 85',
      'tc qdisc add dev l0 parent 1:2 handle 2: sfq perturb 10',
      'tc filter add dev l0 parent 1:0 protocol all prio 1 handle 1 fw flowid 1',
      'tc qdisc add dev l0 ingress',
      'tc filter add dev l0 parent ffff: protocol all u32 match u32 0 0 police rate 128kbps burst 256kb mtu 64kb drop flowid :1',
    ]);
    runner.lines.length = 0;
    await net.destroy();
    expect(runner.lines.slice(0, 2)).toEqual(['tc qdisc del dev l0 root', 'tc qdisc del dev l0 ingress']);
  });

  it('promise ports a floor, but not more than there is', async () => {
    const net = await networks.networkCreateXML(LIMITED);
    runner.lines.length = 0;
    const one = await net.portCreateXML(limited(3000), 0);
    expect(traffic()).toEqual([
      'tc class add dev l0 parent 1:1 classid 1:3 htb rate 3000kbps ceil 5000kbps quantum 42',
      'tc qdisc add dev l0 parent 1:3 handle 3: sfq perturb 10',
      'tc filter add dev l0 protocol ip prio 2 handle 800::803 u32 match u16 0x0800 0xffff at -2 ' +
        'match u32 0x00000009 0xffffffff at -12 match u16 0x5254 0xffff at -14 flowid 1:3',
      'tc class change dev l0 classid 1:2 htb rate 2000kbps ceil 5000kbps quantum 85',
    ]);
    expect(await one.getXMLDesc(0)).toContain("<bandwidth classID='3'>");
    await expect(call(() => net.portCreateXML(limited(2001), 0))).rejects.toThrow(code('OPERATION_INVALID'));
    const two = await net.portCreateXML(limited(2000), 0);
    expect(await two.getXMLDesc(0)).toContain("<bandwidth classID='4'>");
    runner.lines.length = 0;
    await one.delete();
    expect(traffic()).toEqual(['tc class change dev l0 classid 1:2 htb rate 3000kbps ceil 5000kbps quantum 85']);
  });

  it('of ports change while they are in use', async () => {
    const net = await networks.networkCreateXML(LIMITED);
    const one = await net.portCreateXML(limited(200), 0);
    runner.lines.length = 0;
    const uint = (field: string, value: number) => ({ field, type: TypedParameterType.UINT, value });
    await one.setParameters([uint('inbound.average', 700), uint('inbound.floor', 300)], 0);
    expect(traffic()).toEqual([
      'tc class change dev l0 classid 1:3 htb rate 300kbps ceil 5000kbps quantum 85',
      'tc class change dev l0 classid 1:2 htb rate 4700kbps ceil 5000kbps quantum 85',
    ]);
    await expect(call(() => one.setParameters([uint('inbound.floor', 5001)], 0))).rejects.toThrow(
      code('OPERATION_INVALID'),
    );
    runner.lines.length = 0;
    await one.setParameters([uint('outbound.average', 5)], 0);
    expect(runner.lines).toContain('tc class del dev l0 classid 1:3');
    expect((await one.getParameters(0)).map(({ field }) => field)).toEqual([
      'outbound.average',
      'outbound.peak',
      'outbound.burst',
    ]);
  });

  it('leave no network behind that has none', async () => {
    runner.failing = /^tc class add/;
    await expect(call(() => networks.networkCreateXML(LIMITED))).rejects.toThrow(code('INTERNAL_ERROR'));
    expect(await networks.listAllNetworks(0)).toEqual([]);
    expect(runner.lines).toContain('ip link delete l0 type bridge');
  });
});
