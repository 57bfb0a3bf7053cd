import {
  ConnectListAllDomainsFlags,
  DomainMetadataType,
  DomainModificationImpact,
  DomainState,
  DomainXMLFlags,
} from '@virtkit/core/util';
import { expect } from 'vitest';
import { expectError } from '../expect-error.js';
import type { HypervisorContext } from '../hypervisor-suite.js';
import type { Case } from '../suite.js';

const UUID = 'c7a5fdbd-edaf-9455-926a-d65c16db1809';
const OTHER_UUID = 'c7a5fdbd-edaf-9455-926a-d65c16db1810';
const DEFINE = ['domainDefineXML', 'domainLookupByName', 'connectListAllDomains'] as const;

async function names({ connect }: HypervisorContext, flags = 0): Promise<string[]> {
  return (await connect.listAllDomains(flags)).map(({ name }) => name).sort();
}

export const DEFINITION_CASES: readonly Case<HypervisorContext>[] = [
  {
    name: 'defines a domain that is inactive and persistent',
    needs: DEFINE,
    async run(context) {
      const domain = await context.define('one', UUID);
      expect(domain).toMatchObject({ name: 'one', uuid: UUID, id: -1 });
      expect((await domain.getState()).state).toBe(DomainState.SHUTOFF);
      expect(await domain.isActive()).toBe(false);
      expect(await domain.isPersistent()).toBe(true);
      expect(await names(context)).toEqual(['one']);
    },
  },
  {
    name: 'gives a domain without UUID one of its own',
    needs: DEFINE,
    async run({ define }) {
      const [one, two] = [await define('one'), await define('two')];
      expect(one.uuid).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
      expect(one.uuid).not.toBe(two.uuid);
    },
  },
  {
    name: 'finds domains by name and UUID',
    needs: DEFINE,
    async run({ connect, define }) {
      await define('one', UUID);
      expect((await connect.domainLookupByName('one')).uuid).toBe(UUID);
      expect((await connect.domainLookupByUUID(UUID)).name).toBe('one');
    },
  },
  {
    name: 'raises NO_DOMAIN for what is not there',
    needs: DEFINE,
    async run({ connect }) {
      await expectError(connect.domainLookupByName('nosuch'), 'NO_DOMAIN');
      await expectError(connect.domainLookupByUUID(OTHER_UUID), 'NO_DOMAIN');
      await expectError(connect.domainLookupByID(99_999), 'NO_DOMAIN');
    },
  },
  {
    name: 'prints XML that defines the same domain again',
    needs: DEFINE,
    async run({ connect, define }) {
      const domain = await define('one', UUID);
      const xml = await domain.getXMLDesc(DomainXMLFlags.INACTIVE);
      await domain.undefine();
      const again = await connect.domainDefineXML(xml);
      expect(await again.getXMLDesc(DomainXMLFlags.INACTIVE)).toBe(xml);
    },
  },
  {
    name: 'replaces the definition of the same name and UUID',
    needs: DEFINE,
    async run(context) {
      await context.define('one', UUID);
      const domain = await context.connect.domainDefineXML(context.xml('one', UUID, '<title>changed</title>'));
      expect(await domain.getXMLDesc()).toContain('<title>changed</title>');
      expect(await names(context)).toEqual(['one']);
    },
  },
  {
    name: 'refuses a name that another UUID has',
    needs: DEFINE,
    async run(context) {
      await context.define('one', UUID);
      await expectError(context.define('one', OTHER_UUID), 'OPERATION_FAILED', 'DOM_EXIST');
      expect((await context.connect.domainLookupByName('one')).uuid).toBe(UUID);
    },
  },
  {
    name: 'refuses a UUID that another name has',
    needs: DEFINE,
    async run(context) {
      await context.define('one', UUID);
      await expectError(context.define('two', UUID), 'OPERATION_FAILED', 'DOM_EXIST');
      expect(await names(context)).toEqual(['one']);
    },
  },
  {
    name: 'refuses what is no XML, and changes nothing',
    needs: DEFINE,
    async run(context) {
      for (const bad of ['', 'nonsense', '<domain', context.xml('one').replace('</domain>', '')])
        await expectError(context.connect.domainDefineXML(bad), 'XML_ERROR', 'XML_DETAIL', 'INVALID_ARG');
      expect(await names(context)).toEqual([]);
    },
  },
  {
    name: 'refuses XML of something else, and changes nothing',
    needs: DEFINE,
    async run(context) {
      await expectError(
        context.connect.domainDefineXML('<network><name>x</name></network>'),
        'XML_ERROR',
        'XML_DETAIL',
      );
      await expectError(
        context.connect.domainDefineXML(context.xml('one').replace(/<name>[^<]*<\/name>/, '')),
        'XML_ERROR',
        'XML_DETAIL',
        'NO_NAME',
      );
      expect(await names(context)).toEqual([]);
    },
  },
  {
    name: 'does not know a domain any more once it is undefined',
    needs: [...DEFINE, 'domainUndefine'],
    async run(context) {
      const domain = await context.define('one');
      await domain.undefine();
      expect(await names(context)).toEqual([]);
      await expectError(domain.getXMLDesc(), 'NO_DOMAIN');
      await expectError(domain.undefine(), 'NO_DOMAIN');
    },
  },
  {
    name: 'filters lists by activity and persistence',
    needs: [...DEFINE, 'domainCreate', 'domainCreateXML'],
    async run(context) {
      await context.define('defined');
      await context.start('started');
      await context.connect.domainCreateXML(context.xml('transient'));
      const { ACTIVE, INACTIVE, PERSISTENT, TRANSIENT, RUNNING, SHUTOFF } = ConnectListAllDomainsFlags;
      expect(await names(context)).toEqual(['defined', 'started', 'transient']);
      expect(await names(context, ACTIVE)).toEqual(['started', 'transient']);
      expect(await names(context, INACTIVE)).toEqual(['defined']);
      expect(await names(context, PERSISTENT)).toEqual(['defined', 'started']);
      expect(await names(context, TRANSIENT)).toEqual(['transient']);
      expect(await names(context, ACTIVE | PERSISTENT)).toEqual(['started']);
      expect(await names(context, RUNNING | SHUTOFF)).toEqual(['defined', 'started', 'transient']);
    },
  },
  {
    name: 'keeps what many callers define at once',
    needs: DEFINE,
    async run(context) {
      const wanted = Array.from({ length: 20 }, (_, i) => `domain-${String(i).padStart(2, '0')}`);
      await Promise.all(wanted.map((name) => context.define(name)));
      expect(await names(context)).toEqual(wanted);
      await Promise.all((await context.connect.listAllDomains()).map((domain) => domain.undefine()));
      expect(await names(context)).toEqual([]);
    },
  },
  {
    name: 'marks for autostart',
    needs: [...DEFINE, 'domainSetAutostart', 'domainGetAutostart'],
    async run(context) {
      const domain = await context.define('one');
      expect(await domain.getAutostart()).toBe(false);
      await domain.setAutostart(true);
      expect(await domain.getAutostart()).toBe(true);
      expect(await names(context, ConnectListAllDomainsFlags.AUTOSTART)).toEqual(['one']);
      await domain.setAutostart(false);
      expect(await domain.getAutostart()).toBe(false);
    },
  },
  {
    name: 'renames an inactive domain',
    needs: [...DEFINE, 'domainRename'],
    async run(context) {
      const domain = await context.define('one', UUID);
      await context.define('taken');
      await expectError(domain.rename('taken'), 'OPERATION_INVALID', 'OPERATION_FAILED', 'INVALID_ARG');
      await domain.rename('two');
      expect(await names(context)).toEqual(['taken', 'two']);
      expect((await context.connect.domainLookupByUUID(UUID)).name).toBe('two');
    },
  },
  {
    name: 'keeps title, description and metadata',
    needs: [...DEFINE, 'domainSetMetadata', 'domainGetMetadata'],
    async run({ define }) {
      const domain = await define('one');
      const { CONFIG } = DomainModificationImpact;
      await expectError(domain.getMetadata(DomainMetadataType.TITLE, null, CONFIG), 'NO_DOMAIN_METADATA');
      await domain.setMetadata(DomainMetadataType.TITLE, 'A title', null, null, CONFIG);
      await domain.setMetadata(DomainMetadataType.DESCRIPTION, 'Two\nlines', null, null, CONFIG);
      await domain.setMetadata(DomainMetadataType.ELEMENT, '<note a="1"/>', 'n', 'urn:x:note', CONFIG);
      expect(await domain.getMetadata(DomainMetadataType.TITLE, null, CONFIG)).toBe('A title');
      expect(await domain.getMetadata(DomainMetadataType.DESCRIPTION, null, CONFIG)).toBe('Two\nlines');
      expect(await domain.getMetadata(DomainMetadataType.ELEMENT, 'urn:x:note', CONFIG)).toContain('note');
      expect(await domain.getXMLDesc()).toContain('urn:x:note');
      await domain.setMetadata(DomainMetadataType.TITLE, null, null, null, CONFIG);
      await expectError(domain.getMetadata(DomainMetadataType.TITLE, null, CONFIG), 'NO_DOMAIN_METADATA');
    },
  },
];
