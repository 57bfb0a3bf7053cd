import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Connect } from '@virtkit/core';
import { ConnectListAllInterfacesFlags as List, ErrorCode } from '@virtkit/core/util';
import { type Embedded, openEmbedded } from '@virtkit/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import driver from '../src/index.js';

const code = (name: keyof typeof ErrorCode) => expect.objectContaining({ code: ErrorCode[name] });

let root: string;
let place: Embedded;
let interfaces: Connect;

/** An interface with the files that the kernel gives it. */
async function add(name: string, files: Record<string, string>): Promise<void> {
  const all = { address: '52:54:00:00:00:01', mtu: '1500', operstate: 'down', ...files };
  for (const [file, text] of Object.entries(all)) await put(`sys/class/net/${name}/${file}`, text);
}

async function put(path: string, text: string): Promise<void> {
  const file = join(root, 'host', path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${text}\n`);
}

const describeOne = async (name: string): Promise<string> =>
  (await interfaces.interfaceLookupByName(name)).getXMLDesc(0);

beforeEach(async () => {
  place = await openEmbedded(driver, join(import.meta.dirname, '..'), { hostFiles: true });
  ({ root, connect: interfaces } = place);
  await add('eth0', { address: '52:54:00:00:00:02', operstate: 'up', speed: '-1' });
  await add('lo', { address: '00:00:00:00:00:00', operstate: 'unknown' });
  await add('vnet0', { tun_flags: '0x1002' });
  await add('part', { address: '52:54:00:00:00:03', operstate: 'up', speed: '10000' });
  await symlink('../br0', join(root, 'host/sys/class/net/part/master'));
});
afterEach(() => place.dispose());

describe('interfaces of the host', () => {
  it('are active with their link; parts and guests are not listed', async () => {
    const names = async (flags: number): Promise<string[]> =>
      (await interfaces.listAllInterfaces(flags)).map(({ name }) => name);
    expect(await names(0)).toEqual(['eth0', 'lo']);
    expect(await names(List.ACTIVE)).toEqual(['eth0']);
    expect(await names(List.INACTIVE)).toEqual(['lo']);
    expect((await interfaces.interfaceLookupByName('part')).mac).toBe('52:54:00:00:00:03');
  });

  it('are found by their address, if it is theirs alone', async () => {
    expect((await interfaces.interfaceLookupByMACString('52:54:00:00:00:02')).name).toBe('eth0');
    await expect(interfaces.interfaceLookupByMACString('52:54:00:00:00:09')).rejects.toEqual(code('NO_INTERFACE'));
    await add('eth1', { address: '52:54:00:00:00:02' });
    await expect(interfaces.interfaceLookupByMACString('52:54:00:00:00:02')).rejects.toEqual(
      code('MULTIPLE_INTERFACES'),
    );
    await expect(interfaces.interfaceLookupByName('../net/eth0')).rejects.toEqual(code('NO_INTERFACE'));
  });

  it('are described with their link', async () => {
    expect(await describeOne('eth0')).toBe(
      "<interface type='ethernet' name='eth0'>\n  <mtu size='1500'/>\n  <link speed='4294967295' state='up'/>\n" +
        "  <mac address='52:54:00:00:00:02'/>\n</interface>\n",
    );
  });

  it('are bridges with their parts', async () => {
    await add('br0', { 'bridge/bridge_id': 'x', 'bridge/forward_delay': '300', 'bridge/stp_state': '1' });
    await put('sys/class/net/br0/brif/part/x', '');
    expect(await describeOne('br0')).toBe(
      "<interface type='bridge' name='br0'>\n  <mtu size='1500'/>\n  <bridge stp='on' delay='300'>\n" +
        "    <interface type='ethernet' name='part'>\n      <link speed='10000' state='up'/>\n" +
        "      <mac address='52:54:00:00:00:03'/>\n    </interface>\n  </bridge>\n</interface>\n",
    );
  });

  it('are bonds with what watches their links', async () => {
    await add('bond0', {
      'bonding/mode': 'active-backup 1',
      'bonding/downdelay': '0',
      'bonding/updelay': '0',
      'bonding/miimon': '100',
      'bonding/arp_interval': '0',
      'bonding/arp_validate': 'none 0',
      'bonding/arp_ip_target': '',
      'bonding/use_carrier': '1',
      'lower_part/x': '',
    });
    const text = await describeOne('bond0');
    expect(text).toContain("<bond mode='active-backup'>\n    <miimon freq='100' carrier='netif'/>");
    expect(text).toContain("<interface type='ethernet' name='part'>");
  });

  it('are VLANs with tag and parent', async () => {
    await add('eth0.5', { uevent: 'DEVTYPE=vlan\nINTERFACE=eth0.5' });
    await put('proc/net/vlan/eth0.5', 'eth0.5  VID: 5\t REORDER_HDR: 1\nDevice: eth0\nINGRESS priority mappings: 0:0');
    expect(await describeOne('eth0.5')).toContain("<vlan tag='5'>\n    <interface name='eth0'/>\n  </vlan>");
  });

  it('are not changed', async () => {
    const lo = await interfaces.interfaceLookupByName('lo');
    await expect(lo.create(0)).rejects.toEqual(code('NO_SUPPORT'));
    await expect(interfaces.interfaceDefineXML("<interface type='ethernet' name='x'/>", 0)).rejects.toEqual(
      code('NO_SUPPORT'),
    );
  });
});
