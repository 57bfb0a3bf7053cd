import type { QemuFlag } from './flag-names.js';
import type { Accelerator, AcceleratorCaps, CpuModel, HostCpuModel, MachineType, QemuCapsData } from './model.js';

/** Accelerator of a domain type (`<domain type='kvm'>`) */
function acceleratorOf(virtType: string): Accelerator {
  return virtType === 'kvm' ? 'kvm' : virtType === 'hvf' ? 'hvf' : 'tcg';
}

/** virQEMUCaps: what one QEMU binary can do. Immutable once built, so it may be shared and cached. */
export class QemuCaps {
  constructor(readonly data: Readonly<QemuCapsData>) {}

  get binary(): string {
    return this.data.binary;
  }

  /** major * 1,000,000 + minor * 1,000 + micro */
  get version(): number {
    return this.data.version;
  }

  get arch(): string {
    return this.data.arch;
  }

  has(flag: QemuFlag): boolean {
    return this.data.flags.has(flag);
  }

  /** The domain type a guest has when none is asked for: the fastest that works */
  get preferredVirtType(): 'kvm' | 'hvf' | 'qemu' {
    return this.has('kvm') ? 'kvm' : this.has('hvf') ? 'hvf' : 'qemu';
  }

  supportsVirtType(virtType: string): boolean {
    if (virtType === 'qemu') return this.has('tcg');
    if (virtType === 'kvm') return this.has('kvm');
    return virtType === 'hvf' && this.has('hvf');
  }

  accelerator(virtType: string): AcceleratorCaps {
    return this.data.accelerators[acceleratorOf(virtType)] ?? NOTHING;
  }

  machines(virtType: string): readonly MachineType[] {
    return this.accelerator(virtType).machines;
  }

  /** A machine by its name or alias */
  machine(virtType: string, name: string): MachineType | undefined {
    const machines = this.machines(virtType);
    return machines.find((machine) => machine.name === name) ?? machines.find((machine) => machine.alias === name);
  }

  /** virQEMUCapsGetCanonicalMachine: the versioned name behind an alias; an unknown name stays as it is */
  canonicalMachine(virtType: string, name: string): string {
    return this.machines(virtType).find((machine) => machine.alias === name)?.name ?? name;
  }

  /** virQEMUCapsGetPreferredMachine: the name a guest gets when it names no machine */
  preferredMachine(virtType: string): string | undefined {
    return this.machines(virtType)[0]?.name;
  }

  cpuModels(virtType: string): readonly CpuModel[] | undefined {
    return this.accelerator(virtType).cpuModels;
  }

  hostCpu(virtType: string): HostCpuModel | undefined {
    return this.accelerator(virtType).hostCpu;
  }

  /** A copy that reports other flags, as `<qemu:capabilities>` asks for */
  withFlags(change: { add?: Iterable<QemuFlag>; del?: Iterable<QemuFlag> }): QemuCaps {
    const flags = new Set(this.data.flags);
    for (const flag of change.add ?? []) flags.add(flag);
    for (const flag of change.del ?? []) flags.delete(flag);
    return new QemuCaps({ ...this.data, flags });
  }
}

const NOTHING: AcceleratorCaps = { machines: [] };
