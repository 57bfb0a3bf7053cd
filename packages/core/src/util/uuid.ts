import { randomUUID } from 'node:crypto';
import { ErrorCode, ErrorDomain } from './enums/errors.gen.js';
import { LibvirtError } from './errors.js';

/** virUUIDParse: 32 hex digits, any of them preceded by dashes or blanks; returns the canonical lower-case form, or undefined. */
export function parseUuid(text: string): string | undefined {
  const hex = text.replace(/[-\s]/g, '').toLowerCase();
  if (!/^[0-9a-f]{32}$/.test(hex) || !/^\s*[0-9a-fA-F]/.test(text)) return undefined;
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** As {@link parseUuid}; raises INVALID_ARG for text that is no UUID. */
export function requireUuid(text: string, domain: ErrorDomain = ErrorDomain.NONE): string {
  const uuid = parseUuid(text);
  if (uuid === undefined)
    throw new LibvirtError(
      ErrorCode.INVALID_ARG,
      domain,
      `'${text}' is not a UUID: 32 hexadecimal digits are expected`,
    );
  return uuid;
}

/** virUUIDGenerate */
export const generateUuid: () => string = randomUUID;

/** virUUIDIsValid: all digits equal is refused, as firmware that was never filled in says so. */
export function isValidUuid(uuid: string): boolean {
  return !/^(.)\1*$/.test(uuid.replaceAll('-', ''));
}
