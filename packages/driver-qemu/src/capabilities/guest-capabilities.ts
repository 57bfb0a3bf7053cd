import { ARCH_NAMES, archWordSize, type GuestCaps, type GuestMachineCaps, isArch } from '@virtkit/core/conf';
import { findEmulator, type FindProgram } from './emulators.js';
import { isNativeGuest, isX86 } from './machine-families.js';
import type { QemuCaps } from './qemu-caps.js';

export interface GuestCapsSource {
  /** The host's architecture */
  host: string;
  find: FindProgram;
  /** Capabilities of a binary, probed if need be */
  capsOf(emulator: string): Promise<QemuCaps>;
  /** Whether guests get anywhere on KVM; if not, it is not offered. Asked of the native emulator while others are probed */
  kvmUsable?(emulator: string): Promise<boolean>;
  /** A binary that cannot be probed is passed over */
  onFailure?(emulator: string, error: unknown): void;
  /** Binaries probed at a time */
  parallel?: number;
}

/**
 * virQEMUCapsInit: what guests the installed emulators can run, in the order of architectures. Each binary is probed once; the
 * host's own first, because those are what others wait for.
 */
export async function qemuGuestCapabilities(source: GuestCapsSource): Promise<GuestCaps[]> {
  const { host } = source;
  const archs = [...ARCH_NAMES];
  const emulators = await Promise.all(archs.map((arch) => findEmulator(arch, host, source.find)));
  const natives = archs.flatMap((arch, index) => (isNativeGuest(host, arch) ? (emulators[index] ?? []) : []));
  const wanted = new Set([...natives, ...emulators.filter((emulator) => emulator !== undefined)]);

  const [native] = natives;
  const usable = native === undefined ? undefined : source.kvmUsable?.(native);
  usable?.catch(() => undefined);
  const probed = new Map<string, { caps: QemuCaps; kvm: boolean }>();
  const queue = [...wanted];
  const work = async () => {
    for (let emulator = queue.shift(); emulator !== undefined; emulator = queue.shift()) {
      try {
        const caps = await source.capsOf(emulator);
        const kvm = caps.has('kvm') && (await usable) !== false;
        probed.set(emulator, { caps, kvm });
      } catch (error) {
        source.onFailure?.(emulator, error);
      }
    }
  };
  await Promise.all(Array.from({ length: source.parallel ?? 4 }, work));

  return archs.flatMap((arch, index) => {
    const emulator = emulators[index];
    const found = emulator === undefined ? undefined : probed.get(emulator);
    if (found === undefined || emulator === undefined) return [];
    return [guestOf(arch, emulator, found.caps, found.kvm && isNativeGuest(host, arch))];
  });
}

/** virQEMUCapsInitGuestFromBinary */
function guestOf(arch: string, emulator: string, caps: QemuCaps, kvm: boolean): GuestCaps {
  const on = { default: true, toggle: false };
  const types = [...(caps.has('tcg') ? ['qemu'] : []), ...(kvm ? ['kvm'] : []), ...(caps.has('hvf') ? ['hvf'] : [])];
  return {
    osType: 'hvm',
    arch: {
      name: arch,
      wordsize: isArch(arch) ? archWordSize(arch) : 64,
      emulator,
      machine: machines(caps),
      domain: types.map((type) => ({ type, machine: [] })),
    },
    features: {
      ...(arch === 'i686' && { pae: true, nonpae: true }),
      ...((isX86(arch) || arch === 'aarch64') && { acpi: { default: true, toggle: true } }),
      ...(isX86(arch) && { apic: on }),
      cpuselection: true,
      deviceboot: true,
      disksnapshot: on,
    },
  };
}

/** Each machine, and after it the name it also goes by */
function machines(caps: QemuCaps): GuestMachineCaps[] {
  return caps.machines(caps.preferredVirtType).flatMap(({ name, alias, maxCpus, deprecated }) => {
    const common = { ...(maxCpus > 0 && { maxCpus }), ...(deprecated === true && { deprecated }) };
    return alias === undefined
      ? [{ ...common, name }]
      : [
          { ...common, name },
          { canonical: name, ...common, name: alias },
        ];
  });
}
