import { parseDomain } from '@virtkit/core/conf';
import { ErrorCode, LibvirtError } from '@virtkit/core/util';
import { describe, expect, it } from 'vitest';
import { hasRecordedCaps, optionWith, recordedCaps } from '../support/recorded-caps.js';

const CAPS = '7.2.0.x86_64';

interface Parts {
  machine?: string;
  devices?: string;
  rest?: string;
  vcpu?: number;
}

const document = ({ machine = 'q35', devices = '', rest = '', vcpu = 2 }: Parts): string =>
  `<domain type='qemu'><name>a</name><memory>65536</memory><vcpu>${vcpu}</vcpu>
  <os><type arch='x86_64' machine='${machine}'>hvm</type></os>${rest}
  <devices><emulator>/usr/bin/qemu-system-x86_64</emulator>${devices}</devices></domain>`;

describe.skipIf(!hasRecordedCaps(CAPS))('what QEMU cannot do although a domain can say it', () => {
  const option = hasRecordedCaps(CAPS) ? optionWith(recordedCaps(CAPS)) : undefined;
  const refusal = (parts: Parts): LibvirtError => {
    try {
      parseDomain(document(parts), option);
    } catch (error) {
      return error as LibvirtError;
    }
    throw new Error('it was accepted');
  };
  const disk = (driver: string, rest = '', bus = 'virtio', dev = 'vda') =>
    `<disk type='file'>${driver}<source file='/x'/><target dev='${dev}' bus='${bus}'/>${rest}</disk>`;

  it.each([
    [
      'a topology of other size',
      { vcpu: 3, rest: "<cpu><topology sockets='1' cores='2' threads='1'/></cpu>" },
      /topology/,
    ],
    ['UEFI without ACPI', { machine: 'q35', rest: '', devices: '', loader: true }, /ACPI/],
    ['gic on a PC', { rest: "<features><gic version='2'/></features>" }, /'gic' feature is not supported/],
    ['hpt on a PC', { rest: "<features><hpt resizing='enabled'/></features>" }, /'hpt' feature/],
    ['the clock of another processor', { rest: "<clock><timer name='armvtimer'/></clock>" }, /'armvtimer' timer/],
    ['an ISO as a format', { devices: disk("<driver type='iso'/>") }, /use 'raw' instead/],
    [
      'sharing an image that has a format',
      { devices: disk("<driver type='qcow2'/>", '<shareable/>') },
      /shared access/,
    ],
    ['a vendor of a disk not on SCSI', { devices: disk('', '<vendor>x</vendor>') }, /Only scsi disk/],
    ['an I/O thread there is not', { devices: disk("<driver iothread='3'/>") }, /iothread '3' not defined/],
    [
      'virtiofs without shared memory',
      { devices: "<filesystem type='mount'><driver type='virtiofs'/><source dir='/x'/><target dir='x'/></filesystem>" },
      /shared memory/,
    ],
    [
      'a TPM that swtpm is not',
      { devices: "<tpm><backend type='emulator' version='1.2'/></tpm>" },
      /'1.2' is not supported/,
    ],
    [
      'two cards that would be the first',
      { devices: "<video><model type='vga'/></video><video><model type='cirrus'/></video>" },
      /only valid as primary/,
    ],
    ['SPICE ports with TLS', { devices: "<graphics type='spice' tlsPort='5901'/>" }, /TLS is disabled/],
    ['SPICE channels without SPICE', { devices: "<redirdev bus='usb' type='spicevmc'/>" }, /without spice/],
    [
      'odd queues',
      { devices: "<interface type='user'><model type='virtio'/><driver rx_queue_size='33'/></interface>" },
      /power of two/,
    ],
    ['virtio-iommu without ACPI', { devices: "<iommu model='virtio'/>" }, /requires ACPI/],
    [
      'cache allocations of an emulated processor',
      {
        rest: "<cputune><cachetune vcpus='0'><cache id='0' level='3' type='both' size='3' unit='MiB'/></cachetune></cputune>",
      },
      /KVM/,
    ],
  ] as [string, Parts & { loader?: boolean }, RegExp][])('%s', (_what, parts, message) => {
    const text = document(parts);
    const withLoader =
      parts.loader === true ? text.replace('</os>', "<loader readonly='yes' type='pflash'>/f</loader></os>") : text;
    const attempt = (): unknown => parseDomain(withLoader, option);
    expect(attempt).toThrow(message);
    expect(attempt).toThrow(expect.objectContaining({ code: ErrorCode.CONFIG_UNSUPPORTED }) as Error);
  });

  it('knows the threads that are only counted', () => {
    const devices = disk("<driver iothread='2'/>");
    expect(() => parseDomain(document({ devices, rest: '<iothreads>2</iothreads>' }), option)).not.toThrow();
  });

  it('calls a root that is not the first a fault of the document', () => {
    const { code } = refusal({ devices: "<controller type='pci' index='4' model='pcie-root'/>" });
    expect(code).toBe(ErrorCode.XML_ERROR);
  });
});
