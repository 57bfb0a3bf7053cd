import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Connect, Host } from '@virtkit/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { callerOf, testHost } from './support/open.js';

let host: Host;
let dir: string;

beforeEach(async () => {
  host = await testHost();
  dir = await mkdtemp(join(tmpdir(), 'virtkit-node-'));
});
afterEach(async () => {
  await host.close();
  await rm(dir, { recursive: true });
});

const open = async (node: string, files: Readonly<Record<string, string>> = {}): Promise<Connect> => {
  const path = join(dir, 'node.xml');
  await writeFile(path, node);
  for (const [name, text] of Object.entries(files)) await writeFile(join(dir, name), text);
  return host.open(`test://${path}`);
};

const NS = "xmlns:test='http://libvirt.org/schemas/domain/test/1.0'";
const domain = (name: string, more = ''): string =>
  `<domain type='test' ${NS}><name>${name}</name><memory>1024</memory><os><type>hvm</type></os>${more}</domain>`;

describe('node files', () => {
  it('describe everything that a host has', async () => {
    const connect = await open(
      `<node>
        <cpu><mhz>6000</mhz><model>i986</model><nodes>2</nodes><sockets>2</sockets><cores>2</cores><threads>2</threads></cpu>
        <memory>4096</memory>
        ${domain('running')}${domain('paused', '<test:runstate>3</test:runstate><test:transient/>')}
        ${domain('off', '<test:runstate>5</test:runstate><test:hasmanagedsave/>')}
        <domain file='other.xml'/>
        <network file='net.xml'/>
        <interface type='ethernet' name='eth9'><mac address='aa:bb:cc:dd:ee:01'/></interface>
        <pool type='dir'><name>p</name><target><path>/p</path></target>
          <volume><name>v1</name><capacity>100</capacity></volume><volume file='vol.xml'/></pool>
        <device><name>computer</name><capability type='system'><hardware>
          <uuid>11111111-2222-3333-4444-555555555555</uuid></hardware><firmware/></capability></device>
      </node>`,
      {
        'other.xml': domain('other'),
        'net.xml': '<network><name>net</name></network>',
        'vol.xml': '<volume><name>v2</name><capacity>5</capacity></volume>',
      },
    );
    const call = callerOf(connect);
    const states = (call('connectListAllDomains', null, 0) as { name: string; id: number }[]).map((dom) => {
      const { state } = call('domainGetState', dom, 0) as { state: number };
      return [dom.name, dom.id, state, call('domainIsPersistent', dom), call('domainHasManagedSaveImage', dom, 0)];
    });
    expect(states).toEqual([
      ['running', 1, 1, true, false],
      ['paused', 2, 3, false, false],
      ['off', -1, 5, true, true],
      ['other', 3, 1, true, false],
    ]);
    expect(call('nodeGetInfo', null)).toMatchObject({ model: 'i986', mhz: 6000, cpus: 16, memory: 4096n });
    expect(call('networkIsActive', call('networkLookupByName', null, 'net') as object)).toBe(true);
    expect(call('storagePoolListVolumes', { name: 'p', uuid: '' })).toEqual(['v1', 'v2']);
    expect(call('storagePoolGetInfo', { name: 'p', uuid: '' })).toMatchObject({ allocation: 105n });
    expect(call('connectListAllInterfaces', null, 0)).toEqual([{ name: 'eth9', mac: 'aa:bb:cc:dd:ee:01' }]);
    expect(call('nodeListDevices', null, null, 0)).toEqual(['computer']);
  });

  it('bring snapshots', async () => {
    const snapshot = (name: string, active: number, parent = ''): string =>
      `<test:domainsnapshot><name>${name}</name>${parent && `<parent><name>${parent}</name></parent>`}
       <creationTime>5</creationTime><state>running</state><active>${active}</active>${domain('d')}</test:domainsnapshot>`;
    const call = callerOf(await open(`<node>${domain('d', snapshot('a', 0) + snapshot('b', 1, 'a'))}</node>`));
    const dom = call('domainLookupByName', null, 'd') as object;
    expect(call('domainSnapshotListNames', dom, 1024)).toEqual(['a', 'b']);
    expect(call('domainSnapshotCurrent', dom, 0)).toMatchObject({ name: 'b' });
  });

  it('are read anew for every connection', async () => {
    const first = callerOf(await open(`<node>${domain('d')}</node>`));
    const second = callerOf(await host.open(`test://${join(dir, 'node.xml')}`));
    first('domainDestroy', first('domainLookupByName', null, 'd') as object);
    expect(second('domainIsActive', second('domainLookupByName', null, 'd') as object)).toBe(true);
  });

  it.each([
    ['<nod/>', 'expecting <node>'],
    ['<node', 'node.xml):1:'],
    ['<node><domain file="nope.xml"/></node>', 'failed to parse xml document'],
    [`<node>${domain('d', '<test:runstate>8</test:runstate>')}</node>`, "runstate '8' out of range"],
    [`<node>${domain('d', '<test:runstate>x</test:runstate>')}</node>`, 'invalid runstate'],
    [
      `<node>${domain('d', '<test:runstate>5</test:runstate><test:transient/>')}</node>`,
      "transient domain cannot have runstate 'shutoff'",
    ],
    [`<node>${domain('d', '<test:hasmanagedsave/>')}</node>`, "can only have runstate 'shutoff'"],
    [`<node>${domain('d')}${domain('d')}</node>`, "domain 'd' already exists"],
    ['<node><cpu><mhz>fast</mhz></cpu></node>', 'invalid node cpu mhz value'],
  ])('are refused: %s', async (node, text) => {
    await expect(open(node)).rejects.toThrow(text);
  });

  it('can ask who opens them', async () => {
    const node = "<node><auth><user password='p'>bob</user><user>al</user></auth></node>";
    await expect(open(node)).rejects.toThrow('Missing authentication credentials');
    for (const [credentials, ok] of [
      [{ user: 'bob', password: 'p' }, true],
      [{ user: 'bob', password: 'q' }, false],
      [{ user: 'al' }, true],
      [{ user: 'eve' }, false],
    ] as const) {
      const other = await testHost({ credentials });
      const opened = other.open(`test://${join(dir, 'node.xml')}`);
      if (ok) await expect(opened).resolves.toBeDefined();
      else await expect(opened).rejects.toThrow('authentication failed');
      await other.close();
    }
  });
});
