import { unitFactor } from '@virtkit/core/conf';
import { internalError } from '../errors.js';

const DECIMAL = /^\s*([+-]?\d+)$/;

/** A decimal number in [min, max]; `what` begins the complaint about anything else. */
export function decimal(text: string, what: string, { min = 0, max = Number.MAX_SAFE_INTEGER } = {}): number {
  const value = Number(DECIMAL.exec(text)?.[1] ?? NaN);
  if (Number.isNaN(value) || value < min || value > max) throw internalError(`${what}: '${text}'`);
  return value;
}

/** lxcConvertSize: bytes, with LXC's and fstab's suffixes. */
export function bytes(text: string): number {
  if (text.endsWith('%')) throw internalError(`can't convert relative size: '${text}'`);
  const [, digits, unit = ''] = /^\s*(\d+)([a-zA-Z]*)$/.exec(text) ?? [];
  const factor = unit === '' ? 1 : unitFactor(unit);
  const value = digits === undefined || factor === undefined ? NaN : Number(digits) * factor;
  if (!Number.isSafeInteger(value)) throw internalError(`failed to convert size: '${text}'`);
  return value;
}

/** As {@link bytes}, in whole KiB. */
export const kibibytes = (text: string): number => Math.floor(bytes(text) / 1024);
