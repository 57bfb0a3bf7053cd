/** virArch in its order, with the size of a word */
const ARCHS = {
  alpha: 64,
  armv6l: 32,
  armv7l: 32,
  armv7b: 32,
  aarch64: 64,
  cris: 32,
  i686: 32,
  ia64: 64,
  lm32: 32,
  m68k: 32,
  microblaze: 32,
  microblazeel: 32,
  mips: 32,
  mipsel: 32,
  mips64: 64,
  mips64el: 64,
  openrisc: 32,
  parisc: 32,
  parisc64: 64,
  ppc: 32,
  ppcle: 32,
  ppc64: 64,
  ppc64le: 64,
  ppcemb: 32,
  riscv32: 32,
  riscv64: 64,
  s390: 32,
  s390x: 64,
  sh4: 32,
  // sic: libvirt counts it among those of 64 bits
  sh4eb: 64,
  sparc: 32,
  sparc64: 64,
  unicore32: 32,
  x86_64: 64,
  xtensa: 32,
  xtensaeb: 32,
} as const;

export type ArchName = keyof typeof ARCHS;

/** virArch: the names of all architectures, in libvirt's order. */
export const ARCH_NAMES: ReadonlySet<string> = new Set(Object.keys(ARCHS));

export function isArch(name: string): name is ArchName {
  return ARCH_NAMES.has(name);
}

/** virArchGetWordSize */
export function archWordSize(arch: ArchName): 32 | 64 {
  return ARCHS[arch];
}

/** virArchFromHost: the architecture's name by what uname says. */
export function archFromUname(machine: string): string {
  if (/^i[3-6]86$/.test(machine)) return 'i686';
  return machine === 'amd64' ? 'x86_64' : machine === 'arm64' ? 'aarch64' : machine;
}
