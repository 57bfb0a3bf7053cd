// CPU models of architectures other than x86, as libvirt 9.0 knows them.

/** Processor version registers that tell one model: `[value, mask]`. */
export interface PvrModelRow {
  readonly name: string;
  readonly vendor: string;
  readonly pvr: readonly (readonly [value: number, mask: number])[];
}

const upperHalf = (...values: number[]) => values.map((value) => [value * 0x10000, 0xffff0000] as const);

export const PPC64_MODELS: readonly PvrModelRow[] = [
  { name: 'POWER6', vendor: 'IBM', pvr: upperHalf(0x003e) },
  { name: 'POWER7', vendor: 'IBM', pvr: upperHalf(0x003f, 0x004a) },
  { name: 'POWER8', vendor: 'IBM', pvr: upperHalf(0x004b, 0x004c, 0x004d) },
  { name: 'POWER9', vendor: 'IBM', pvr: upperHalf(0x004e) },
  { name: 'POWER10', vendor: 'IBM', pvr: upperHalf(0x0080) },
  { name: 'POWERPC_e5500', vendor: 'Freescale', pvr: upperHalf(0x8024) },
  { name: 'POWERPC_e6500', vendor: 'Freescale', pvr: upperHalf(0x8040) },
];

/** Names of the past, which told revisions apart. */
export const PPC64_LEGACY: Readonly<Record<string, string>> = {
  'POWER7_v2.1': 'POWER7',
  'POWER7_v2.3': 'POWER7',
  'POWER7+_v2.1': 'POWER7',
  'POWER8_v1.0': 'POWER8',
};

/** The modes in which a host can pass for an older one, oldest first, each with the first model that has it. */
export const PPC64_COMPAT_MODES: readonly (readonly [mode: string, model: string])[] = [
  ['power6', 'POWER6'],
  ['power7', 'POWER7'],
  ['power8', 'POWER8'],
  ['power9', 'POWER9'],
  ['power10', 'POWER10'],
];

/** Implementer codes of the main identification register. */
export const ARM_VENDORS: Readonly<Record<number, string>> = {
  0x41: 'ARM',
  0x42: 'Broadcom',
  0x43: 'Cavium',
  0x44: 'DigitalEquipment',
  0x46: 'Fujitsu',
  0x48: 'HiSilicon',
  0x49: 'Infineon',
  0x4d: 'Freescale',
  0x4e: 'NVIDIA',
  0x50: 'APM',
  0x51: 'Qualcomm',
  0x56: 'Marvell',
  0x69: 'Intel',
  0x70: 'Phytium',
};

/** Part numbers of the main identification register. */
export const ARM_MODELS: readonly (readonly [name: string, vendor: string, part: number])[] = [
  ['cortex-a53', 'ARM', 0xd03],
  ['cortex-a57', 'ARM', 0xd07],
  ['cortex-a72', 'ARM', 0xd08],
  ['Neoverse-N1', 'ARM', 0xd0c],
  ['Neoverse-N2', 'ARM', 0xd49],
  ['Neoverse-V1', 'ARM', 0xd40],
  ['Falkor', 'Qualcomm', 0xc00],
  ['ThunderX2 99xx', 'Cavium', 0x0af],
  ['a64fx', 'Fujitsu', 0x001],
  ['Kunpeng-920', 'HiSilicon', 0xd01],
  ['FT-2000+', 'Phytium', 0x662],
  ['Tengyun-S2500', 'Phytium', 0x663],
];

/** Vector extensions and lengths, told by the kernel's word `sve` or asked of the hypervisor. */
export const ARM_FEATURES: readonly string[] = ['sve', ...Array.from({ length: 16 }, (_, i) => `sve${128 * (i + 1)}`)];
