import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Connect, Host } from '@virtkit/core';
import { ErrorCode } from '@virtkit/core/util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import driver from '../src/index.js';

const MANIFEST = {
  name: 'nwfilter',
  spi: '1.0',
  kind: 'secondary',
  uriSchemes: ['nwfilter'],
  provides: ['nwfilter'],
  localOnly: true,
  remoteOnly: false,
  secondaries: 'shared',
  paths: [],
} as const;

const code = (name: keyof typeof ErrorCode) => expect.objectContaining({ code: ErrorCode[name] });

let root: string;
let host: Host;
let filters: Connect;

async function start(): Promise<void> {
  host = await Host.create({
    stateRoot: root,
    hostFs: { root, path: (path) => join(root, 'host', path) },
    drivers: [{ module: driver, manifest: MANIFEST }],
  });
  filters = await host.open(`nwfilter:///embed?root=${root}`);
}

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'virtkit-nwfilter-'));
  await start();
});
afterEach(async () => {
  await host.close();
  await rm(root, { recursive: true });
});

const filter = (name: string, content = ''): string => `<filter name='${name}' chain='root'>${content}</filter>`;
const binding = (port: string, name: string): string =>
  `<filterbinding><owner><name>d</name><uuid>d54df46f-1ab5-4a22-8618-4560ef5fac2c</uuid></owner>` +
  `<portdev name='${port}'/><mac address='52:54:00:00:00:01'/><filterref filter='${name}'/></filterbinding>`;

describe('network filters', () => {
  it('are defined, listed and removed, and survive a restart', async () => {
    const one = await filters.nwfilterDefineXML(filter('one', "<rule action='drop' direction='out'><tcp/></rule>"));
    await host.close();
    await start();
    const again = await filters.nwfilterLookupByName('one');
    expect(again.uuid).toBe(one.uuid);
    expect(await again.getXMLDesc(0)).toContain("<rule action='drop' direction='out' priority='500'>");
    await again.undefine();
    expect(await filters.listAllNWFilters(0)).toEqual([]);
    await expect(filters.nwfilterLookupByName('one')).rejects.toEqual(code('NO_NWFILTER'));
  });

  it('are defined anew by their UUID, which no other takes', async () => {
    const one = await filters.nwfilterDefineXML(filter('one'));
    const uuid = `<uuid>${one.uuid}</uuid>`;
    await filters.nwfilterDefineXML(filter('one', `${uuid}<filterref filter='later'/>`));
    expect(await one.getXMLDesc(0)).toContain("<filterref filter='later'/>");
    await expect(filters.nwfilterDefineXML(filter('one'))).rejects.toEqual(code('OPERATION_FAILED'));
    await expect(filters.nwfilterDefineXML(filter('two', uuid))).rejects.toEqual(code('OPERATION_FAILED'));
  });

  it('do not refer to themselves', async () => {
    await filters.nwfilterDefineXML(filter('one', "<filterref filter='two'/>"));
    await expect(filters.nwfilterDefineXML(filter('two', "<filterref filter='one'/>"))).rejects.toEqual(
      code('OPERATION_FAILED'),
    );
  });

  it('leave out what cannot be read', async () => {
    await filters.nwfilterDefineXML(filter('good'));
    await host.close();
    const folder = join(root, 'etc', 'nwfilter');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'bad.xml'), '<filter');
    await start();
    expect((await filters.listAllNWFilters(0)).map(({ name }) => name)).toEqual(['good']);
  });
});

describe('bindings', () => {
  it('keep their filter in use, and survive a restart', async () => {
    const one = await filters.nwfilterDefineXML(filter('one'));
    await filters.nwfilterBindingCreateXML(binding('vnet7', 'one'), 0);
    await expect(one.undefine()).rejects.toEqual(code('OPERATION_INVALID'));
    await host.close();
    await start();
    const bound = await filters.nwfilterBindingLookupByPortDev('vnet7');
    expect(await bound.getXMLDesc(0)).toContain("<filterref filter='one'/>");
    await bound.delete();
    await expect(filters.nwfilterBindingLookupByPortDev('vnet7')).rejects.toEqual(code('NO_NWFILTER_BINDING'));
    await (await filters.nwfilterLookupByName('one')).undefine();
    expect((await readdir(root, { recursive: true })).filter((name) => name.endsWith('.xml'))).toEqual([]);
  });

  it('are refused on an interface that would stay without rules', async () => {
    await filters.nwfilterDefineXML(filter('one'));
    await mkdir(join(root, 'host/sys/class/net/vnet0'), { recursive: true });
    await expect(filters.nwfilterBindingCreateXML(binding('vnet0', 'one'), 0)).rejects.toEqual(
      code('CONFIG_UNSUPPORTED'),
    );
  });
});
