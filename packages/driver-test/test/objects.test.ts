import type { Connect, Host } from '@virtkit/core';
import type { EventCallback, NetworkLifecycleEvent, StoragePoolLifecycleEvent } from '@virtkit/core/driver';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { callerOf, outcome, testHost } from './support/open.js';

let host: Host;
let connect: Connect;
let call: ReturnType<typeof callerOf>;

beforeEach(async () => {
  host = await testHost();
  connect = await host.open('test:///default');
  call = callerOf(connect);
});
afterEach(() => host.close());

type Ref = { name: string; uuid: string };
const settled = (): Promise<unknown> => new Promise((resolve) => setImmediate(resolve));

describe('networks', () => {
  const define = (name: string, more = '', uuid = ''): Ref =>
    call(
      'networkDefineXML',
      null,
      `<network><name>${name}</name>${uuid && `<uuid>${uuid}</uuid>`}${more}</network>`,
    ) as Ref;

  it('live and die, and say so', async () => {
    const seen: number[] = [];
    const note: EventCallback<NetworkLifecycleEvent> = ({ event }) => seen.push(event);
    await connect.networkEventRegisterAny(null, 0, note);
    const net = define('n', "<bridge name='br7'/>");
    call('networkCreate', net);
    expect(outcome(() => call('networkCreate', net))).toBe(
      "55/12 Requested operation is not valid: Network 'n' is already running",
    );
    expect(outcome(() => call('networkUndefine', net))).toContain('is still running');
    expect(call('networkGetBridgeName', net)).toBe('br7');
    call('networkDestroy', net);
    call('networkUndefine', net);
    expect(outcome(() => call('networkGetXMLDesc', net, 0))).toBe(
      "43/12 Network not found: no network with matching name 'n'",
    );
    await settled();
    expect(seen).toEqual([0, 2, 3, 1]);
  });

  it('are listed by what they are', () => {
    define('off');
    call('networkCreateXML', null, '<network><name>transient</name></network>');
    call('networkSetAutostart', call('networkLookupByName', null, 'off') as object, true);
    const list = (flags: number): string[] =>
      (call('connectListAllNetworks', null, flags) as Ref[]).map(({ name }) => name);
    expect([1, 2, 4, 8, 16, 32, 1 | 2, 2 | 8].map(list)).toEqual([
      ['off'],
      ['default', 'transient'],
      ['default', 'off'],
      ['transient'],
      ['off'],
      ['default', 'transient'],
      ['default', 'off', 'transient'],
      ['transient'],
    ]);
  });

  it('are updated section by section', () => {
    const net = define(
      'u',
      "<ip address='10.0.0.1' netmask='255.255.255.0'><dhcp><range start='10.0.0.2' end='10.0.0.9'/></dhcp></ip>",
    );
    const host1 = "<host mac='52:54:00:00:00:01' name='h1' ip='10.0.0.5'/>";
    const update = (command: number, section: number, xml: string): string =>
      outcome(() => call('networkUpdate', net, command, section, -1, xml, 2));
    expect(update(3, 4, host1)).toBe('ok');
    expect(update(3, 4, host1)).toMatch(/^55\/19 .*there is an existing dhcp host entry in network 'u'/);
    expect(update(1, 4, host1.replace('.5', '.6'))).toBe('ok');
    expect(call('networkGetXMLDesc', net, 0)).toContain("name='h1' ip='10.0.0.6'/>");
    expect(update(2, 4, "<host mac='52:54:00:00:00:01'/>")).toBe('ok');
    expect(update(2, 4, "<host mac='52:54:00:00:00:01'/>")).toMatch(/^55\/19 .*couldn't locate a matching dhcp host/);
    expect(update(3, 11, "<txt name='a' value='b'/>")).toBe('ok');
    expect(update(1, 11, "<txt name='a' value='c'/>")).toMatch(/^84\/19/);
    expect(update(3, 4, '<x/>')).toMatch(/^27\/19 .*unexpected element <x>/);
    expect(update(3, 1, '<x/>')).toMatch(/^84\/19 .*can't update 'bridge' section/);
    expect(update(3, 7, "<interface dev='e'/>")).toBe('ok');
    expect(call('networkGetXMLDesc', net, 0)).not.toContain('interface');
    expect(outcome(() => call('networkUpdate', net, 3, 11, -1, "<txt name='z' value='b'/>", 1))).toContain(
      'network is not running',
    );
  });
});

describe('storage', () => {
  const POOL = (name: string, path: string, uuid = ''): string =>
    `<pool type='dir'><name>${name}</name>${uuid && `<uuid>${uuid}</uuid>`}<target><path>${path}</path></target></pool>`;
  const volume = (name: string, capacity: number, more = ''): string =>
    `<volume><name>${name}</name><capacity>${capacity}</capacity>${more}</volume>`;
  const define = (name: string, path = `/${name}`): Ref =>
    call('storagePoolDefineXML', null, POOL(name, path), 0) as Ref;

  it('pools live and die, and say so', async () => {
    const seen: number[] = [];
    const note: EventCallback<StoragePoolLifecycleEvent> = ({ event }) => seen.push(event);
    await connect.storagePoolEventRegisterAny(null, 0, note);
    const pool = define('p');
    call('storagePoolBuild', pool, 0);
    call('storagePoolCreate', pool, 0);
    expect(outcome(() => call('storagePoolUndefine', pool))).toBe(
      "55/12 Requested operation is not valid: storage pool 'p' is active",
    );
    call('storagePoolDestroy', pool);
    expect(outcome(() => call('storagePoolRefresh', pool, 0))).toBe(
      "55/12 Requested operation is not valid: storage pool 'p' is not active",
    );
    call('storagePoolDelete', pool, 0);
    call('storagePoolUndefine', pool);
    await settled();
    expect(seen).toEqual([0, 4, 2, 3, 5, 1]);
  });

  it('pools do not share what they work on', () => {
    define('p');
    expect(outcome(() => define('q', '/p'))).toBe("9/18 operation failed: Storage source conflict with pool: 'p'");
    expect(outcome(() => define('p', '/other'))).toMatch(/^9\/18 operation failed: pool 'p' already exists with uuid/);
  });

  it('volumes take space', () => {
    const pool = define('p');
    expect(outcome(() => call('storageVolCreateXML', pool, volume('v', 1), 0))).toContain('is not active');
    call('storagePoolCreate', pool, 0);
    const vol = call('storageVolCreateXML', pool, volume('v', 1000), 0) as object;
    expect(vol).toEqual({ pool: 'p', name: 'v', key: '/p/v' });
    call('storageVolCreateXML', pool, volume('thin', 1000, '<allocation>10</allocation>'), 0);
    expect(call('storagePoolGetInfo', pool)).toMatchObject({ allocation: 1010n, available: 107374181390n });
    expect(outcome(() => call('storageVolCreateXML', pool, volume('v', 1), 0))).toBe(
      '9/12 operation failed: storage vol already exists',
    );
    expect(outcome(() => call('storageVolCreateXML', pool, volume('big', 2 ** 50), 0))).toContain(
      'Not enough free space in pool',
    );
    expect(call('storageVolLookupByPath', null, '/p/thin')).toMatchObject({ name: 'thin' });
    expect(call('storageVolGetXMLDesc', vol, 0)).toContain("<path>/p/v</path>\n    <format type='raw'/>");
    expect(
      outcome(() => call('storageVolCreateXMLFrom', pool, volume('c', 1), { pool: 'p', name: 'no', key: '' }, 0)),
    ).toMatch(/^50\/12/);
    expect(call('storagePoolListVolumes', pool)).toEqual(['v', 'thin']);
    call('storageVolDelete', vol, 0);
    expect(call('storagePoolGetInfo', pool)).toMatchObject({ allocation: 10n });
    call('storagePoolDestroy', pool);
    expect(outcome(() => call('storageVolLookupByKey', null, '/p/thin'))).toMatch(/^50\/12/);
    expect(outcome(() => call('storagePoolListAllVolumes', pool, 0))).toMatch(/^55\/12/);
  });

  it('a pool on a virtual port makes the port', () => {
    const xml = `<pool type='scsi'><name>vhba</name><source><adapter type='fc_host' wwnn='20000000c9831b4b'
      wwpn='10000000c9831b4b'/></source><target><path>/dev/disk/by-path</path></target></pool>`;
    const pool = call('storagePoolCreateXML', null, xml, 0) as object;
    expect(call('nodeDeviceGetXMLDesc', { name: 'scsi_host12' }, 0)).toContain('<wwnn>20000000c9831b4b</wwnn>');
    call('storagePoolDestroy', pool);
    expect(outcome(() => call('nodeDeviceGetXMLDesc', { name: 'scsi_host12' }, 0))).toMatch(/^53\/12/);
  });

  it('finds sources where its types have some', () => {
    expect(call('connectFindStoragePoolSources', null, 'logical', null, 0)).toContain('<name>testvg2</name>');
    expect(call('connectFindStoragePoolSources', null, 'netfs', "<source><host name='h'/></source>", 0)).toContain(
      "<host name='h'/>",
    );
    expect(outcome(() => call('connectFindStoragePoolSources', null, 'netfs', '<source/>', 0))).toMatch(/^8\/12/);
    expect(outcome(() => call('connectFindStoragePoolSources', null, 'iscsi', null, 0))).toMatch(/^3\/12/);
  });
});

describe('interfaces', () => {
  const eth1 = { name: 'eth1', mac: 'aa:bb:cc:dd:ee:ff' };
  const XML = "<interface type='ethernet' name='e2'><mac address='aa:bb:cc:dd:ee:ff'/></interface>";

  it('are found by name and address', () => {
    expect(call('interfaceLookupByMACString', null, 'AA:BB:cc:dd:ee:ff')).toEqual(eth1);
    call('interfaceDefineXML', null, XML, 0);
    expect(outcome(() => call('interfaceLookupByMACString', null, 'aa:bb:cc:dd:ee:ff'))).toMatch(/^59\/12/);
    expect(outcome(() => call('interfaceLookupByName', null, 'zz'))).toMatch(/^57\/12/);
  });

  it('go back to what they were', () => {
    call('interfaceChangeBegin', null, 0);
    expect(outcome(() => call('interfaceChangeBegin', null, 0))).toContain('there is another transaction running');
    call('interfaceDefineXML', null, XML, 0);
    call('interfaceUndefine', eth1);
    call('interfaceChangeRollback', null, 0);
    expect(call('connectListAllInterfaces', null, 0)).toEqual([eth1]);
    expect(outcome(() => call('interfaceChangeCommit', null, 0))).toContain('nothing to be committed');
  });
});

describe('node devices', () => {
  const vport = (parent: string, names = '<wwnn>20000000c9831b4f</wwnn><wwpn>10000000c9831b4f</wwpn>'): string =>
    `<device>${parent}<capability type='scsi_host'><capability type='fc_host'>${names}</capability></capability></device>`;

  it('are made under what can have them', () => {
    const create = (xml: string): string => outcome(() => call('nodeDeviceCreateXML', null, xml, 0));
    expect(create(vport('<parent>scsi_host1</parent>'))).toBe('ok');
    expect(call('nodeDeviceGetParent', { name: 'scsi_host12' })).toBe('scsi_host1');
    expect(create(vport('<parent>scsi_host99</parent>'))).toContain('Could not find parent device');
    expect(create(vport('<parent>computer</parent>'))).toContain('is not capable of vport operations');
    expect(create(vport("<parent wwnn='2000000012341234' wwpn='1000000012341234'/>"))).toBe('ok');
    expect(create("<device><parent>scsi_host1</parent><capability type='scsi_host'/></device>")).toContain(
      'not a fibre channel HBA',
    );
    expect(create(vport('<parent>scsi_host1</parent>', ''))).toMatch(/^1\/22/);
  });

  it('go, but for the host itself', () => {
    call('nodeDeviceDestroy', { name: 'scsi_host11' });
    call('nodeDeviceDestroy', { name: 'computer' });
    expect(call('nodeListDevices', null, null, 0)).toEqual(['computer', 'scsi_host1', 'scsi_host2']);
    expect((call('connectListAllNodeDevices', null, 1024) as object[]).length).toBe(2);
  });
});
