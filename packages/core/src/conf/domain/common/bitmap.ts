import type { Scalar } from '../../xml/index.js';

/** Bits beyond this are refused: VIR_DOMAIN_CPUMASK_LEN. */
const MAX_BIT = 16384;

const ITEM = /^\s*(\^?)\s*(\d+)\s*(?:-\s*(\d+)\s*)?$/;

/** virBitmapParse: `0-3,^2,7` as ascending numbers; undefined if it is none. */
export function parseBitmap(text: string): number[] | undefined {
  const bits = new Set<number>();
  for (const item of text.trim().split(',')) {
    const match = ITEM.exec(item);
    if (match === null) return undefined;
    const first = Number(match[2]);
    const last = match[3] === undefined ? first : Number(match[3]);
    if (last < first || last >= MAX_BIT) return undefined;
    if (match[1] === '^') {
      if (match[3] !== undefined) return undefined;
      bits.delete(first);
    } else for (let bit = first; bit <= last; bit++) bits.add(bit);
  }
  return [...bits].sort((a, b) => a - b);
}

/** virBitmapFormat: ranges joined by commas. */
export function formatBitmap(bits: readonly number[]): string {
  const ranges: string[] = [];
  for (let i = 0; i < bits.length; i++) {
    const first = bits[i] as number;
    while (i + 1 < bits.length && bits[i + 1] === (bits[i] as number) + 1) i++;
    const last = bits[i] as number;
    ranges.push(first === last ? String(first) : `${first}-${last}`);
  }
  return ranges.join(',');
}

/** A set of numbers as libvirt writes it; kept as text in canonical form. */
export const bitmap: Scalar<string> = {
  type: { kind: 'string', description: 'numbers and ranges, for example 0-3,7' },
  parse(text) {
    const bits = parseBitmap(text);
    return bits === undefined ? undefined : formatBitmap(bits);
  },
  format: (value) => value,
  plain: true,
};
