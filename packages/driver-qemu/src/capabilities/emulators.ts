import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { isNativeGuest } from './machine-families.js';

/** QEMU's names of targets that are not libvirt's of architectures */
const TARGETS: Readonly<Record<string, string>> = { i686: 'i386', armv6l: 'arm', armv7l: 'arm' };

/** Names under which distributions have the emulator that runs the host's own architecture */
const KVM_NAMES = ['/usr/libexec/qemu-kvm', 'qemu-kvm', 'kvm'] as const;

/** Finds a program as the shell would; undefined where there is none */
export type FindProgram = (name: string) => Promise<string | undefined>;

/** A finder over the directories of $PATH */
export function programFinder(path: string = process.env.PATH ?? ''): FindProgram {
  const directories = path.split(delimiter).filter((directory) => directory !== '');
  return async (name) => {
    for (const file of name.startsWith('/') ? [name] : directories.map((directory) => join(directory, name))) {
      if (await isExecutable(file)) return file;
    }
    return undefined;
  };
}

async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** virQEMUCapsGetDefaultEmulator: the installed binary that runs guests of an architecture */
export async function findEmulator(guest: string, host: string, find: FindProgram): Promise<string | undefined> {
  for (const name of candidates(guest, host)) {
    const found = await find(name);
    if (found !== undefined) return found;
  }
  return undefined;
}

function candidates(guest: string, host: string): string[] {
  const own = `qemu-system-${TARGETS[guest] ?? guest}`;
  // Only the 64-bit emulator can use the host's processor for a 32-bit ARM guest.
  if (guest === 'armv7l' && host === 'aarch64') return ['qemu-system-aarch64', own];
  const also =
    guest === 'ppc64le' ? ['qemu-system-ppc64'] : guest === 'i686' && host === 'x86_64' ? ['qemu-system-x86_64'] : [];
  return [own, ...also, ...(isNativeGuest(host, guest) ? KVM_NAMES : [])];
}
