import type { CpuidLeaf, X86CpuData } from '@virtkit/core/conf';

/** One element of a CPU's `feature-words` or `filtered-features` property */
export interface FeatureWord {
  'cpuid-input-eax': number;
  'cpuid-input-ecx'?: number;
  'cpuid-register': 'EAX' | 'EBX' | 'ECX' | 'EDX';
  features: number;
}

const REGISTERS = { EAX: 'eax', EBX: 'ebx', ECX: 'ecx', EDX: 'edx' } as const;

/** qemuMonitorJSONParseCPUx86Features: the CPUID leaves that have a bit set, in order */
export function cpuDataOfFeatureWords(words: readonly FeatureWord[]): X86CpuData {
  const leaves = new Map<string, { -readonly [K in keyof CpuidLeaf]: CpuidLeaf[K] }>();
  for (const word of words) {
    if (word.features === 0) continue;
    const [eaxIn, ecxIn] = [word['cpuid-input-eax'], word['cpuid-input-ecx'] ?? 0];
    const key = `${eaxIn} ${ecxIn}`;
    let leaf = leaves.get(key);
    if (leaf === undefined) leaves.set(key, (leaf = { eax_in: eaxIn, ecx_in: ecxIn, eax: 0, ebx: 0, ecx: 0, edx: 0 }));
    const register = REGISTERS[word['cpuid-register']];
    leaf[register] = (leaf[register] | word.features) >>> 0;
  }
  return { cpuid: [...leaves.values()].sort((a, b) => a.eax_in - b.eax_in || a.ecx_in - b.ecx_in), msr: [] };
}
