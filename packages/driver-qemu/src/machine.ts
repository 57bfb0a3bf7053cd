import type { DomainDef } from '@virtkit/core/conf';
import * as families from './capabilities/machine-families.js';

type Machine = Pick<DomainDef, 'os'>;

const arch = ({ os }: Machine): string => os.type.arch ?? '';
const machine = ({ os }: Machine): string => os.type.machine ?? '';

export const isX86 = (def: Machine): boolean => families.isX86(arch(def));
export const isArm = (def: Machine): boolean => /^(armv6l|armv7l|armv7b|aarch64)$/.test(arch(def));
export const isRiscv = (def: Machine): boolean => arch(def).startsWith('riscv');
export const isPpc = (def: Machine): boolean => arch(def).startsWith('ppc');
export const isPpc64 = (def: Machine): boolean => arch(def) === 'ppc64' || arch(def) === 'ppc64le';
export const isS390 = (def: Machine): boolean => families.isS390(arch(def));
export const isMips = (def: Machine): boolean => arch(def).startsWith('mips');

/** qemuDomainIsQ35 */
export const isQ35 = (def: Machine): boolean => families.isQ35(machine(def), arch(def));

/** qemuDomainIsI440FX */
export const isI440fx = (def: Machine): boolean => families.isI440fx(machine(def), arch(def));

/** qemuDomainIsMicrovm */
export const isMicrovm = (def: Machine): boolean => arch(def) === 'x86_64' && /^microvm(-|$)/.test(machine(def));

/** qemuDomainIsARMVirt */
export const isArmVirt = (def: Machine): boolean => families.isArmVirt(machine(def), arch(def));

/** qemuDomainIsRISCVVirt */
export const isRiscvVirt = (def: Machine): boolean => isRiscv(def) && /^virt(-|$)/.test(machine(def));

/** qemuDomainIsPSeries */
export const isPSeries = (def: Machine): boolean => families.isPseries(machine(def), arch(def));

/** qemuDomainIsS390CCW */
export const isS390Ccw = (def: Machine): boolean => isS390(def) && /^s390-ccw/.test(machine(def));

/** qemuDomainIsMipsMalta */
export const isMipsMalta = (def: Machine): boolean => isMips(def) && machine(def) === 'malta';

/** qemuDomainHasBuiltinIDE */
export const hasBuiltinIde = (def: Machine): boolean => families.hasBuiltinIde(machine(def), arch(def));

/** qemuDomainHasBuiltinESP */
export const hasBuiltinEsp = (def: Machine): boolean => arch(def) === 'sparc';

/** Boards whose virtio devices sit on virtio-mmio where there is no PCI. */
export const hasVirtioMmio = (def: Machine): boolean =>
  isArmVirt(def) || isRiscvVirt(def) || (isArm(def) && machine(def).startsWith('vexpress-'));

/** qemuDomainSupportsPCI: boards of processors that need no PCI, with one that has it all the same. */
export const supportsPci = (def: Machine, hasHostBridge: boolean): boolean =>
  (!isArm(def) && !isRiscv(def)) ||
  machine(def) === 'versatilepb' ||
  ((isArmVirt(def) || isRiscvVirt(def)) && hasHostBridge);

/** qemuDomainHasPCIRoot */
export const hasPciRoot = (def: DomainDef): boolean => rootModel(def) === 'pci-root';

/** qemuDomainHasPCIeRoot */
export const hasPcieRoot = (def: DomainDef): boolean => rootModel(def) === 'pcie-root';

function rootModel({ devices }: DomainDef): string | undefined {
  for (const controller of devices.controller)
    if (controller.type === 'pci' && controller.index === 0) return controller.model;
  return undefined;
}
