/** virCPUCompareResult, with what stands in the way. */
export type CpuComparison =
  { readonly result: 'identical' | 'superset' } | { readonly result: 'incompatible'; readonly reason: string };

export const IDENTICAL: CpuComparison = { result: 'identical' };

export function incompatible(reason: string): CpuComparison {
  return { result: 'incompatible', reason };
}

export function unknownHost(): CpuComparison {
  return incompatible('unknown host CPU');
}
