import { isArch } from '@virtkit/core/conf';
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtkit/core/util';
import type { DomainCapsSubject } from './domain-capabilities.js';
import { findEmulator, type FindProgram } from './emulators.js';
import type { QemuCaps } from './qemu-caps.js';

/** virDomainVirtType */
const VIRT_TYPES = new Set(
  'none qemu kqemu kvm xen lxc uml openvz test vmware hyperv vbox phyp parallels bhyve vz hvf'.split(' '),
);

/** What a caller may leave open */
export interface CapsQuery {
  emulator?: string | undefined;
  arch?: string | undefined;
  machine?: string | undefined;
  virtType?: string | undefined;
}

export interface CapsLookup {
  /** The host's architecture */
  host: string;
  find: FindProgram;
  capsOf(emulator: string): Promise<QemuCaps>;
  /** Whether guests get anywhere on KVM, where an emulator has it; only then it is what a guest gets unasked. */
  kvmUsable?(emulator: string): Promise<boolean>;
}

const invalid = (detail: string) => new LibvirtError(ErrorCode.INVALID_ARG, ErrorDomain.QEMU, detail);

/**
 * virQEMUCapsCacheLookupDefault: settles what the caller left open, and refuses what no emulator here can do.
 */
export async function lookupCaps(
  query: CapsQuery,
  { host, find, capsOf, kvmUsable }: CapsLookup,
): Promise<{ caps: QemuCaps; subject: DomainCapsSubject }> {
  if (query.virtType !== undefined && !VIRT_TYPES.has(query.virtType)) {
    throw invalid(`unknown virttype: ${query.virtType}`);
  }
  if (query.arch !== undefined && !isArch(query.arch)) throw invalid(`unknown architecture: ${query.arch}`);

  const emulator = query.emulator ?? (await findEmulator(query.arch ?? host, host, find));
  if (emulator === undefined) {
    const arch = query.arch ?? host;
    throw invalid(`unable to find any emulator to serve '${arch}' architecture: install one, or name its path`);
  }
  const caps = await capsOf(emulator);
  const arch = query.arch ?? caps.arch;
  if (!serves(caps.arch, arch)) {
    throw invalid(`architecture from emulator '${caps.arch}' doesn't match given architecture '${arch}'`);
  }

  const virtType = query.virtType ?? (await preferredVirtType(caps, emulator, kvmUsable));
  if (!caps.supportsVirtType(virtType)) {
    throw invalid(`Emulator '${emulator}' does not support virt type '${virtType}'`);
  }

  const named = query.machine ?? caps.preferredMachine(virtType);
  if (named === undefined || caps.machine(virtType, named) === undefined) {
    throw invalid(`the machine '${named ?? ''}' is not supported by emulator '${emulator}'`);
  }
  return { caps, subject: { emulator, arch, virtType, machine: caps.canonicalMachine(virtType, named) } };
}

/** An emulator serves the architecture it reports, and those that its processors can also be */
function serves(emulator: string, arch: string): boolean {
  if (emulator === arch) return true;
  if (emulator === 'x86_64') return arch === 'i686';
  if (emulator === 'armv7l') return arch === 'armv6l';
  if (emulator === 'aarch64') return arch === 'armv7l';
  return emulator === 'ppc64' && arch === 'ppc64le';
}

async function preferredVirtType(
  caps: QemuCaps,
  emulator: string,
  kvmUsable: CapsLookup['kvmUsable'],
): Promise<string> {
  const preferred = caps.preferredVirtType;
  if (preferred !== 'kvm' || !caps.has('tcg') || kvmUsable === undefined) return preferred;
  return (await kvmUsable(emulator)) ? 'kvm' : 'qemu';
}
