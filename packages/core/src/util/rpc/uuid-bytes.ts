/** Two hex digits of every byte, as char codes: high digit in the upper byte. */
const DIGITS = Uint16Array.from({ length: 256 }, (_, byte) => {
  const hex = byte.toString(16).padStart(2, '0');
  return (hex.charCodeAt(0) << 8) | hex.charCodeAt(1);
});

/** Value of a hex digit by char code; 255 for anything else. */
const VALUES = Uint8Array.from({ length: 128 }, (_, code) => {
  const value = parseInt(String.fromCharCode(code), 16);
  return Number.isNaN(value) ? 255 : value;
});

const TEXT = Buffer.alloc(36, '-');
/** Where the two digits of each byte stand in the text. */
const AT = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34];

// A daemon sees the same few thousand UUIDs over and over: a direct-mapped cache spares the text and, as the same
// string object comes back, its hash for the look-up that follows.
const CACHE_BITS = 12;
const cacheWords = new Int32Array(4 << CACHE_BITS);
const cacheTexts: (string | undefined)[] = new Array<string | undefined>(1 << CACHE_BITS).fill(undefined);

/** The canonical text of 16 bytes at `at`; the caller has checked that they are there. */
export function uuidText(bytes: Buffer, at: number): string {
  const a = bytes.readInt32BE(at);
  const b = bytes.readInt32BE(at + 4);
  const c = bytes.readInt32BE(at + 8);
  const d = bytes.readInt32BE(at + 12);
  const slot = (Math.imul(a ^ (b << 7) ^ (c << 13) ^ d, 0x9e3779b1) >>> (32 - CACHE_BITS)) | 0;
  const words = slot << 2;
  const known = cacheTexts[slot];
  if (
    known !== undefined &&
    cacheWords[words] === a &&
    cacheWords[words + 1] === b &&
    cacheWords[words + 2] === c &&
    cacheWords[words + 3] === d
  )
    return known;
  for (let i = 0; i < 16; i++) {
    const pair = DIGITS[bytes[at + i]!]!;
    const column = AT[i]!;
    TEXT[column] = pair >> 8;
    TEXT[column + 1] = pair & 255;
  }
  const text = TEXT.toString('latin1', 0, 36);
  cacheWords[words] = a;
  cacheWords[words + 1] = b;
  cacheWords[words + 2] = c;
  cacheWords[words + 3] = d;
  cacheTexts[slot] = text;
  return text;
}

/** Writes the 16 bytes of a UUID in canonical text at `at`; false when `text` is not one. */
export function putUuid(bytes: Buffer, at: number, text: string): boolean {
  if (text.length !== 36) return false;
  for (let i = 0; i < 16; i++) {
    const column = AT[i]!;
    const high = VALUES[text.charCodeAt(column)];
    const low = VALUES[text.charCodeAt(column + 1)];
    if (high === undefined || low === undefined || high > 15 || low > 15) return false;
    bytes[at + i] = (high << 4) | low;
  }
  return true;
}
