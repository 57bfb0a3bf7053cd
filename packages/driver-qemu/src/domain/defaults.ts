import { arch } from 'node:os';

/** What virtkit calls the host's architecture, as QEMU's programs are named. */
const NAMES: Readonly<Record<string, string>> = {
  x64: 'x86_64',
  arm64: 'aarch64',
  ia32: 'i386',
  ppc64: 'ppc64',
  s390x: 's390x',
  riscv64: 'riscv64',
};

export const HOST_ARCH: string = NAMES[arch()] ?? arch();

/** The emulator of an architecture, where distributions install it. */
export function emulatorFor(architecture: string): string {
  return `/usr/bin/qemu-system-${architecture === 'i686' ? 'i386' : architecture}`;
}

export const DEFAULT_EMULATOR: string = emulatorFor(HOST_ARCH);
