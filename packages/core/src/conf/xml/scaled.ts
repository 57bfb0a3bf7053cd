import { ErrorCode, ErrorDomain, LibvirtError } from '../../util/index.js';
import { type Field, makeField } from './field.js';
import type { FieldOptions } from './fields.js';
import type { XmlNode } from './node.js';
import { invalidAttribute, invalidText } from './problems.js';
import { oneOf, u64, unitFactor } from './scalars.js';
import { indentOf } from './writer.js';

const UNITS = oneOf('bytes', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB', 'KB', 'MB', 'GB', 'TB', 'PB', 'EB');

/**
 * virDomainParseScaledValue: a child element with a number and an optional unit, kept in `unit` (rounded up) and always
 * written in it.
 */
export function scaled(
  unit: 'KiB' | 'bytes' | 'B',
  options: FieldOptions & { readonly fallbackUnit?: string } = {},
): Field<number, true> {
  const factor = unitFactor(unit === 'B' ? 'bytes' : unit) as number;
  const fallback = options.fallbackUnit ?? unit;
  return makeField<number, true>(true, (key) => {
    const name = options.name ?? key;
    return {
      needs: 0,
      doc: {
        key,
        kind: 'leaf',
        name,
        required: false,
        type: { kind: 'integer', minimum: 0, description: unit },
        covers: { attributes: ['unit'] },
      },
      names: [name],
      child(node, out) {
        if (out[key] === undefined) out[key] = readScaled(node, node.text, fallback, factor, options);
      },
      body(model, depth) {
        const value = model[key];
        return value === undefined ? '' : `${indentOf(depth)}<${name} unit='${unit}'>${String(value)}</${name}>\n`;
      },
    };
  });
}

/** The number in `text`, in the element's `unit` attribute, as a number of `factor` bytes each, rounded up. */
export function readScaled(
  node: XmlNode,
  text: string,
  fallbackUnit: string,
  factor: number,
  options: FieldOptions = {},
): number {
  const value = u64.parse(text);
  if (value === undefined) throw (options.invalid ?? ((v, n) => invalidText(n, v, u64)))(text, node);
  const unit = node.attrs.unit ?? fallbackUnit;
  const scale = unitFactor(unit);
  if (scale === undefined) throw invalidAttribute(node, 'unit', unit, UNITS);
  const amount = (value * BigInt(scale) + BigInt(factor) - 1n) / BigInt(factor);
  if (value * BigInt(scale) > 0xffffffffffffffffn || amount > 9007199254740991n) throw tooLarge(text, unit);
  return Number(amount);
}

const tooLarge = (text: string, unit: string): LibvirtError =>
  new LibvirtError(ErrorCode.OVERFLOW, ErrorDomain.NONE, `value too large: ${text}${unit}`);
