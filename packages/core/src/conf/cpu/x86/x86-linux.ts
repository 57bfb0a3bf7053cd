import { LINUX_FLAGS, LINUX_VENDOR_FLAGS } from '../map/linux-flags.js';
import type { X86Facts } from './x86-data.js';
import { x86Map } from './x86-map.js';

/** What asks of a processor by CPUID: all leaves that tell something known. */
export function x86Leaves(): readonly (readonly [leaf: number, subleaf: number])[] {
  const leaves = new Map<string, readonly [number, number]>([
    ['0:0', [0, 0]],
    ['1:0', [1, 0]],
  ]);
  for (const { source } of x86Map().features) {
    if ('leaf' in source) leaves.set(`${source.leaf}:${source.subleaf}`, [source.leaf, source.subleaf]);
  }
  return [...leaves.values()];
}

/** Model-specific registers that tell features, with the feature that says there is such a register. */
export const X86_MSRS: readonly (readonly [index: number, feature: string])[] = [
  [0x10a, 'arch-capabilities'],
  [0xcf, 'core-capability'],
];

/**
 * The processor as the fields of /proc/cpuinfo tell it: the next best thing where CPUID cannot be asked. What the kernel
 * does not use or know is missing.
 */
export function x86FactsFromCpuinfo(fields: ReadonlyMap<string, string>): X86Facts {
  const map = x86Map();
  const vendor = map.vendorNames.get(fields.get('vendor_id') ?? '');
  const byVendor = LINUX_VENDOR_FLAGS[vendor ?? ''] ?? {};
  const features = map.emptySet();
  const add = (name: string) => {
    const feature = map.findFeature(name);
    if (feature !== undefined) features.add(feature.index);
  };
  for (const flag of (fields.get('flags') ?? '').split(' ')) {
    if (flag === 'xsave') add('osxsave');
    if (Object.hasOwn(byVendor, flag)) add(byVendor[flag]!);
    // On Intel the kernel makes these up from other features.
    else if (!/^(ibrs|ibpb|stibp|ssbd)$/.test(flag)) add(LINUX_FLAGS[flag] ?? flag);
  }
  const number = (name: string) => Number(fields.get(name) ?? NaN);
  const signature = { family: number('cpu family'), model: number('model'), stepping: number('stepping') };
  const told = Object.values(signature).every(Number.isInteger);
  return { features, vendor, signature: told ? signature : undefined };
}
