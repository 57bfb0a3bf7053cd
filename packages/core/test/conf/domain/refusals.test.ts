import { domainXmlOption, formatDomain, parseDomain } from '@virtkit/core/conf';
import { ErrorCode, LibvirtError } from '@virtkit/core/util';
import { describe, expect, it } from 'vitest';

const option = domainXmlOption({ features: ['memory-hotplug', 'individual-vcpus'] });
const document = (devices: string, rest = '', name = '<name>a</name>'): string =>
  `<domain type='test'>${rest}<memory>65536</memory><vcpu>2</vcpu><os><type>hvm</type></os>
  <devices>${devices}</devices>${name}</domain>`;

function refusal(text: string): string {
  try {
    parseDomain(text, option);
  } catch (error) {
    if (LibvirtError.is(error)) return `${error.code} ${error.detail ?? ''}`;
    throw error;
  }
  throw new Error('it was accepted');
}
const accepted = (devices: string, rest = ''): string =>
  formatDomain(parseDomain(document(devices, rest), option), option);

describe('of several faults', () => {
  const faults = [
    ['no name', '', '', ''],
    ['a bad memory unit', "<memory unit='x'>1</memory>", '', undefined],
    ['a bad mode of a CPU', "<cpu mode='z'/>", '', undefined],
    ['an unknown feature', '<features><z/></features>', '', undefined],
    ['an unknown clock', "<clock offset='z'/>", '', undefined],
    ['a bad disk', '', "<disk type='z'/>", undefined],
    ['a bad video', '', "<video><model type='z'/></video>", undefined],
  ] as const;

  it('the one that libvirt reads first is told, wherever it stands', () => {
    const alone = faults.map(([, rest, devices, name]) => refusal(document(devices, rest, name)));
    expect(new Set(alone).size).toBe(faults.length);
    faults.forEach(([, rest, devices, name], first) =>
      faults.slice(first + 1).forEach(([, more, others]) => {
        expect(refusal(document(others + devices, more + rest, name))).toBe(alone[first]);
      }),
    );
  });
});

describe('what is refused', () => {
  const disk = (more: string, attrs = '', source = "file='/x'") =>
    `<disk type='file'${attrs}><source ${source}/><target dev='vda' bus='virtio'/>${more}</disk>`;

  it.each([
    [
      'two domains’ worth of memory balloons',
      "<memballoon model='virtio'/></devices><devices><memballoon model='virtio'/>",
      ErrorCode.INTERNAL_ERROR,
    ],
    ['two watchdogs', "<watchdog model='ib700'/><watchdog model='ib700'/>", ErrorCode.INTERNAL_ERROR],
    [
      'a virtio model on another bus',
      "<disk type='file' model='virtio'><source file='/x'/><target dev='sda' bus='sata'/></disk>",
      ErrorCode.CONFIG_UNSUPPORTED,
    ],
    [
      'reservations of an ordinary disk',
      "<disk type='file'><source file='/x'><reservations managed='yes'/></source><target dev='sda' bus='scsi'/></disk>",
      ErrorCode.CONFIG_UNSUPPORTED,
    ],
    [
      'a name that no disk has',
      "<disk type='file'><source file='/x'/><target dev='foo' bus='virtio'/></disk>",
      ErrorCode.XML_ERROR,
    ],
    ['a limit that is no number', disk('<iotune><total_bytes_sec>x</total_bytes_sec></iotune>'), ErrorCode.XML_ERROR],
    [
      'a vhost-user disk that is throttled',
      "<disk type='vhostuser'><source type='unix' path='/x'/><target dev='vda' bus='virtio'/><iotune><total_bytes_sec>1</total_bytes_sec></iotune></disk>",
      ErrorCode.CONFIG_UNSUPPORTED,
    ],
    [
      'two sources of a character device',
      "<serial type='null'><source path='/x'/><source path='/y'/></serial>",
      ErrorCode.XML_ERROR,
    ],
    ['SPICE on a serial port', "<serial type='spicevmc'/>", ErrorCode.CONFIG_UNSUPPORTED],
    [
      'a raw SCSI device that is none',
      "<hostdev mode='subsystem' type='usb' rawio='yes'><source><vendor id='1'/><product id='2'/></source></hostdev>",
      ErrorCode.XML_ERROR,
    ],
    ['a guest context identifier that is reserved', "<vsock><cid address='2'/></vsock>", ErrorCode.CONFIG_UNSUPPORTED],
    [
      'a guaranteed rate without a network',
      "<interface type='user'><bandwidth><inbound average='1' floor='1'/></bandwidth></interface>",
      ErrorCode.CONFIG_UNSUPPORTED,
    ],
    [
      'a controller further than any',
      "<disk type='file'><source file='/x'/><target dev='sda' bus='scsi'/><address type='drive' controller='2147483647'/></disk>",
      ErrorCode.CONFIG_UNSUPPORTED,
    ],
  ] as const)('%s', (_what, devices, code) => {
    expect(refusal(document(devices))).toMatch(new RegExp(`^${code} `));
  });
});

describe('what says nothing is passed over', () => {
  it.each([
    ["<serial type='null'><log/></serial>", '<log'],
    ["<interface type='user'><link/><script/><filterref/></interface>", '<link'],
    ['<redirfilter/>', '<redirfilter'],
    ["<disk type='file'><source file='/x'/><target dev='vda'/><backenddomain/></disk>", '<backenddomain'],
    ["<memballoon model='none'><address type='pci' slot='9'/></memballoon>", "slot='0x09'"],
    ["<input type='mouse' bus='usb'><source evdev='/x'/></input>", 'evdev'],
  ])('%s', (devices, gone) => {
    expect(accepted(devices)).not.toContain(gone);
  });

  it('of features and power management, too', () => {
    const text = accepted('', '<features><ioapic/><ibs/><hpt/></features><pm><suspend-to-mem/></pm>');
    expect(text).not.toMatch(/<(ioapic|ibs|hpt|pm|features)\b/);
  });
});
