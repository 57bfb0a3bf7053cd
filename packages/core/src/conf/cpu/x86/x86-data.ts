import { FeatureSet } from '../feature-set.js';
import { X86_VENDORS, type Register } from '../map/x86-features.js';
import { x86Map, type X86Model } from './x86-map.js';

/** One answer of the CPUID instruction. */
export interface CpuidLeaf {
  /** The leaf asked for. */
  readonly eax_in: number;
  /** The subleaf asked for. */
  readonly ecx_in: number;
  readonly eax: number;
  readonly ebx: number;
  readonly ecx: number;
  readonly edx: number;
}

/** The value of a model-specific register, in two halves. */
export interface MsrValue {
  readonly index: number;
  readonly edx: number;
  readonly eax: number;
}

/** virCPUx86Data: what a processor says of itself. */
export interface X86CpuData {
  readonly cpuid: readonly CpuidLeaf[];
  readonly msr: readonly MsrValue[];
}

export interface X86Signature {
  readonly family: number;
  readonly model: number;
  readonly stepping: number;
}

/** The known facts in a processor's data. */
export interface X86Facts {
  readonly features: FeatureSet;
  readonly vendor?: string | undefined;
  readonly signature?: X86Signature | undefined;
}

export function x86Facts(data: X86CpuData): X86Facts {
  return { features: x86FeaturesIn(data), vendor: x86VendorOf(data), signature: x86SignatureOf(data) };
}

function x86FeaturesIn(data: X86CpuData): FeatureSet {
  const map = x86Map();
  const found = map.emptySet();
  for (const { source, bit, index } of map.features) {
    const value =
      'msr' in source
        ? data.msr.find((msr) => msr.index === source.msr)?.eax
        : leafOf(data, source.leaf, source.subleaf)?.[source.register];
    if (value !== undefined && (value >>> bit) & 1) found.add(index);
  }
  return found;
}

function leafOf(data: X86CpuData, leaf: number, subleaf: number): CpuidLeaf | undefined {
  return data.cpuid.find((item) => item.eax_in === leaf && item.ecx_in === subleaf);
}

const VENDOR_REGISTERS: readonly Register[] = ['ebx', 'edx', 'ecx'];

function x86VendorOf(data: X86CpuData): string | undefined {
  const leaf = leafOf(data, 0, 0);
  if (leaf === undefined) return undefined;
  let text = '';
  for (const register of VENDOR_REGISTERS) {
    for (let shift = 0; shift < 32; shift += 8) text += String.fromCharCode((leaf[register] >>> shift) & 0xff);
  }
  return x86Map().vendorNames.get(text);
}

/** virCPUx86DataGetSignature's number: EAX of leaf 1. */
export function x86RawSignature(data: X86CpuData): number {
  return leafOf(data, 1, 0)?.eax ?? 0;
}

/** virCPUx86SignatureFromCPUID; undefined where the processor does not tell. */
export function x86SignatureOf(data: X86CpuData): X86Signature | undefined {
  const eax = x86RawSignature(data);
  if (eax === 0) return undefined;
  const family = (eax >>> 8) & 0xf;
  const model = (eax >>> 4) & 0xf;
  return {
    family: family === 0xf ? family + ((eax >>> 20) & 0xff) : family,
    model: family === 0x6 || family === 0xf ? model + (((eax >>> 16) & 0xf) << 4) : model,
    stepping: eax & 0xf,
  };
}

/** The same the other way: EAX of leaf 1 for a signature. */
export function x86SignatureToRaw({ family, model, stepping }: X86Signature): number {
  const base = family > 0xf ? ((family - 0xf) << 20) | (0xf << 8) : family << 8;
  return base | ((model >>> 4) << 16) | ((model & 0xf) << 4) | stepping;
}

/** CPUID and MSR values that tell just these facts. */
export function x86DataOf(facts: X86Facts): X86CpuData {
  const map = x86Map();
  const leaves = new Map<string, Record<keyof CpuidLeaf, number>>();
  const msrs = new Map<number, { index: number; edx: number; eax: number }>();
  const leaf = (eax_in: number, ecx_in: number) => {
    const key = `${eax_in}:${ecx_in}`;
    const item = leaves.get(key) ?? { eax_in, ecx_in, eax: 0, ebx: 0, ecx: 0, edx: 0 };
    leaves.set(key, item);
    return item;
  };
  if (facts.vendor !== undefined) {
    const bytes = Buffer.from(X86_VENDORS[facts.vendor] ?? '', 'latin1');
    const item = leaf(0, 0);
    VENDOR_REGISTERS.forEach((register, i) => (item[register] = bytes.readUInt32LE(i * 4)));
  }
  if (facts.signature !== undefined) leaf(1, 0).eax = x86SignatureToRaw(facts.signature);
  for (const index of facts.features) {
    const { source, bit } = map.features[index]!;
    if ('msr' in source) {
      const item = msrs.get(source.msr) ?? { index: source.msr, edx: 0, eax: 0 };
      item.eax = (item.eax | (1 << bit)) >>> 0;
      msrs.set(source.msr, item);
    } else {
      const item = leaf(source.leaf, source.subleaf);
      item[source.register] = (item[source.register] | (1 << bit)) >>> 0;
    }
  }
  return {
    cpuid: [...leaves.values()].sort((a, b) => a.eax_in - b.eax_in || a.ecx_in - b.ecx_in),
    msr: [...msrs.values()].sort((a, b) => a.index - b.index),
  };
}

export function x86ModelHasSignature(model: X86Model, { family, model: number, stepping }: X86Signature): boolean {
  return model.signatures.some(
    (range) =>
      range.family === family &&
      range.model === number &&
      (range.firstStepping === undefined || stepping >= range.firstStepping) &&
      (range.lastStepping === undefined || stepping <= range.lastStepping),
  );
}

/** virCPUx86DataCheckFeature */
export function x86HasFeature(data: X86CpuData, name: string): boolean {
  return x86FeaturesIn(data).has(x86Map().feature(name).index);
}
