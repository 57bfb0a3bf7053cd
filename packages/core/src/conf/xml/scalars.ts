import { parseUuid } from '../../util/index.js';

/** What a value may be, for schemas, documentation and suggestions. */
export interface ScalarType {
  readonly kind: 'string' | 'integer' | 'boolean' | 'enum';
  readonly values?: readonly string[];
  readonly minimum?: number;
  readonly description?: string;
  /** Set when the value in the model is a bigint. */
  readonly big?: true;
}

/** How one attribute's (or text's) value is read and written. */
export interface Scalar<T> {
  readonly type: ScalarType;
  /** undefined: not a valid value. */
  parse(text: string): T | undefined;
  /** The text before escaping. */
  format(value: T): string;
  /** Ends the error message for an invalid value, for example "Expected integer value". */
  readonly expected?: string;
  /** True where no formatted value can hold a character that needs escaping. */
  readonly plain?: true;
}

/** Any text. */
export const str: Scalar<string> = { type: { kind: 'string' }, parse: (text) => text, format: (value) => value };

/** Text that may not be empty. */
export const nonEmpty: Scalar<string> = { ...str, parse: (text) => (text === '' ? undefined : text) };

/** What strtol() takes as a whole: leading blanks, a sign, digits. */
const DECIMAL = /^[ \t\n\v\f\r]*[+-]?[0-9]+$/;
const ANY_BASE = /^[ \t\n\v\f\r]*([+-]?)(?:0[xX]([0-9a-fA-F]+)|0([0-7]*)|([1-9][0-9]*))$/;

/** One to eight digits without a leading zero: nearly all numbers there are. */
function smallDecimal(text: string): number | undefined {
  const { length } = text;
  if (length === 0 || length > 8) return undefined;
  let value = 0;
  for (let i = 0; i < length; i++) {
    const digit = text.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9 || (digit === 0 && i === 0 && length > 1)) return undefined;
    value = value * 10 + digit;
  }
  return value;
}

/** Reads a number as virStrToLong does: base 10, or with `anyBase` also 0x and 0 prefixes; undefined if it is none. */
export function parseInteger(text: string, anyBase = false): number | undefined {
  const plain = smallDecimal(text);
  if (plain !== undefined) return plain;
  if (!anyBase) return DECIMAL.test(text) ? Number(text) + 0 : undefined;
  const match = ANY_BASE.exec(text);
  if (match === null) return undefined;
  const [, sign, hex, octal, decimal] = match;
  const value =
    hex !== undefined ? parseInt(hex, 16) : decimal !== undefined ? Number(decimal) : parseInt(octal || '0', 8);
  return sign === '-' ? -value : value;
}

export interface IntegerOptions {
  readonly min?: number;
  readonly max?: number;
  /** Also reads 0x... and octal 0... */
  readonly anyBase?: boolean;
  readonly nonZero?: boolean;
}

function integer(min: number, max: number, expected: string, options: IntegerOptions = {}): Scalar<number> {
  const low = Math.max(min, options.min ?? min);
  const high = Math.min(max, options.max ?? max);
  const { anyBase = false, nonZero = false } = options;
  return {
    type: { kind: 'integer', minimum: low },
    parse(text) {
      const value = parseInteger(text, anyBase);
      if (value === undefined || value < low || value > high || (nonZero && value === 0)) return undefined;
      // A sign is one too many even before nothing.
      return expected === NON_NEGATIVE && value === 0 && text.includes('-') ? undefined : value;
    },
    format: String,
    expected,
    plain: true,
  };
}

const NON_NEGATIVE = 'Expected non-negative integer value';

/** virXMLPropInt with limits of one's own. */
export const intWith = (options: IntegerOptions): Scalar<number> =>
  integer(-0x80000000, 0x7fffffff, 'Expected integer value', options);
/** virXMLPropUInt with limits of one's own. */
export const uintWith = (options: IntegerOptions): Scalar<number> =>
  integer(0, Math.max(0xffffffff, options.max ?? 0), NON_NEGATIVE, options);
/** A C int. */
export const int = intWith({});
/** A C unsigned int. */
export const uint = uintWith({});
/** A C unsigned int that may not be zero. */
export const positive: Scalar<number> = uintWith({ nonZero: true });
/** A C unsigned int, also hexadecimal or octal. */
export const uintAny = uintWith({ anyBase: true });
/** An unsigned 64-bit number small enough in practice to be a JavaScript number. */
export const ulong: Scalar<number> = integer(0, Number.MAX_SAFE_INTEGER, NON_NEGATIVE);
/** A signed 64-bit number small enough in practice to be a JavaScript number. */
export const long: Scalar<number> = integer(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, 'Expected integer value');

/** A full unsigned 64-bit number. */
export const u64: Scalar<bigint> = {
  type: { kind: 'integer', minimum: 0, big: true },
  parse(text) {
    if (!/^[ \t\n\v\f\r]*\+?[0-9]+$/.test(text)) return undefined;
    const value = BigInt(text.trim().replace('+', ''));
    return value > 0xffffffffffffffffn ? undefined : value;
  },
  format: String,
  expected: NON_NEGATIVE,
  plain: true,
};

/** A number written in hexadecimal with at least `digits` digits; read in any base. */
export function hex(digits: number, options: IntegerOptions = {}): Scalar<number> {
  return {
    ...uintWith({ ...options, anyBase: true }),
    format: (value) => `0x${value.toString(16).padStart(digits, '0')}`,
  };
}

function words(yes: string, no: string): Scalar<boolean> {
  return {
    type: { kind: 'boolean', values: [yes, no] },
    parse: (text) => (text === yes ? true : text === no ? false : undefined),
    format: (value) => (value ? yes : no),
    plain: true,
  };
}

/** virTristateBool */
export const yesNo = words('yes', 'no');
/** 'yes', and anything else for no: how libvirt's oldest switches are read. */
export const yesElse: Scalar<boolean> = { ...yesNo, parse: (text) => text === 'yes' };
/** virTristateSwitch */
export const onOff = words('on', 'off');

/** One of some words: an enumeration of libvirt's. */
export function oneOf<const T extends string>(...values: readonly T[]): Scalar<T> {
  const known = new Map<string, T>(values.map((value) => [value, value]));
  return { type: { kind: 'enum', values }, parse: (text) => known.get(text), format: (value) => value, plain: true };
}

/** A UUID in any of the forms libvirt reads, kept in canonical form. */
export const uuid: Scalar<string> = {
  type: { kind: 'string', description: 'UUID' },
  parse: parseUuid,
  format: (value) => value,
  plain: true,
};

/** What follows a blank behind an address is not looked at; before it there is none. */
const MAC = /^[0-9a-f]{1,2}(?::[0-9a-f]{1,2}){5}(?=\s|$)/i;

/** virMacAddrParse; kept as six lower-case pairs of digits. */
export const mac: Scalar<string> = {
  type: { kind: 'string', description: 'MAC address' },
  parse(text) {
    const address = MAC.exec(text)?.[0];
    return address
      ?.split(':')
      .map((byte) => byte.toLowerCase().padStart(2, '0'))
      .join(':');
  },
  format: (value) => value,
  plain: true,
};

/** A scalar whose values pass a further test, or are changed on reading. */
export function refined<T>(base: Scalar<T>, refine: (value: T) => T | undefined, description?: string): Scalar<T> {
  return {
    ...base,
    type: description === undefined ? base.type : { ...base.type, description },
    parse(text) {
      const value = base.parse(text);
      return value === undefined ? undefined : refine(value);
    },
  };
}

const UNIT = /^(b|bytes?|([kmgtpe])(b|ib)?)$/i;

/** virScaleInteger: how many bytes one of this unit is; undefined for an unknown unit. Case matters not at all. */
export function unitFactor(unit: string): number | undefined {
  const match = UNIT.exec(unit);
  if (match === null) return undefined;
  if (match[2] === undefined) return 1;
  const power = 'kmgtpe'.indexOf(match[2].toLowerCase()) + 1;
  return (match[3]?.toLowerCase() === 'b' ? 1000 : 1024) ** power;
}
