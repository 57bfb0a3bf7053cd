const ARCHS =
  'alpha armv6l armv7l armv7b aarch64 cris i686 ia64 itanium lm32 m68k microblaze microblazeel mips mipsel mips64 ' +
  'mips64el openrisc parisc parisc64 ppc ppcle ppc64 ppc64le ppcemb riscv32 riscv64 s390 s390x sh4 sh4eb sparc sparc64 ' +
  'unicore32 x86_64 xtensa xtensaeb';

/** virArch: the names of all architectures. */
export const ARCH_NAMES: ReadonlySet<string> = new Set(ARCHS.split(' '));

export function isArch(name: string): boolean {
  return ARCH_NAMES.has(name);
}
