import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Connect } from '@virtkit/core';
import { ErrorCode } from '@virtkit/core/util';
import { type Embedded, openEmbedded, RecordingRunner } from '@virtkit/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import driver from '../src/index.js';

const code = (name: keyof typeof ErrorCode) => expect.objectContaining({ code: ErrorCode[name] });

let root: string;
let place: Embedded;
let filters: Connect;
let runner: RecordingRunner;

beforeEach(async () => {
  runner = new RecordingRunner();
  place = await openEmbedded(driver, join(import.meta.dirname, '..'), { commandRunner: runner, hostFiles: true });
  ({ root, connect: filters } = place);
});
afterEach(() => place.dispose());

const filter = (name: string, content = ''): string => `<filter name='${name}' chain='root'>${content}</filter>`;
const binding = (port: string, name: string): string =>
  `<filterbinding><owner><name>d</name><uuid>d54df46f-1ab5-4a22-8618-4560ef5fac2c</uuid></owner>` +
  `<portdev name='${port}'/><mac address='52:54:00:00:00:01'/><filterref filter='${name}'/></filterbinding>`;

describe('network filters', () => {
  it('are defined, listed and removed, and survive a restart', async () => {
    const one = await filters.nwfilterDefineXML(filter('one', "<rule action='drop' direction='out'><tcp/></rule>"));
    filters = await place.restart();
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
    await place.host.close();
    const folder = join(root, 'etc', 'nwfilter');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'bad.xml'), '<filter');
    filters = await place.restart();
    expect((await filters.listAllNWFilters(0)).map(({ name }) => name)).toEqual(['good']);
  });
});

describe('bindings', () => {
  it('keep their filter in use, and survive a restart', async () => {
    const one = await filters.nwfilterDefineXML(filter('one'));
    await filters.nwfilterBindingCreateXML(binding('vnet7', 'one'), 0);
    await mkdir(join(root, 'host/sys/class/net/vnet7'), { recursive: true });
    await expect(one.undefine()).rejects.toEqual(code('OPERATION_INVALID'));
    filters = await place.restart();
    const bound = await filters.nwfilterBindingLookupByPortDev('vnet7');
    expect(await bound.getXMLDesc(0)).toContain("<filterref filter='one'/>");
    await bound.delete();
    await expect(filters.nwfilterBindingLookupByPortDev('vnet7')).rejects.toEqual(code('NO_NWFILTER_BINDING'));
    await (await filters.nwfilterLookupByName('one')).undefine();
    expect((await readdir(root, { recursive: true })).filter((name) => name.endsWith('.xml'))).toEqual([]);
  });

  describe('of a port that is there', () => {
    const DROP = "<rule action='drop' direction='out'><tcp/></rule>";
    const accepted = (): string[] => runner.lines.filter((line) => line.includes('-A FJ-vnet0'));

    beforeEach(async () => {
      await mkdir(join(root, 'host/sys/class/net/vnet0'), { recursive: true });
    });

    it('build its rules, and put them to use', async () => {
      await filters.nwfilterDefineXML(filter('one', DROP));
      const bound = await filters.nwfilterBindingCreateXML(binding('vnet0', 'one'), 0);
      expect(accepted()).toEqual(['iptables -w -A FJ-vnet0 -p tcp -j DROP']);
      expect(runner.lines.at(-1)).toBe('ebtables --concurrent -t nat -E libvirt-P-vnet0 libvirt-O-vnet0');
      runner.lines.length = 0;
      await bound.delete();
      expect(runner.lines).toContain('iptables -w -X FI-vnet0');
    });

    it('follow changes of the filters, or leave all as it was', async () => {
      const inner = await filters.nwfilterDefineXML(filter('inner', DROP));
      await filters.nwfilterDefineXML(filter('outer', "<filterref filter='inner'/>"));
      await filters.nwfilterBindingCreateXML(binding('vnet0', 'outer'), 0);
      runner.lines.length = 0;
      const changed = `<uuid>${inner.uuid}</uuid>${DROP.replace('tcp', 'udp')}`;
      runner.failing = /-p udp/;
      await expect(filters.nwfilterDefineXML(filter('inner', changed))).rejects.toEqual(code('INTERNAL_ERROR'));
      expect(await inner.getXMLDesc(0)).toContain('<tcp/>');
      expect(runner.lines.some((line) => line.includes('-E '))).toBe(false);
      runner.failing = undefined;
      runner.lines.length = 0;
      await filters.nwfilterDefineXML(filter('inner', changed));
      expect(accepted()).toEqual(['iptables -w -A FJ-vnet0 -p udp -j DROP']);
    });

    it('are built anew after a restart', async () => {
      await filters.nwfilterDefineXML(filter('one', DROP));
      await filters.nwfilterBindingCreateXML(binding('vnet0', 'one'), 0);
      await place.host.close();
      runner.lines.length = 0;
      filters = await place.restart();
      expect(accepted()).toHaveLength(1);
    });

    it('need their variables', async () => {
      const what = (name: string): string => `<rule action='drop' direction='out'><ip srcipaddr='$${name}'/></rule>`;
      await filters.nwfilterDefineXML(filter('address', what('IP')));
      await filters.nwfilterDefineXML(filter('other', what('GATEWAY')));
      await expect(filters.nwfilterBindingCreateXML(binding('vnet0', 'address'), 0)).rejects.toEqual(
        code('CONFIG_UNSUPPORTED'),
      );
      await expect(filters.nwfilterBindingCreateXML(binding('vnet0', 'other'), 0)).rejects.toEqual(
        code('INTERNAL_ERROR'),
      );
      await expect(filters.nwfilterBindingCreateXML(binding('vnet0', 'none'), 0)).rejects.toEqual(
        code('INTERNAL_ERROR'),
      );
      expect(await filters.listAllNWFilterBindings(0)).toEqual([]);
    });
  });
});
