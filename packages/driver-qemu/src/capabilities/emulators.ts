import { constants } from 'node:fs';
import { access, readdir, stat } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { isNativeGuest } from './machine-families.js';

/** QEMU's names of targets that are not libvirt's of architectures */
const TARGETS: Readonly<Record<string, string>> = { i686: 'i386', armv6l: 'arm', armv7l: 'arm' };

/** Names under which distributions have the emulator that runs the host's own architecture */
const KVM_NAMES = ['/usr/libexec/qemu-kvm', 'qemu-kvm', 'kvm'] as const;

/** Finds a program as the shell would; undefined where there is none */
export type FindProgram = (name: string) => Promise<string | undefined>;

/** The programs in some directories. Directories are read again only when they have changed. */
export class ProgramIndex {
  readonly #directories: readonly string[];
  readonly #known = new Map<string, { changed: bigint; names: ReadonlySet<string> }>();

  constructor(path: string = process.env.PATH ?? '') {
    this.#directories = [...new Set(path.split(delimiter).filter((directory) => directory !== ''))];
  }

  /** A finder that sees the directories as they are now */
  async look(): Promise<FindProgram> {
    const listings = await Promise.all(this.#directories.map((directory) => this.#list(directory)));
    return async (name) => {
      if (name.startsWith('/')) return (await isExecutable(name)) ? name : undefined;
      for (const [index, names] of listings.entries()) {
        const file = join(this.#directories[index] ?? '', name);
        if (names.has(name) && (await isExecutable(file))) return file;
      }
      return undefined;
    };
  }

  async #list(directory: string): Promise<ReadonlySet<string>> {
    try {
      const { mtimeNs } = await stat(directory, { bigint: true });
      const known = this.#known.get(directory);
      if (known?.changed === mtimeNs) return known.names;
      const names = new Set(await readdir(directory));
      this.#known.set(directory, { changed: mtimeNs, names });
      return names;
    } catch {
      return NONE;
    }
  }
}

const NONE: ReadonlySet<string> = new Set();

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
