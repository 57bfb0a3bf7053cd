import type { DeviceCaps } from '@virtkit/core/conf';
import type { DomainCapsHost, DomainCapsSubject } from './domain-capabilities.js';
import type { QemuFlag } from './flag-names.js';
import { hasBuiltinIde, isPseries } from './machine-families.js';
import type { QemuCaps } from './qemu-caps.js';

/** Values in document order, each with the flag it depends on; `true` where it depends on none */
type Choices = readonly (readonly [value: string, when: QemuFlag | boolean])[];

const USB_CONTROLLERS = [
  'piix3-usb-uhci',
  'piix4-usb-uhci',
  'usb-ehci',
  'ich9-usb-ehci1',
  'vt82c686b-usb-uhci',
  'pci-ohci',
  'nec-usb-xhci',
] as const satisfies readonly QemuFlag[];

const VIDEO: Choices = [
  ['vga', 'VGA'],
  ['cirrus', 'cirrus-vga'],
  ['vmvga', 'vmware-svga'],
  ['qxl', 'qxl'],
  ['virtio', 'virtio-gpu'],
  ['none', true],
  ['bochs', 'bochs-display'],
  ['ramfb', 'ramfb'],
];

const GRAPHICS: Choices = [
  ['sdl', 'sdl'],
  ['vnc', 'vnc'],
  ['spice', 'spice'],
  ['egl-headless', 'egl-headless'],
  ['dbus', 'display-dbus'],
];

const RNG_BACKENDS: Choices = [
  ['random', 'rng-random'],
  ['egd', 'rng-egd'],
  ['builtin', 'rng-builtin'],
];

const TPM_MODELS: Choices = [
  ['tpm-tis', 'tpm-tis'],
  ['tpm-crb', 'tpm-crb'],
  ['tpm-spapr', 'tpm-spapr'],
  ['spapr-tpm-proxy', 'spapr-tpm-proxy'],
];

const CHANNELS: Choices = [
  ['pty', true],
  ['unix', true],
  ['spicevmc', 'spice'],
];

/** The devices part of virQEMUCapsFillDomainCaps */
export function deviceCapabilities(caps: QemuCaps, subject: DomainCapsSubject, host: DomainCapsHost): DeviceCaps {
  const of = (choices: Choices): string[] =>
    choices.flatMap(([value, when]) => ((typeof when === 'boolean' ? when : caps.has(when)) ? [value] : []));
  const { machine, arch } = subject;
  const floppy = !isPseries(machine, arch);
  const usb = USB_CONTROLLERS.some((flag) => caps.has(flag));
  const virtioModels: Choices = [
    ['virtio', true],
    ['virtio-transitional', 'virtio-pci-non-transitional'],
    ['virtio-non-transitional', 'virtio-pci-non-transitional'],
  ];
  const tpmModels = of(TPM_MODELS);
  const swtpm = host.swtpm !== undefined;
  return {
    disk: {
      supported: true,
      diskDevice: of([
        ['disk', true],
        ['cdrom', true],
        ['floppy', floppy],
        ['lun', true],
      ]),
      bus: of([
        ['ide', hasBuiltinIde(machine, arch)],
        ['fdc', floppy],
        ['scsi', true],
        ['virtio', true],
        ['usb', 'usb-storage'],
        ['sata', 'ich9-ahci'],
      ]),
      model: of(virtioModels),
    },
    graphics: { supported: true, type: of(GRAPHICS) },
    video: { supported: true, modelType: of(VIDEO) },
    hostdev: {
      supported: true,
      mode: ['subsystem'],
      startupPolicy: ['default', 'mandatory', 'requisite', 'optional'],
      subsysType: of([
        ['usb', usb],
        ['pci', true],
        ['scsi', true],
      ]),
      capsType: [],
      pciBackend: host.vfio && caps.has('vfio-pci') ? ['default', 'vfio'] : [],
    },
    rng: {
      supported: true,
      model: caps.has('virtio-rng') ? of(virtioModels) : [],
      backendModel: of(RNG_BACKENDS),
    },
    filesystem: {
      supported: true,
      driverType: of([
        ['path', true],
        ['handle', true],
        ['virtiofs', 'vhost-user-fs'],
      ]),
    },
    tpm: {
      supported: tpmModels.length > 0,
      model: tpmModels,
      backendModel: of([
        ['passthrough', 'tpm-passthrough'],
        ['emulator', swtpm && caps.has('tpm-emulator')],
        ['external', swtpm && caps.has('tpm-emulator')],
      ]),
      ...(host.swtpm !== undefined && { backendVersion: [...host.swtpm] }),
    },
    redirdev: { supported: caps.has('usb-redir'), bus: ['usb'] },
    channel: { supported: true, type: of(CHANNELS) },
  };
}
