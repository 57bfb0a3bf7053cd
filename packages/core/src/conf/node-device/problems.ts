import { ErrorCode, ErrorDomain, LibvirtError } from '../../util/index.js';
import { type Field, leaf, refined, reqLeaf, type Scalar, str } from '../xml/index.js';

/** INTERNAL_ERROR of the node device subsystem, which is how it refuses most of what is missing. */
export const deviceError = (detail: string): LibvirtError =>
  new LibvirtError(ErrorCode.INTERNAL_ERROR, ErrorDomain.NODEDEV, detail);

/** CONFIG_UNSUPPORTED of the node device subsystem. */
export const deviceUnsupported = (detail: string): LibvirtError =>
  new LibvirtError(ErrorCode.CONFIG_UNSUPPORTED, ErrorDomain.NODEDEV, detail);

/** strtoul() with base 16: with or without 0x. */
const HEX = /^\s*(?:0[xX])?([0-9a-fA-F]+)$/;

const LARGEST = 0xffffffff;

/** A number in hexadecimal, written with `digits` digits. */
export const hexNumber = (digits: number): Scalar<number> => ({
  type: { kind: 'integer', minimum: 0 },
  parse: (text) => {
    const match = HEX.exec(text);
    const value = match === null ? undefined : parseInt(match[1] as string, 16);
    return value === undefined || value > LARGEST ? undefined : value;
  },
  format: (value) => `0x${value.toString(16).padStart(digits, '0')}`,
  plain: true,
});

/** A decimal unsigned long long. */
export const decimalLong: Scalar<number> = {
  type: { kind: 'integer', minimum: 0 },
  parse: (text) => (/^\s*\+?\d+\s*$/.test(text) ? Number(text) : undefined),
  format: String,
  plain: true,
};

/** A decimal unsigned int. */
export const decimal: Scalar<number> = refined(decimalLong, (value) => (value > LARGEST ? undefined : value));

/** A child element that the capability cannot do without; `what` names it in errors. */
export const needed = (name: string, what: string, scalar: Scalar<number> = decimal): Field<number, false> =>
  reqLeaf(scalar, {
    name,
    missing: () => deviceError(`no ${what} supplied`),
    invalid: () => deviceError(`invalid ${what} supplied`),
  });

/** A child element that may be absent. */
export const optional = (name: string, what: string, scalar: Scalar<number> = decimal): Field<number, true> =>
  leaf(scalar, { name, invalid: () => deviceError(`invalid ${what} supplied`) });

/** A child element with text that must be there. */
export const neededText = (name: string, what: string): Field<string, false> => {
  const missing = (): LibvirtError => deviceError(`no ${what} supplied`);
  return reqLeaf({ ...str, parse: (text) => (text === '' ? undefined : text) }, { name, missing, invalid: missing });
};
