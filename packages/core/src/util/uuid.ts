import { randomUUID } from 'node:crypto';

const CANONICAL = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** virUUIDParse: 32 hex digits, any of them preceded by dashes or blanks; returns the canonical lower-case form, or undefined. */
export function parseUuid(text: string): string | undefined {
  if (CANONICAL.test(text)) return text;
  const hex = text.replace(/[-\s]/g, '').toLowerCase();
  if (!/^[0-9a-f]{32}$/.test(hex) || !/^\s*[0-9a-fA-F]/.test(text)) return undefined;
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** virUUIDGenerate */
export const generateUuid: () => string = randomUUID;
