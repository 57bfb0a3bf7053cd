import type { DomainDef } from '@virtkit/core/conf';

type Machine = Pick<DomainDef, 'os'>;

const arch = ({ os }: Machine): string => os.type?.arch ?? '';
const machine = ({ os }: Machine): string => os.type?.machine ?? '';

export const isX86 = (def: Machine): boolean => arch(def) === 'i686' || arch(def) === 'x86_64';
export const isArm = (def: Machine): boolean => /^(armv6l|armv7l|armv7b|aarch64)$/.test(arch(def));
export const isRiscv = (def: Machine): boolean => arch(def).startsWith('riscv');
export const isPpc64 = (def: Machine): boolean => arch(def) === 'ppc64' || arch(def) === 'ppc64le';
export const isS390 = (def: Machine): boolean => arch(def) === 's390x' || arch(def) === 's390';
export const isLoongarch = (def: Machine): boolean => arch(def) === 'loongarch64';

/** qemuDomainIsQ35 */
export const isQ35 = (def: Machine): boolean => isX86(def) && /^(pc-q35|q35$)/.test(machine(def));

/** qemuDomainIsI440FX */
export const isI440fx = (def: Machine): boolean => isX86(def) && /^(pc$|pc-0\.|pc-1\.|pc-i440|rhel)/.test(machine(def));

/** qemuDomainIsMicrovm */
export const isMicrovm = (def: Machine): boolean => arch(def) === 'x86_64' && machine(def) === 'microvm';

/** qemuDomainIsARMVirt */
export const isArmVirt = (def: Machine): boolean => isArm(def) && /^virt(-|$)/.test(machine(def));

/** qemuDomainIsRISCVVirt */
export const isRiscvVirt = (def: Machine): boolean => isRiscv(def) && /^virt(-|$)/.test(machine(def));

/** qemuDomainIsPSeries */
export const isPSeries = (def: Machine): boolean => isPpc64(def) && /^pseries(-|$)/.test(machine(def));

/** qemuDomainIsS390CCW */
export const isS390Ccw = (def: Machine): boolean => isS390(def) && /^s390-ccw/.test(machine(def));

/** qemuDomainHasBuiltinIDE */
export const hasBuiltinIde = (def: Machine): boolean =>
  isI440fx(def) || ['malta', 'sun4u', 'g3beige'].includes(machine(def));

/** qemuDomainHasBuiltinESP */
export const hasBuiltinEsp = (def: Machine): boolean => arch(def) === 'sparc';

/** qemuDomainHasPCIRoot */
export const hasPciRoot = (def: DomainDef): boolean => rootModel(def) === 'pci-root';

/** qemuDomainHasPCIeRoot */
export const hasPcieRoot = (def: DomainDef): boolean => rootModel(def) === 'pcie-root';

function rootModel({ devices }: DomainDef): string | undefined {
  for (const controller of devices.controller)
    if (controller.type === 'pci' && controller.index === 0) return controller.model;
  return undefined;
}
