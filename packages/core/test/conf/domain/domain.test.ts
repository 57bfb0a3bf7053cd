import {
  abiDifferences,
  checkAbiStability,
  copyDef,
  deviceByAlias,
  deviceInfoOf,
  diskByName,
  domainDevices,
  domainXmlOption,
  elementOf,
  explainUnknown,
  domain,
  formatDomain,
  formatDomainStatus,
  formatPrivate,
  interfaceByName,
  parseDomain,
  parseDomainStatus,
  readXml,
  removeDevice,
  req,
  str,
  xmlNamespace,
  list,
} from '@virtkit/core/conf';
import { ErrorCode, LibvirtError } from '@virtkit/core/util';
import { describe, expect, it } from 'vitest';

const domainXml = (devices: string, more = ''): string =>
  `<domain type='kvm'><name>guest</name><uuid>c7a5fdbd-edaf-9455-926a-d65c16db1809</uuid><memory unit='MiB'>512</memory>${more}<os><type arch='x86_64' machine='q35'>hvm</type></os><devices>${devices}</devices></domain>`;

function refusal(run: () => unknown): LibvirtError {
  try {
    run();
  } catch (error) {
    if (LibvirtError.is(error)) return error;
    throw error;
  }
  throw new Error('was accepted');
}

const disks = `<disk type='file'><source file='/b.img'/><target dev='sdb'/></disk>
  <disk type='block' device='cdrom'><target dev='hda'/></disk>
  <disk type='file'><source file='/a.img'/><target dev='sda'/><alias name='ua-first'/></disk>`;
const net = `<interface type='network'><mac address='52:54:00:AA:bb:cc'/><source network='default'/><model type='virtio'/></interface>`;

describe('parseDomain', () => {
  it('fills in what the document leaves open', () => {
    const def = parseDomain(domainXml(`${disks}<video><model type='vga'/></video>`));
    expect(def).toMatchObject({
      memory: { value: 524288 },
      currentMemory: 524288,
      vcpu: { value: 1, placement: 'static' },
      clock: { offset: 'utc', timer: [] },
      on_poweroff: 'destroy',
      os: { boot: [{ dev: 'hd' }] },
    });
    expect(def.devices.disk.map(({ target }) => target?.dev)).toEqual(['hda', 'sda', 'sdb']);
    expect(def.devices.disk[0]).toMatchObject({ type: 'file', readonly: true, target: { bus: 'ide' } });
    expect(def.devices.disk[1]?.address).toEqual({ type: 'drive', controller: 0, bus: 0, target: 0, unit: 0 });
    expect(def.devices.controller.map(({ type, index }) => `${type}${index}`)).toEqual(['scsi0', 'ide0']);
    expect(def.devices.video[0]?.model).toEqual({ type: 'vga', vram: 16384, heads: 1, primary: true });
  });

  it('makes the first console another name of the first serial port', () => {
    const def = parseDomain(domainXml("<console type='pty'/>"));
    expect(def.devices.serial).toMatchObject([{ type: 'pty', target: { port: 0 } }]);
    expect(def.devices.console).toMatchObject([{ type: 'pty', target: { type: 'serial', port: 0 } }]);
  });

  it.each([
    ['no name', '<domain type="kvm"/>', ErrorCode.NO_NAME],
    ['no memory', domainXml('').replace(/<memory.*?<\/memory>/, ''), ErrorCode.XML_ERROR],
    ['an unknown type of domain', domainXml('').replace("'kvm'", "'kmv'"), ErrorCode.CONFIG_UNSUPPORTED],
    ['a disk without target', domainXml("<disk type='file'><source file='/x'/></disk>"), ErrorCode.NO_TARGET],
    ['a disk without source', domainXml("<disk type='file'><target dev='vda'/></disk>"), ErrorCode.NO_SOURCE],
    [
      'a target twice',
      domainXml(
        "<disk><source file='/x'/><target dev='vda'/></disk><disk><source file='/y'/><target dev='vda'/></disk>",
      ),
      ErrorCode.XML_ERROR,
    ],
    [
      'boot order beside boot devices',
      domainXml("<disk><source file='/x'/><target dev='vda'/><boot order='1'/></disk>").replace(
        '</os>',
        "<boot dev='hd'/></os>",
      ),
      ErrorCode.CONFIG_UNSUPPORTED,
    ],
    ['another root', '<network/>', ErrorCode.XML_ERROR],
    ['no XML', 'domain', ErrorCode.XML_DETAIL],
  ])('refuses %s', (_what, xml, code) => {
    expect(refusal(() => parseDomain(xml)).code).toBe(code);
  });

  it('explains names that it drops', () => {
    const xml = domainXml("<disk devcie='cdrom'><souce file='/x'/><target dev='vda'/></disk>");
    expect(explainUnknown(domain, readXml(xml))).toMatchObject([
      { kind: 'attribute', name: 'devcie', suggestion: 'device' },
      { kind: 'element', name: 'souce', suggestion: 'source' },
    ]);
  });
});

describe('a driver', () => {
  interface Commandline {
    arg: { value: string }[];
  }
  const commandline = elementOf<Commandline>('commandline', {
    arg: list(elementOf<{ value: string }>('arg', { value: req(str) })),
  });
  const seen: string[] = [];
  const option = domainXmlOption({
    namespace: xmlNamespace('drv', 'urn:drv', { commandline }),
    postParse: {
      basic: () => seen.push('basic'),
      device: ({ kind }) => seen.push(kind),
      domain: () => seen.push('domain'),
      assignAddresses: () => seen.push('addresses'),
    },
    validate: { domain: () => seen.push('valid'), device: ({ kind }) => seen.push(`valid ${kind}`) },
  });

  it('has its own elements, which others drop', () => {
    const xml = domainXml('')
      .replace('<domain ', "<domain xmlns:x='urn:drv' ")
      .replace('</domain>', "<x:commandline><x:arg value='&lt;a>'/><arg value='b'/></x:commandline></domain>");
    const def = parseDomain(xml, option);
    expect(def.namespaces).toEqual({ drv: { commandline: { arg: [{ value: '<a>' }] } } });
    const text = formatDomain(def, option);
    expect(text).toContain("<domain type='kvm' xmlns:drv='urn:drv'>");
    expect(text).toContain("  <drv:commandline>\n    <drv:arg value='&lt;a&gt;'/>\n  </drv:commandline>\n</domain>");
    expect(formatDomain(parseDomain(xml))).not.toContain('drv');
    expect(formatDomain(parseDomain(text, option), option)).toBe(text);
  });

  it('is asked at every step', () => {
    seen.length = 0;
    parseDomain(domainXml(net), option);
    expect(seen).toEqual(['basic', 'domain', 'interface', 'addresses', 'valid', 'valid interface']);
  });
});

describe('visibility', () => {
  const xml = domainXml(
    "<graphics type='vnc' port='5901' autoport='yes' passwd='s3cret'/><serial type='pty'><source path='/dev/pts/1'/><alias name='serial0'/></serial>",
  );

  it('hides passwords and run-time facts', () => {
    const live = parseDomain(xml, undefined, { inactive: false });
    const shown = formatDomain(live, undefined, { inactive: false, secure: true });
    for (const part of ["port='5901'", "passwd='s3cret'", "path='/dev/pts/1'", "name='serial0'"])
      expect(shown).toContain(part);
    const hidden = formatDomain(live);
    for (const part of ["port='5901'", 's3cret', '/dev/pts/1', 'serial0']) expect(hidden).not.toContain(part);
    expect(hidden).toContain("port='-1' autoport='yes'");
  });
});

describe('models', () => {
  const def = parseDomain(domainXml(disks + net), domainXmlOption({ features: ['user-alias'] }));

  it('are copied deeply', () => {
    const copy = copyDef(def);
    expect(copy).toEqual(def);
    copy.devices.disk.pop();
    expect(def.devices.disk).toHaveLength(3);
  });

  it('have the types of their drivers, besides those that libvirt knows', () => {
    const xml =
      "<domain type='hello'><name>a</name><memory>1</memory><os><type>exe</type><init>/bin/sh</init></os></domain>";
    expect(() => parseDomain(xml)).toThrow('invalid domain type hello');
    expect(() => parseDomain(xml.replace(" type='hello'", ''))).toThrow('missing domain type attribute');
    const option = domainXmlOption({ types: ['hello'] });
    expect(formatDomain(parseDomain(xml, option), option)).toMatch(/^<domain type='hello'>\n  <name>a<\/name>/);
  });

  it('are looked up by the names users give', () => {
    expect(diskByName(def, 'sda')).toBe(def.devices.disk[1]);
    expect(diskByName(def, '/a.img')).toBe(def.devices.disk[1]);
    expect(diskByName(def, 'a.img')).toBeUndefined();
    expect(interfaceByName(def, '52:54:00:aa:BB:cc')).toBe(def.devices.interface[0]);
    expect(deviceByAlias(def, 'ua-first')).toMatchObject({ kind: 'disk', device: { target: { dev: 'sda' } } });
  });

  it('lose a device', () => {
    const copy = copyDef(def);
    const [device] = domainDevices(copy);
    if (device === undefined) throw new Error('no device');
    expect(deviceInfoOf(device)).toBe(device.device);
    expect(removeDevice(copy, device)).toBe(true);
    expect(removeDevice(copy, device)).toBe(false);
    expect(copy.devices.disk).toHaveLength(2);
  });

  it('are compared for what a guest can see', () => {
    const other = copyDef(def);
    const [first] = other.devices.disk;
    if (first?.type === 'file') first.source = { file: '/elsewhere.img' };
    expect(abiDifferences(def, other)).toEqual([]);
    checkAbiStability(def, other);
    if (other.devices.interface[0]?.mac) other.devices.interface[0].mac.address = '52:54:00:00:00:01';
    const error = refusal(() => checkAbiStability(def, other));
    expect(error.code).toBe(ErrorCode.CONFIG_UNSUPPORTED);
    expect(error.detail).toBe(
      'Target domain interface device 0 mac address 52:54:00:00:00:01 does not match source 52:54:00:aa:bb:cc',
    );
    other.devices.disk.pop();
    expect(abiDifferences(def, other)[0]).toEqual({ what: 'disk device count', source: 3, target: 2 });
  });
});

describe('domain status', () => {
  it('keeps state, run-time facts and what only the driver knows', () => {
    const def = parseDomain(domainXml(net), undefined, { inactive: false });
    def.id = 3;
    const [card] = def.devices.interface;
    if (card !== undefined)
      Object.assign(card, { actual: { type: 'bridge', source: { bridge: 'virbr0' } }, alias: { name: 'net0' } });
    const text = formatDomainStatus(
      { state: 'paused', reason: 'I/O error', pid: 42, taint: ['host-cpu'], def },
      "  <monitor path='/m' type='unix'/>\n",
    );
    expect(text).toContain(
      "<domstatus state='paused' reason='I/O error' pid='42'>\n  <taint flag='host-cpu'/>\n  <monitor",
    );
    const status = parseDomainStatus(text);
    expect(status.def).toEqual(def);
    expect(status.private.map(({ name, attrs }) => [name, attrs.path])).toEqual([['monitor', '/m']]);
    expect(parseDomainStatus(formatDomainStatus(status, formatPrivate(status.private))).def).toEqual(def);
    expect(formatDomain(def, undefined, { inactive: false })).toContain(
      "<interface type='bridge'>\n      <mac address='52:54:00:aa:bb:cc'/>\n      <source network='default' bridge='virbr0'/>",
    );
  });

  it.each([
    "<domstatus state='lost' reason='x'/>",
    "<domstatus state='running' reason='no'><domain/></domstatus>",
    "<domstatus state='running' reason='booted'/>",
  ])('refuses %s', (text) => {
    expect(refusal(() => parseDomainStatus(text)).code).toBe(ErrorCode.XML_ERROR);
  });
});
