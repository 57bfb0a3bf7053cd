/** How guests of a firmware reach it */
export type FirmwareInterface = 'bios' | 'openfirmware' | 'uboot' | 'uefi';

/** An image or template file */
export interface FirmwareFile {
  filename: string;
  format: string;
}

/** How QEMU maps the firmware into the guest */
export type FirmwareMapping =
  | {
      device: 'flash';
      mode?: 'split' | 'combined' | 'stateless';
      executable: FirmwareFile;
      'nvram-template'?: FirmwareFile;
    }
  | { device: 'kernel'; filename: string }
  | { device: 'memory'; filename: string };

/** The guests that the firmware is for; architectures by QEMU's names, machines as shell patterns */
export interface FirmwareTarget {
  architecture: string;
  machines: string[];
}

/** docs/interop/firmware.json of QEMU: one installed firmware */
export interface FirmwareDescriptor {
  description?: string;
  'interface-types': FirmwareInterface[];
  mapping: FirmwareMapping;
  targets: FirmwareTarget[];
  features: string[];
  tags?: string[];
}

/** QEMU's names of architectures that libvirt names otherwise */
const ARCHS: Readonly<Record<string, string>> = { i386: 'i686', arm: 'armv7l' };

/** Whether guests of this architecture and (canonical) machine may use the firmware */
export function firmwareFits(descriptor: FirmwareDescriptor, arch: string, machine: string): boolean {
  return descriptor.targets.some(
    (target) =>
      (ARCHS[target.architecture] ?? target.architecture) === arch &&
      target.machines.some((pattern) => matchesPattern(machine, pattern)),
  );
}

/** fnmatch() for `*`, `?` and `[…]` */
function matchesPattern(text: string, pattern: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
    .replaceAll('[!', '[^');
  return new RegExp(`^${source}$`, 's').test(text);
}
