import { formatDomain, parseDomain } from '@virtkit/core/conf';
import { ErrorCode as E, LibvirtError } from '@virtkit/core/util';
import { describe, expect, it } from 'vitest';
import { hasRecordedCaps, optionWith, recordedCaps } from '../support/recorded-caps.js';

const CAPS = '7.2.0.x86_64';

interface Parts {
  machine?: string;
  arch?: string;
  type?: string;
  devices?: string;
  rest?: string;
  os?: string;
}

const document = ({
  machine = 'q35',
  arch = 'x86_64',
  type = 'qemu',
  devices = '',
  rest = '',
  os = '',
}: Parts): string =>
  `<domain type='${type}'><name>a</name><memory>1048576</memory><vcpu>4</vcpu>
  <os><type arch='${arch}'${machine && ` machine='${machine}'`}>hvm</type>${os}</os>${rest}
  <devices><emulator>/usr/bin/qemu-system-x86_64</emulator>${devices}</devices></domain>`;

const usb = (more: string) =>
  `<hostdev mode='subsystem' type='usb'><source><address bus='1' device='2'/></source>${more}</hostdev>`;
const mdev = (more: string, attrs = '') =>
  `<hostdev mode='subsystem' type='mdev' model='vfio-pci'${attrs}><source><address uuid='53764d0e-85a0-42b4-af5c-2046b460b1dc'/></source>${more}</hostdev>`;
const shmem = (model: string, more: string, name = 'a') =>
  `<shmem name='${name}'><model type='${model}'/>${more}</shmem>`;
const disk = (dev: string, more: string) =>
  `<disk type='file'><source file='/${dev}'/><target dev='${dev}'/>${more}</disk>`;
const group = (limit: number) => `<iotune><total_iops_sec>${limit}</total_iops_sec><group_name>g</group_name></iotune>`;
const cells = "<cpu><numa><cell id='0' cpus='0-3' memory='1048576'/></numa></cpu>";

describe.skipIf(!hasRecordedCaps(CAPS))('documents for QEMU', () => {
  const option = hasRecordedCaps(CAPS) ? optionWith(recordedCaps(CAPS)) : undefined;
  const accepted = (parts: Parts): string => formatDomain(parseDomain(document(parts), option), option);
  const codeOf = (parts: Parts): number => {
    try {
      accepted(parts);
    } catch (error) {
      if (LibvirtError.is(error)) return error.code;
      throw error;
    }
    return 0;
  };

  it.each([
    [
      'a ROM of a device that has none',
      { devices: usb("<rom bar='off'/><address type='usb' bus='0' port='1'/>") },
      E.CONFIG_UNSUPPORTED,
    ],
    ['a ROM of which nothing is said', { devices: usb('<rom/>') }, 0],
    ['booting from half a card', { devices: mdev("<boot order='1'/>") }, E.CONFIG_UNSUPPORTED],
    ['a first screen that nobody sees', { devices: mdev('', " ramfb='on'") }, 0],
    ['shared memory of a server that is not named', { devices: shmem('ivshmem-doorbell', '') }, E.CONFIG_UNSUPPORTED],
    ['plain shared memory of a server', { devices: shmem('ivshmem-plain', '<server/>') }, E.CONFIG_UNSUPPORTED],
    ['a size that a server decides', { devices: shmem('ivshmem-doorbell', "<size unit='M'>1</size><server/>") }, 67],
    ['a size of nothing', { devices: shmem('ivshmem-doorbell', "<size unit='M'>0</size><server/>") }, 0],
    ['USB of Allwinner boards', { devices: "<controller type='usb' model='qusb1'/>" }, E.CONFIG_UNSUPPORTED],
    ['a controller that has no place', { devices: "<controller type='isa'/>" }, E.INTERNAL_ERROR],
    ['a balloon that has no place', { devices: "<memballoon model='xen'/>" }, E.INTERNAL_ERROR],
    [
      'a card on USB that has no place there',
      { devices: "<interface type='user'><model type='usb-net'/></interface>" },
      E.INTERNAL_ERROR,
    ],
    ['sound that has no place', { devices: "<sound model='ich7'/>" }, E.INTERNAL_ERROR],
    ['a bus of no kind', { devices: "<controller type='pci' index='3'/>" }, E.INTERNAL_ERROR],
    ['disks of a group that disagree', { devices: disk('vda', group(1)) + disk('vdb', group(2)) }, 67],
    ['disks of a group that agree', { devices: disk('vda', group(1)) + disk('vdb', group(1)) }, 0],
    [
      'cylinders on USB',
      {
        devices:
          "<controller type='usb'/>" +
          disk('sda', "<geometry cyls='1' heads='1' secs='1'/>").replace("'sda'/>", "'sda' bus='usb'/>"),
      },
      67,
    ],
    ['a password that does not fit', { devices: "<graphics type='vnc' passwd='123456789'/>" }, E.CONFIG_UNSUPPORTED],
    [
      'the passed-through half of a pair that is none',
      {
        devices:
          "<interface type='bridge'><source bridge='b'/><model type='virtio'/><teaming type='transient' persistent='ua-a'/></interface>",
      },
      67,
    ],
    [
      'TCG settings of KVM',
      { type: 'kvm', rest: "<features><tcg><tb-cache unit='MiB'>8</tb-cache></tcg></features>" },
      67,
    ],
    ['half a MiB', { rest: "<features><tcg><tb-cache unit='KiB'>1</tb-cache></tcg></features>" }, E.CONFIG_UNSUPPORTED],
    [
      'firmware data under a name of others',
      { rest: "<sysinfo type='fwcfg'><entry name='opt/ovmf/x'>v</entry></sysinfo>" },
      67,
    ],
    [
      'a module beyond the slots',
      {
        rest: `<maxMemory slots='4'>4194304</maxMemory>${cells}`,
        devices:
          "<memory model='dimm'><target><size>524288</size><node>0</node></target><address type='dimm' slot='7'/></memory>",
      },
      67,
    ],
    [
      'a module of no cell',
      {
        rest: `<maxMemory slots='4'>4194304</maxMemory>${cells}`,
        devices: "<memory model='dimm'><target><size>524288</size></target></memory>",
      },
      67,
    ],
    ['a panic device elsewhere', { devices: "<panic model='isa'><address type='pci' slot='9'/></panic>" }, 67],
    ['devices of a board without PCI', { arch: 'mips', machine: '' }, E.XML_ERROR],
    ['devices of a board with PCI that cannot run', { arch: 'sh4', machine: '' }, E.CONFIG_UNSUPPORTED],
  ] as [string, Parts, number][])('%s', (_what, parts, code) => {
    expect(codeOf(parts)).toBe(code);
  });

  it('places what is of the host after what is of the guest', () => {
    const devices =
      "<interface type='hostdev'><source><address type='pci' bus='6' slot='0'/></source></interface>" +
      "<interface type='user'><model type='virtio'/></interface>" +
      disk('vda', '');
    const text = accepted({ devices });
    const busOf = (element: string) =>
      new RegExp(`<${element}[^]*?</source>[^]*?<address type='pci' domain='0x0000' bus='(0x..)'`).exec(text)?.[1] ??
      '';
    expect(busOf("interface type='hostdev'") > busOf("disk type='file'")).toBe(false);
    expect(text.match(/<interface type='hostdev'[^]*?<\/interface>/)?.[0]).toMatch(
      /<\/source>[^]*<address type='pci' domain='0x0000' bus='0x0[1-9]'/,
    );
  });
});
