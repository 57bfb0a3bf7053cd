import { formatDomain, parseDomain } from '@virtkit/core/conf';
import { LibvirtError } from '@virtkit/core/util';
import { describe, expect, it } from 'vitest';
import { hasRecordedCaps, optionWith, recordedCaps } from '../support/recorded-caps.js';

const MACHINES = {
  pc: '8.0.0.x86_64',
  virt: '7.0.0.aarch64',
  'vexpress-a9': '7.0.0.aarch64',
  pseries: '7.1.0.ppc64',
  's390-ccw-virtio': '6.0.0.s390x',
} as const;
type Machine = keyof typeof MACHINES;

function answer(machine: Machine, fragment: string): string {
  const caps = recordedCaps(MACHINES[machine]);
  const [domain, devices] = /^<(features|clock|cpu)\b/.test(fragment) ? fragment.split('@@') : ['', fragment];
  const text = `<domain type='${machine === 'vexpress-a9' ? 'qemu' : 'kvm'}'><name>a</name><memory>1048576</memory><vcpu>2</vcpu>
    <os><type arch='${caps.arch}' machine='${machine}'>hvm</type></os>${domain}
    <devices><emulator>/usr/bin/qemu</emulator>${devices ?? ''}</devices></domain>`;
  const option = optionWith(caps);
  try {
    return formatDomain(parseDomain(text, option, { abiUpdate: true }), option);
  } catch (error) {
    if (error instanceof LibvirtError) return error.message;
    throw error;
  }
}

const VFIO_PCI =
  "<hostdev mode='subsystem' type='mdev' model='vfio-pci'><source><address uuid='53764d0e-85a0-42b4-af5c-2046b460b1dc'/></source>";
const CRB = "<tpm model='tpm-tis'><backend type='emulator' version='1.2'/></tpm>";

describe.skipIf(!Object.values(MACHINES).every(hasRecordedCaps))('what machines of every kind make of a domain', () => {
  it.each<readonly [Machine, string, RegExp]>([
    ['virt', "<features><ioapic driver='kvm'/></features>", /'ioapic' feature is not supported/],
    ['pseries', "<features><pvspinlock state='off'/></features>", /'pvspinlock' feature is not supported/],
    ['s390-ccw-virtio', "<features><apic eoi='on'/></features>", /'eoi' attribute/],
    ['pseries', "<features><pmu state='off'/></features>", /PMU is always enabled/],
    ['pc', "<features><tcg><tb-cache unit='MiB'>64</tb-cache></tcg></features>", /TCG features/],
    ['virt', '<features><acpi/></features>', /ACPI requires UEFI/],
    ['virt', "<clock><timer name='armvtimer' present='no'/></clock>", /can't be disabled/],
    ['virt', "<clock><timer name='pit' tickpolicy='catchup'/></clock>", /unsupported pit tickpolicy/],
    ['pc', "<clock><timer name='hpet' present='yes'/></clock>", /hpet timer is not supported/],
    ['virt', CRB, /TPM 1.2 is not supported on ARM|'1.2' is not supported/],
    ['pc', "<controller type='usb' model='qusb1'/>", /'qusb1' or 'qusb2'/],
    ['pc', "<controller type='usb' model='ich9-uhci2'/>", /No master USB controller/],
    ['pc', `${VFIO_PCI}<boot order='1'/></hostdev>`, /booting from assigned devices/],
    ['pc', `${VFIO_PCI}<teaming type='transient' persistent='ua-x'/></hostdev>`, /only supported for pci hostdev/],
    ['pc', "<graphics type='vnc' passwd='x' connected='fail'/>", /connected='keep' only/],
    ['pc', "<graphics type='dbus'><audio id='1'/></graphics><audio id='1' type='none'/>", /not of 'dbus' kind/],
    ['pc', "<interface type='user'><target dev='a' managed='no'/></interface>", /unmanaged target dev/],
    ['pc', "<input type='tablet' bus='usb'><address type='isa'/></input>", /Invalid address for a USB device/],
    ['s390-ccw-virtio', "<sound model='ich9'/>", /ich9-intel-hda/],
    ['pseries', "<controller type='pci' index='1' model='pci-root'><target index='0'/></controller>", /target index 0/],
    [
      'vexpress-a9',
      "<rng model='virtio'><backend model='random'/><address type='pci' slot='3'/></rng>",
      /No PCI buses/,
    ],
    [
      'pc',
      "<cpu><numa><cell id='0' cpus='0-1' memory='1048576'/></numa></cpu><maxMemory slots='2'>4194304</maxMemory>@@<memory model='nvdimm'><uuid>49545eb3-75e1-2d0a-acdd-f0294406c99e</uuid><source><path>/p</path></source><target><size>524288</size><node>0</node></target></memory>",
      /UUID is not supported/,
    ],
    ['pc', "<interface type='vdpa'><source dev='/d'/><model type='virtio-transitional'/></interface>", /invalid model/],
    [
      'pc',
      "<graphics type='egl-headless'/><graphics type='vnc'/><graphics type='dbus' p2p='yes'/>",
      /only supported with one/,
    ],
    ['pc', "<graphics type='egl-headless'/><graphics type='spice'><gl enable='yes'/></graphics>", /multiple OpenGL/],
    [
      'pc',
      "<graphics type='spice'/><console type='spicevmc'><target type='virtio'/></console>",
      /only supports virtio/,
    ],
    ['s390-ccw-virtio', "<watchdog model='diag288'><address type='pci' slot='5'/></watchdog>", /cannot go on any bus/],
  ])('%s refuses %s', (machine, fragment, message) => {
    expect(answer(machine, fragment)).toMatch(message);
  });

  it.each<readonly [Machine, string, string]>([
    [
      'pseries',
      "<controller type='usb' model='qemu-xhci'><address type='spapr-vio'/></controller>",
      "<address type='spapr-vio' reg='0x00002000'/>",
    ],
    [
      'pc',
      "<controller type='usb' index='0' model='ich9-ehci1'/><controller type='usb' index='0' model='ich9-uhci2'/>",
      "<master startport='2'/>",
    ],
    [
      'pc',
      "<controller type='usb' index='0'/><controller type='usb' index='1' model='ich9-ehci1'/><controller type='usb' index='1' model='ich9-uhci1'/>",
      "slot='0x02' function='0x0' multifunction='on'/>",
    ],
    ['s390-ccw-virtio', "<input type='keyboard'/>", "<input type='keyboard' bus='virtio'>"],
    [
      's390-ccw-virtio',
      "<sound model='ac97'/><hostdev mode='subsystem' type='pci'><source><address bus='6'/></source><address type='pci'/></hostdev>",
      "slot='0x02' function='0x0'>\n        <zpci uid='0x0002' fid='0x00000001'/>",
    ],
    [
      'vexpress-a9',
      "<filesystem><source dir='/a'/><target dir='b'/></filesystem>",
      "<target dir='b'/>\n    </filesystem>",
    ],
    [
      'pc',
      "<hostdev mode='subsystem' type='usb'><source><address bus='1' device='2'/></source><readonly/></hostdev>",
      "</source>\n      <address type='usb'",
    ],
    [
      'pc',
      "<parallel type='pty'/><parallel type='null'><target port='0'/></parallel>",
      "<parallel type='pty'>\n      <target port='0'/>",
    ],
    [
      'pc',
      "<controller type='usb' model='none'><alias name='ua-none'/></controller>",
      "<controller type='usb' index='0' model='none'/>",
    ],
    [
      'pc',
      "<controller type='usb' model='qemu-xhci' ports='8'/><input type='tablet' bus='usb'/><disk type='file'><source file='/x'/><target dev='sda' bus='usb'/></disk><hostdev mode='subsystem' type='usb'><source><address bus='1' device='2'/></source></hostdev>",
      "<target dev='sda' bus='usb'/>\n      <address type='usb' bus='0' port='2'/>",
    ],
    [
      'pseries',
      "<controller type='usb' index='0' model='piix3-uhci'><address type='pci' slot='1' function='2'/></controller>",
      "<memballoon model='virtio'>\n      <address type='pci' domain='0x0000' bus='0x00' slot='0x01' function='0x0' multifunction='on'/>",
    ],
    [
      's390-ccw-virtio',
      "<console type='pty'><target type='virtio'/><address type='ccw' cssid='0xfe' ssid='0x0' devno='0x0001'/></console>",
      "<memballoon model='virtio'>\n      <address type='ccw' cssid='0xfe' ssid='0x0' devno='0x0002'/>",
    ],
    [
      'pseries',
      "<cpu><numa><cell id='0' cpus='0-1' memory='1048576'/></numa></cpu><maxMemory slots='2'>4194304</maxMemory>@@<memory model='dimm'><target><size>523264</size><node>0</node></target></memory>",
      "<size unit='KiB'>524288</size>",
    ],
    [
      's390-ccw-virtio',
      "<controller type='scsi' model='dc390'/>",
      "model='dc390'>\n      <address type='ccw' cssid='0xfe' ssid='0x0' devno='0x0000'/>",
    ],
  ])('%s writes %s', (machine, fragment, part) => {
    expect(answer(machine, fragment)).toContain(part);
  });
});
