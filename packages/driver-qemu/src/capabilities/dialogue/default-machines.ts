/**
 * The machine (name or alias) that a guest of an architecture gets when it names none. QEMU's own default yields to it,
 * since for some boards QEMU has none and for others it changes with the release.
 */
// prettier-ignore
const PREFERRED: Readonly<Record<string, string>> = {
  alpha: 'clipper', armv6l: 'integratorcp', armv7l: 'integratorcp', armv7b: 'integratorcp', aarch64: 'integratorcp',
  cris: 'axis-dev88', i686: 'pc', lm32: 'lm32-evr', m68k: 'mcf5208evb', microblaze: 'petalogix-s3adsp1800',
  microblazeel: 'petalogix-s3adsp1800', mips: 'malta', mipsel: 'malta', mips64: 'malta', mips64el: 'malta',
  openrisc: 'or1k-sim', ppc: 'g3beige', ppc64: 'pseries', ppc64le: 'pseries', riscv32: 'spike_v1.10', riscv64: 'spike_v1.10',
  s390x: 's390-ccw-virtio', sh4: 'shix', sh4eb: 'shix', sparc: 'SS-5', sparc64: 'sun4u', unicore32: 'puv3',
  x86_64: 'pc', xtensa: 'sim', xtensaeb: 'sim',
};

/** virQEMUCapsGetPreferredMachine, for machines that QEMU lists in no particular order */
export function preferredMachineOf(arch: string): string | undefined {
  return PREFERRED[arch];
}
