import { ErrorCode, ErrorDomain, LibvirtError } from '../../util/index.js';
import { type Field, makeField, type Model } from './field.js';
import type { FieldOptions } from './fields.js';
import type { XmlNode } from './node.js';
import { invalidText, missingElement } from './problems.js';
import { u64, unitFactor } from './scalars.js';
import { indentOf } from './writer.js';

function scaledField<O extends boolean>(optional: O, unit: string, options: ScaledOptions): Field<number, O> {
  const factor = unitFactor(unit) as number;
  const fallback = options.fallbackUnit ?? unit;
  return makeField<number, O>(optional, (key) => {
    const name = options.name ?? key;
    const missing = options.missing ?? ((node) => missingElement(node, name));
    return {
      needs: 0,
      doc: {
        key,
        kind: 'leaf',
        name,
        required: !optional,
        type: { kind: 'integer', minimum: 0, description: unit },
        covers: { attributes: ['unit'] },
      },
      names: [name],
      child(node, out) {
        if (out[key] !== undefined || (optional && node.text === '')) return;
        const value = readScaled(node, node.text, fallback, factor, options);
        if (value !== options.unset) out[key] = value;
      },
      ...(!optional && {
        finish(node: XmlNode, out: Model) {
          if (out[key] === undefined) throw missing(node);
        },
      }),
      body(model, depth) {
        const value = model[key];
        return value === undefined ? '' : `${indentOf(depth)}<${name} unit='${unit}'>${String(value)}</${name}>\n`;
      },
    };
  });
}

export interface ScaledOptions extends FieldOptions {
  /** The unit of a number without one, if it is not the unit that is kept. */
  readonly fallbackUnit?: string;
}

/**
 * virDomainParseScaledValue: a child element with a number and an optional unit, kept in `unit` (rounded up) and always
 * written in it.
 */
export const scaled = (unit: string, options: ScaledOptions = {}): Field<number, true> =>
  scaledField(true, unit, options);

/** As {@link scaled}, for an element that must be there. */
export const reqScaled = (unit: string, options: ScaledOptions = {}): Field<number, false> =>
  scaledField(false, unit, options);

/** A number of bytes whose default unit is `unit`, and which is written in whole ones of it. */
export function bytesIn(unit: string): Field<number, true> {
  const factor = unitFactor(unit) as number;
  return makeField<number, true>(true, (key) => {
    const field = scaledField(true, unit, {}).bind(key);
    return {
      ...field,
      child(node, out) {
        if (out[key] === undefined) out[key] = readScaled(node, node.text, unit, 1);
      },
      body: (model, depth, context) =>
        model[key] === undefined
          ? ''
          : (field.body?.({ [key]: Math.floor((model[key] as number) / factor) }, depth, context) ?? ''),
    };
  });
}

/** The number with a `unit` that an element holds itself, beside other attributes. */
export function scaledText(unit: string, options: ScaledOptions = {}): Field<number, false> {
  const factor = unitFactor(unit) as number;
  return makeField<number, false>(false, (key) => ({
    needs: 0,
    doc: {
      key,
      kind: 'text',
      name: '',
      required: true,
      type: { kind: 'integer', minimum: 0, description: unit },
      covers: { attributes: ['unit'] },
    },
    own(node, out) {
      out[key] = readScaled(node, node.text, options.fallbackUnit ?? unit, factor, options);
    },
    attr: () => ` unit='${unit}'`,
    text: (model) => String(model[key]),
  }));
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
  const unit = node.attrs.unit || fallbackUnit;
  const scale = unitFactor(unit);
  if (scale === undefined) throw new LibvirtError(ErrorCode.INVALID_ARG, ErrorDomain.NONE, `unknown suffix '${unit}'`);
  const amount = (value * BigInt(scale) + BigInt(factor) - 1n) / BigInt(factor);
  if (value * BigInt(scale) > 0xffffffffffffffffn || amount > 9007199254740991n) throw tooLarge(text, unit);
  return Number(amount);
}

const tooLarge = (text: string, unit: string): LibvirtError =>
  new LibvirtError(ErrorCode.OVERFLOW, ErrorDomain.NONE, `value too large: ${text}${unit}`);
