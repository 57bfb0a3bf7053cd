import { type FirmwareDescriptor, firmwareFits, type FirmwareInterface } from './descriptor.js';

/** What the firmware of a host offers to guests of one machine */
export interface SupportedFirmware {
  /** What `<os firmware=…>` may ask for, in libvirt's order */
  auto: ('bios' | 'efi')[];
  /** Whether one of them can run with secure boot */
  secure: boolean;
  /** Flash images, in the order of the descriptors, each once */
  images: string[];
}

const AUTO = [
  ['bios', 'bios'],
  ['uefi', 'efi'],
] as const satisfies readonly (readonly [FirmwareInterface, string])[];

/** qemuFirmwareGetSupported */
export function supportedFirmware(
  descriptors: readonly FirmwareDescriptor[],
  arch: string,
  machine: string,
): SupportedFirmware {
  const fitting = descriptors.filter((descriptor) => firmwareFits(descriptor, arch, machine));
  const interfaces = new Set(fitting.flatMap((descriptor) => descriptor['interface-types']));
  const images = fitting.flatMap(({ mapping }) => (mapping.device === 'flash' ? [mapping.executable.filename] : []));
  return {
    auto: AUTO.flatMap(([type, name]) => (interfaces.has(type) ? [name] : [])),
    secure: fitting.some((descriptor) => descriptor.features.includes('requires-smm')),
    images: [...new Set(images)],
  };
}
