import {
  formatPoolCapabilities,
  formatStoragePool,
  formatStorageVol,
  parseStoragePool,
  parseStorageVol,
  type PoolType,
} from '@virtkit/core/conf';
import { ErrorCode } from '@virtkit/core/util';
import { describe, expect, it } from 'vitest';
import { corpusCases, differences, hasCorpus } from './corpus.js';

const UUID = '81ff0d90-c91e-6742-64da-4a736edb9a9b';
const pool = (type: string, source: string, rest = '<target><path>/a//b/</path></target>'): string =>
  `<pool type='${type}'><name>n</name><uuid>${UUID}</uuid><source>${source}</source>${rest}</pool>`;

/** Found out at run time by the driver under test. */
const withoutSizes = (text: string): string =>
  text.replace(/<(capacity|allocation|available|physical) unit='bytes'>\d*<\/\1>/g, '');

describe('storage pool', () => {
  it('writes what libvirt writes, byte for byte', () => {
    expect(formatStoragePool(parseStoragePool(pool('dir', '')))).toBe(`<pool type='dir'>
  <name>n</name>
  <uuid>${UUID}</uuid>
  <capacity unit='bytes'>0</capacity>
  <allocation unit='bytes'>0</allocation>
  <available unit='bytes'>0</available>
  <source>
  </source>
  <target>
    <path>/a/b</path>
  </target>
</pool>
`);
  });

  it('reads mount options where the backend knows them', () => {
    const text = `<pool type='netfs' xmlns:fs='http://libvirt.org/schemas/storagepool/fs/1.0'><name>n</name>
      <source><host name='h'/><dir path='/d'/></source><target><path>/t</path></target>
      <fs:mount_opts><fs:option name='sync'/></fs:mount_opts></pool>`;
    const context = { shows: 0, poolNamespaces: true };
    const def = parseStoragePool(text, context);
    expect(def.mountOptions).toEqual({ option: [{ name: 'sync' }] });
    expect(formatStoragePool(def, context)).toContain("<fs:option name='sync'/>");
    expect(parseStoragePool(text).mountOptions).toBeUndefined();
  });

  it.each([
    ['fs', '', ErrorCode.XML_ERROR],
    ['netfs', "<host name='h'/>", ErrorCode.XML_ERROR],
    ['logical', "<format type='x'/>", ErrorCode.CONFIG_UNSUPPORTED],
    ['scsi', "<adapter type='scsi_host'/>", ErrorCode.XML_ERROR],
    ['scsi', "<adapter type='fc_host' wwnn='x' wwpn='y'/>", ErrorCode.INTERNAL_ERROR],
    ['iscsi-direct', "<host name='h'/><device path='d'/>", ErrorCode.CONFIG_UNSUPPORTED],
  ])('refuses type %s with source %s', (type, source, code) => {
    expect(() => parseStoragePool(pool(type, source))).toThrow(expect.objectContaining({ code }));
  });

  it('refuses copy-on-write where there is none, before it looks at the source', () => {
    const text = pool('scsi', '', "<features><cow state='yes'/></features>");
    expect(() => parseStoragePool(text)).toThrow(expect.objectContaining({ code: ErrorCode.NO_SUPPORT }));
  });

  it.skipIf(!hasCorpus)('answers as libvirt on its test inputs (skipped without ../shared)', () => {
    const cases = corpusCases('pool-test').map((one) => ({
      ...one,
      steps: Object.fromEntries(
        Object.entries(one.steps).map(([name, step]) => [
          name,
          step.xml ? { ...step, xml: [withoutSizes(step.xml.join('\n'))] } : step,
        ]),
      ),
    }));
    expect(
      differences(cases, 'define', 'xml', (text) => withoutSizes(formatStoragePool(parseStoragePool(text)))),
    ).toEqual([]);
  });

  it('lists its types as capabilities', () => {
    const text = formatPoolCapabilities(new Set<PoolType>(['dir']));
    expect(text).toContain("<pool type='dir' supported='yes'>");
    expect(text).toContain("<pool type='zfs' supported='no'>");
    expect(text).toContain("<defaultFormat type='lvm2'/>");
  });
});

describe('storage volume', () => {
  const volume = (body: string): string => `<volume><name>v</name>${body}</volume>`;

  it.each([
    ["<capacity unit='E'>8</capacity>", ErrorCode.OVERFLOW],
    ["<capacity>1</capacity><target><format type='none'/></target>", ErrorCode.CONFIG_UNSUPPORTED],
    ["<backingStore><format type='raw'/></backingStore>", ErrorCode.XML_ERROR],
  ])('refuses %s', (body, code) => {
    const context = { shows: 0, capacity: 'optional-with-backing' } as const;
    expect(() => parseStorageVol(volume(body), 'dir', context)).toThrow(expect.objectContaining({ code }));
  });

  it('takes a backing store without a path for none, and writes large sizes in full', () => {
    const text = volume("<capacity unit='PiB'>5120</capacity><backingStore><format type='z'/></backingStore>");
    const def = parseStorageVol(text, 'dir');
    expect(def.backingStore).toBeUndefined();
    expect(formatStorageVol(def, 'dir')).toContain("<capacity unit='bytes'>5764607523034234880</capacity>");
  });

  it('counts in bytes and writes the defaults of its pool', () => {
    const def = parseStorageVol(volume("<capacity unit='GiB'>1</capacity>"), 'dir');
    expect(formatStorageVol(def, 'dir')).toBe(`<volume type='file'>
  <name>v</name>
  <capacity unit='bytes'>1073741824</capacity>
  <allocation unit='bytes'>1073741824</allocation>
  <target>
    <format type='raw'/>
  </target>
</volume>
`);
    expect(parseStorageVol(volume('<capacity>1</capacity>'), 'logical').type).toBe('block');
  });

  it('needs a capacity, unless told otherwise', () => {
    expect(() => parseStorageVol(volume(''), 'dir')).toThrow(expect.objectContaining({ code: ErrorCode.XML_ERROR }));
    const backed = volume('<backingStore><path>/b</path></backingStore>');
    expect(() => parseStorageVol(backed, 'dir')).toThrow();
    expect(parseStorageVol(backed, 'dir', { shows: 0, capacity: 'optional-with-backing' }).capacity).toBe(0);
  });

  it.skipIf(!hasCorpus)('answers as libvirt on its test inputs (skipped without ../shared)', () => {
    const part = (text: string): string =>
      text
        .replace(/<(?:key|allocation)\b[^>]*>[^<]*<\/\w+>/g, '')
        .replace(/<target>(\s*<path>[^<]*<\/path>)?/, '<target>');
    const cases = corpusCases('vol-test').map((one) => ({
      ...one,
      steps: Object.fromEntries(
        Object.entries(one.steps).map(([name, step]) => [
          name,
          step.xml ? { ...step, xml: [part(step.xml.join('\n'))] } : step,
        ]),
      ),
    }));
    expect(
      differences(cases, 'create', 'xml', (text) => part(formatStorageVol(parseStorageVol(text, 'dir'), 'dir'))),
    ).toEqual([]);
  });
});
