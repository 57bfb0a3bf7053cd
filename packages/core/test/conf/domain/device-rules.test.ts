import { formatDomain, parseDomain, parseDomainDevice, domainXmlOption } from '@virtkit/core/conf';
import { ErrorCode as E, LibvirtError } from '@virtkit/core/util';
import { describe, expect, it } from 'vitest';

const option = domainXmlOption({ features: ['memory-hotplug', 'individual-vcpus'] });

interface Parts {
  devices?: string;
  rest?: string;
  kind?: string;
  vcpu?: string;
  type?: string;
}

const document = ({ devices = '', rest = '', kind = 'hvm', vcpu = '<vcpu>4</vcpu>', type = 'test' }: Parts): string =>
  `<domain type='${type}'><name>a</name><memory>1048576</memory>${vcpu}<os><type arch='x86_64'>${kind}</type></os>
  ${rest}<devices>${devices}</devices></domain>`;
const accepted = (parts: Parts): string => formatDomain(parseDomain(document(parts), option), option);

function codeOf(run: () => unknown): number {
  try {
    run();
  } catch (error) {
    if (LibvirtError.is(error)) return error.code;
    throw error;
  }
  return 0;
}

const usb = (more: string, attrs = '') =>
  `<hostdev mode='subsystem' type='usb'${attrs}><source><vendor id='1'/><product id='2'/></source>${more}</hostdev>`;
const pci = (more: string) =>
  `<hostdev mode='subsystem' type='pci'><source><address bus='6' slot='0'/></source>${more}</hostdev>`;
const scsi = (more: string, attrs = '') =>
  `<hostdev mode='subsystem' type='scsi'${attrs}><source><adapter name='scsi_host0'/><address bus='0' target='0' unit='0'/></source>${more}</hostdev>`;
const mdev = (more: string) =>
  `<hostdev mode='subsystem' type='mdev' model='vfio-pci'><source><address uuid='53764d0e-85a0-42b4-af5c-2046b460b1dc'/></source>${more}</hostdev>`;
const bridge = (more: string) => `<interface type='bridge'><source bridge='b'/>${more}</interface>`;
const vhostuser = (mode: string) =>
  `<interface type='vhostuser'><source type='unix' path='/s' mode='${mode}'><reconnect enabled='yes' timeout='1'/></source><model type='virtio'/></interface>`;
const file = (more: string, attrs = '', dev = 'vda') =>
  `<disk type='file'${attrs}><source file='/x'/><target dev='${dev}'/>${more}</disk>`;
const cells = (more: string, inner = '') =>
  `<cpu><numa><cell id='0' cpus='0-1' memory='524288'>${inner}</cell><cell id='1' cpus='2-3' memory='524288'/>${more}</numa></cpu>`;
const memory = (model: string, target: string, source = '', attrs = '') =>
  `<memory model='${model}'${attrs}>${source}<target>${target}</target></memory>`;
const PATH = '<source><path>/p</path></source>';
const SIZE = '<size>524288</size><node>0</node>';

describe('devices of the host', () => {
  it.each([
    ['half a pair that is no PCI device', usb("<teaming type='transient' persistent='a'/>"), E.CONFIG_UNSUPPORTED],
    ['the wrong half of a pair', pci("<teaming type='persistent'/>"), E.CONFIG_UNSUPPORTED],
    ['a model of what has none', scsi('', " model='vfio-pci'"), E.XML_ERROR],
    ['unfiltered commands', scsi('', " sgio='unfiltered'"), E.CONFIG_UNSUPPORTED],
    ['PCI on USB', pci("<address type='usb' bus='0' port='1'/>"), E.INTERNAL_ERROR],
    ['USB on PCI', usb("<address type='pci' slot='5'/>"), E.CONFIG_UNSUPPORTED],
    ['a mediated device nowhere', mdev("<address type='unassigned'/>"), E.XML_ERROR],
    [
      'USB by half a name',
      "<hostdev mode='subsystem' type='usb'><source><vendor id='1'/></source></hostdev>",
      E.INTERNAL_ERROR,
    ],
    [
      'iSCSI of two hosts',
      "<hostdev mode='subsystem' type='scsi'><source protocol='iscsi' name='iqn.a:b/1'><host name='a'/><host name='b'/></source></hostdev>",
      E.XML_ERROR,
    ],
  ])('%s are refused', (_what, devices, code) => {
    expect(codeOf(() => accepted({ devices }))).toBe(code);
  });

  it('of one kind only are read-only or shared', () => {
    expect(accepted({ devices: scsi('<readonly/><shareable/>') })).toMatch(/<readonly\/>\s*<shareable\/>/);
    expect(accepted({ devices: usb('<readonly/><shareable/>') })).not.toMatch(/readonly|shareable/);
  });

  it('bring controllers of the kind that the ones before are on', () => {
    const controller = "<controller type='scsi' index='0' model='virtio-scsi'/>";
    const at = (index: number, unit: number) =>
      scsi(`<address type='drive' controller='${index}' bus='0' target='0' unit='${unit}'/>`).replace(
        "unit='0'/></source>",
        `unit='${unit}'/></source>`,
      );
    const models = (devices: string) => accepted({ devices }).match(/<controller type='scsi' index='2'[^>]*>/)?.[0];
    expect(models(controller + at(0, 0) + at(2, 1))).toContain('virtio-scsi');
    expect(models(controller + at(2, 0))).not.toContain('virtio-scsi');
  });
});

describe('input devices', () => {
  it.each([
    ['hvm', 'test', 'evdev', 'ps2', E.INTERNAL_ERROR],
    ['hvm', 'test', 'evdev', 'xen', E.INTERNAL_ERROR],
    ['hvm', 'test', 'evdev', 'usb', E.CONFIG_UNSUPPORTED],
    ['hvm', 'test', 'passthrough', 'usb', E.CONFIG_UNSUPPORTED],
    ['hvm', 'test', 'passthrough', undefined, 0],
    ['xen', 'test', 'mouse', undefined, 0],
    ['xen', 'test', 'mouse', 'usb', E.INTERNAL_ERROR],
    ['xen', 'test', 'tablet', 'xen', E.INTERNAL_ERROR],
    ['linux', 'xen', 'mouse', 'usb', E.INTERNAL_ERROR],
    ['linux', 'test', 'mouse', 'usb', E.INTERNAL_ERROR],
  ])('of %s guests (%s): %s on %s', (kind, type, input, bus, code) => {
    const devices = `<input type='${input}'${bus === undefined ? '' : ` bus='${bus}'`}/>`;
    expect(codeOf(() => accepted({ kind, type, devices }))).toBe(code);
  });
});

describe('interfaces', () => {
  it.each([
    ['a peer without address', "<interface type='client'><source port='1'/></interface>", E.XML_ERROR],
    ['a server anywhere', "<interface type='server'><source port='1'/></interface>", 0],
    ['UDP from nowhere', "<interface type='udp'><source address='1.1.1.1' port='1'/></interface>", E.XML_ERROR],
    ['a server that connects again', vhostuser('server'), E.CONFIG_UNSUPPORTED],
    ['a client that does', vhostuser('client'), 0],
    ['a bridge on a device of others', bridge("<target dev='t' managed='no'/>"), E.CONFIG_UNSUPPORTED],
    [
      'an address of the other family',
      "<interface type='user'><ip family='ipv6' address='10.0.0.2'/></interface>",
      E.XML_ERROR,
    ],
    ['a model with a point', bridge("<model type='1.5'/>"), E.INVALID_ARG],
    ['a host driver in front of a bridge', bridge("<model type='virtio'/><driver name='vfio'/>"), E.XML_ERROR],
  ])('%s', (_what, devices, code) => {
    expect(codeOf(() => accepted({ devices }))).toBe(code);
  });

  it.each([
    ["<interface type='user'><source dev='eth0'/></interface>", '<source'],
    [bridge('<mtu/>'), '<mtu'],
    [bridge("<filterref filter='f'><parameter name='x y' value='1'/></filterref>"), '<parameter'],
    [bridge("<filterref filter='f'><parameter name='x' value='a,b'/></filterref>"), '<parameter'],
  ])('say nothing of what has no meaning: %s', (devices, gone) => {
    expect(accepted({ devices })).not.toContain(gone);
  });
});

describe('disks and what they are on', () => {
  it.each([
    ['a medium that must be there in a fixed drive', file('').replace("'/x'", "'/x' startupPolicy='requisite'"), 27],
    ['a vendor of strange letters', file('<vendor>é</vendor>', '', 'sda'), E.XML_ERROR],
    ['a volume of no pool at all', "<disk type='volume'><target dev='vda'/></disk>", E.NO_SOURCE],
    ['a network image without name', "<disk type='network'><source protocol='rbd'/><target dev='vda'/></disk>", 27],
    ['an I/O thread of another bus', "<controller type='usb'><driver iothread='1'/></controller>", E.XML_ERROR],
    ['I/O thread 0, which is none', "<controller type='usb'><driver iothread='0'/></controller>", 0],
    [
      'a bridge of too high a number',
      "<controller type='pci' model='pci-root'/><controller type='pci' index='256' model='pci-bridge'/>",
      E.CONFIG_UNSUPPORTED,
    ],
    ['a model before a number', "<controller type='scsi' index='x' model='y'/>", E.CONFIG_UNSUPPORTED],
    ['a bad number alone', "<controller type='scsi' index='x'/>", E.XML_ERROR],
    ['a model of xenbus', "<controller type='xenbus' model='y'/>", E.CONFIG_UNSUPPORTED],
    ['a redirected device off USB', "<redirdev bus='usb' type='pty'><address type='pci' slot='9'/></redirdev>", 27],
    ['a smart card off its reader', "<smartcard mode='host'><address type='usb' bus='0' port='1'/></smartcard>", 67],
    [
      'a label where nothing is labelled',
      file('').replace("'/x'/>", "'/x'><seclabel model='dac' relabel='no'><label>a</label></seclabel></source>"),
      E.XML_ERROR,
    ],
  ])('%s', (_what, devices, code) => {
    expect(codeOf(() => accepted({ devices }))).toBe(code);
  });

  it('are nowhere when there is no USB', () => {
    const text = accepted({
      devices: "<controller type='usb' model='none'><address type='pci' slot='x'/></controller>",
    });
    expect(text).toContain("<controller type='usb' index='0' model='none'/>");
  });

  it('show cookies to nobody who may not see passwords', () => {
    const devices =
      "<disk type='network'><source protocol='http' name='n'><host name='h'/><cookies><cookie name='a'>secret</cookie></cookies></source><target dev='vda'/></disk>";
    const def = parseDomain(document({ devices }), option);
    expect(formatDomain(def, option)).not.toContain('cookie');
    expect(formatDomain(def, option, { secure: true })).toContain("<cookie name='a'>secret</cookie>");
  });
});

describe('memory', () => {
  const maxMemory = "<maxMemory slots='4'>4194304</maxMemory>";
  it.each([
    ['a label too small', memory('nvdimm', `${SIZE}<label><size>64</size></label>`, PATH), E.XML_ERROR],
    ['a label too large', memory('nvdimm', `${SIZE}<label><size>524288</size></label>`, PATH), E.XML_ERROR],
    ['a label', memory('nvdimm', `${SIZE}<label><size>128</size></label>`, PATH), 0],
    [
      'memory of a file kept private',
      memory('virtio-pmem', '<size>524288</size>', PATH, " access='private'"),
      E.CONFIG_UNSUPPORTED,
    ],
    ['odd blocks', memory('virtio-mem', `${SIZE}<block>2000</block><requested>2000</requested>`), E.XML_DETAIL],
    ['half a block', memory('virtio-mem', `${SIZE}<block>2048</block><requested>1024</requested>`), E.XML_DETAIL],
    [
      'more than there is',
      memory('virtio-mem', `${SIZE}<block>2048</block><requested>1048576</requested>`),
      E.XML_DETAIL,
    ],
    ['blocks', memory('virtio-mem', `${SIZE}<block>2048</block><requested>262144</requested>`), 0],
  ])('devices: %s', (_what, devices, code) => {
    expect(codeOf(() => accepted({ devices, rest: maxMemory + cells('') }))).toBe(code);
  });

  it.each([
    ['pages of two sizes for all', '<page size="2048"/><page size="1048576"/>', E.XML_DETAIL],
    ['pages of two sizes for a cell', '<page size="2048" nodeset="0"/><page size="4096" nodeset="0-1"/>', E.XML_DETAIL],
    ['pages by cell', '<page size="2048" nodeset="0"/><page size="4096" nodeset="1"/>', 0],
  ])('backing: %s', (_what, pages, code) => {
    const rest = `<memoryBacking><hugepages>${pages}</hugepages></memoryBacking>${cells('')}`;
    expect(codeOf(() => accepted({ rest }))).toBe(code);
  });

  it.each([
    ['distances to nobody', cells('', '<distances/>'), E.XML_ERROR],
    [
      'latency to a cell that is not there',
      cells("<interconnects><latency initiator='0' target='7' type='access' value='5'/></interconnects>"),
      E.XML_ERROR,
    ],
    [
      'latency to a cache that is not there',
      cells("<interconnects><latency initiator='0' target='1' cache='1' type='read' value='5'/></interconnects>"),
      E.XML_ERROR,
    ],
  ])('cells: %s', (_what, rest, code) => {
    expect(codeOf(() => accepted({ rest }))).toBe(code);
  });

  it('cells: the first that is said of a way holds for the way back', () => {
    const text = accepted({
      rest: cells('', "<distances><sibling id='1' value='21'/><sibling id='1' value='31'/></distances>"),
    });
    expect(text).toMatch(/id='1' value='31'[^]*id='0' value='21'/);
  });
});

describe('what processors are told', () => {
  it.each([
    ['a scheduler of none', "<vcpusched vcpus='8' scheduler='idle'/>", E.CONFIG_UNSUPPORTED],
    ['two schedulers of the emulator', "<emulatorsched scheduler='idle'/><emulatorsched scheduler='batch'/>", 27],
    ['a pin to nowhere', "<vcpupin vcpu='0' cpuset='0,^0'/>", E.CONFIG_UNSUPPORTED],
    ['leaving out what is not in', "<vcpupin vcpu='0' cpuset='0,^1'/>", 0],
    ['use of a cache that cannot be told', "<cachetune vcpus='0'><monitor level='2' vcpus='0'/></cachetune>", 27],
    ['more than all bandwidth', "<memorytune vcpus='0'><node id='0' bandwidth='101'/></memorytune>", 27],
    ['a size with a sign', "<cachetune vcpus='0'><cache id='0' level='3' type='both' size='-0'/></cachetune>", 27],
  ])('%s', (_what, tuning, code) => {
    expect(codeOf(() => accepted({ rest: `<cputune>${tuning}</cputune>` }))).toBe(code);
  });

  it('is not written where it says nothing', () => {
    const rest =
      "<cputune><cachetune vcpus='0-1'/><memorytune vcpus='2'/></cputune><blkiotune><device><path>/a</path></device></blkiotune>";
    expect(accepted({ rest })).not.toMatch(/cputune|blkiotune/);
  });
});

describe('firmware, clocks and tables', () => {
  it.each([
    ['two ACPI tables', 27, '<acpi><table type="slic">/a</table><table type="slic">/b</table></acpi>', ''],
    ['an unknown ACPI table', 27, '<acpi><table type="z">/a</table></acpi>', ''],
    ['a table of no UUID', 35, '', '<sysinfo type="smbios"><system><entry name="uuid">z</entry></system></sysinfo>'],
    ['firmware data without name', 27, '', '<sysinfo type="fwcfg"><entry>v</entry></sysinfo>'],
    ['an application of strange letters', 27, '', '<resource><fibrechannel appid="a&#x7f;"/></resource>'],
    ['a frequency of a clock that has none', 67, '', '<clock><timer name="kvmclock" frequency="1"/></clock>'],
    ['an unknown shift', 27, '', '<clock offset="utc" adjustment="z"/>'],
  ])('%s', (_what, code, os, rest) => {
    const text = document({ rest }).replace('</os>', `${os}</os>`);
    expect(codeOf(() => parseDomain(text, option))).toBe(code);
  });

  it('a variable clock knows seconds only', () => {
    expect(accepted({ rest: "<clock offset='variable' adjustment='z'/>" })).toContain("adjustment='0' basis='utc'");
  });
});

describe('what one part of a document asks of another', () => {
  const serial = (port: number, type = "type='isa-serial' ") =>
    `<serial type='pty'><target ${type}port='${port}'/></serial>`;
  const tpm = "<tpm model='tpm-tis'><backend type='passthrough'/></tpm>";
  const none = "<controller type='usb' model='none'/>";
  it.each([
    ['a redirected device without USB', { devices: "<redirdev bus='usb' type='pty'/>" }, E.CONFIG_UNSUPPORTED],
    ['a redirected device with USB', { devices: "<controller type='usb'/><redirdev bus='usb' type='pty'/>" }, 0],
    ['a USB device of the host without USB', { devices: none + usb('') }, E.CONFIG_UNSUPPORTED],
    ['a port of the ISA bus twice', { devices: serial(1) + serial(1) }, E.INTERNAL_ERROR],
    ['a port of some bus twice', { devices: serial(1, '') + serial(1, '') }, 0],
    ['more ports than the ISA bus has', { devices: serial(4) }, E.INTERNAL_ERROR],
    ['three security chips', { devices: tpm.repeat(3) }, E.XML_ERROR],
    ['two ways of telling of a panic', { devices: "<panic model='isa'/><panic model='hyperv'/>" }, 0],
    ['one way twice', { devices: "<panic model='isa'/><panic model='isa'/>" }, E.XML_ERROR],
    ['remapping without a split controller', { devices: "<iommu model='intel'><driver intremap='on'/></iommu>" }, 67],
    [
      'a pin of an I/O thread that is not there',
      { rest: "<iothreads>1</iothreads><cputune><iothreadpin iothread='2' cpuset='0'/></cputune>" },
      67,
    ],
    [
      'a pin of one that is only counted',
      {
        rest: "<iothreads>2</iothreads><iothreadids><iothread id='5'/></iothreadids><cputune><iothreadpin iothread='1' cpuset='0'/></cputune>",
      },
      0,
    ],
    [
      'a pin that is told before a bad device',
      { rest: "<cputune><iothreadpin iothread='2' cpuset='0'/></cputune>", devices: none + '<controller type="usb"/>' },
      67,
    ],
  ])('%s', (_what, parts: Parts, code) => {
    expect(codeOf(() => accepted(parts))).toBe(code);
  });

  it('smart cards share the slots of the first reader', () => {
    const devices =
      "<smartcard mode='host'/><smartcard mode='host'><address type='ccid' controller='0' slot='0'/></smartcard>";
    expect(accepted({ devices }).match(/slot='\d'/g)).toEqual(["slot='1'", "slot='0'"]);
  });
});

describe('a device that is to be taken away', () => {
  const def = parseDomain(document({}), option);
  it.each([
    ['a filesystem of nothing', "<filesystem type='mount'><target dir='t'/></filesystem>", E.NO_SOURCE],
    ['a filesystem nowhere', "<filesystem type='mount'><source dir='/a'/></filesystem>", 0],
    ['a network image without name', "<disk type='network'><source protocol='rbd'/><target dev='vda'/></disk>", 27],
    [
      'limits that contradict one another',
      file('<iotune><total_bytes_sec>2</total_bytes_sec><read_bytes_sec>1</read_bytes_sec></iotune>'),
      0,
    ],
    ['virtio settings of a model without', bridge("<model type='e1000'/><driver iommu='on'/>"), 0],
    ['a socket without end', "<interface type='udp'/>", E.XML_ERROR],
    ['SPICE on a serial port', "<serial type='spicevmc'/>", E.CONFIG_UNSUPPORTED],
  ])('is read, if not checked: %s', (_what, xml, code) => {
    expect(codeOf(() => parseDomainDevice(xml, def, option, { skipValidate: true }))).toBe(code);
  });
});
