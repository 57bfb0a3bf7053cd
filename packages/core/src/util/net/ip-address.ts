/** An IPv4 or IPv6 address as a number, with the zone of a link-local one. */
export interface IpAddress {
  readonly family: 4 | 6;
  readonly value: bigint;
  readonly zone?: string;
}

/** How many bits an address of the family has. */
export const addressBits = (family: 4 | 6): number => (family === 4 ? 32 : 128);

/** virSocketAddrParse without a name service: what getaddrinfo() takes for a numeric host; undefined for anything else. */
export function parseIp(text: string): IpAddress | undefined {
  return text.includes(':') ? parseV6(text) : parseV4(text);
}

const V4_PART = /^(?:0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)$/;

/** inet_aton(): up to four parts, the last fills what is left; hexadecimal and octal parts too. */
function parseV4(text: string): IpAddress | undefined {
  const parts = text.split('.');
  if (parts.length > 4 || !parts.every((part) => V4_PART.test(part))) return undefined;
  const numbers = parts.map((part) => (/^0[0-7]+$/.test(part) ? parseInt(part, 8) : Number(part)));
  const last = numbers.pop() as number;
  if (numbers.some((n) => n > 255) || last >= 256 ** (4 - numbers.length)) return undefined;
  const value = numbers.reduce((sum, n, i) => sum + n * 256 ** (3 - i), last);
  return { family: 4, value: BigInt(value) };
}

function parseV6(text: string): IpAddress | undefined {
  const percent = text.indexOf('%');
  const zone = percent < 0 ? undefined : text.slice(percent + 1);
  let address = percent < 0 ? text : text.slice(0, percent);
  const dotted = /^(.*:)(\d{1,3}(?:\.\d{1,3}){3})$/.exec(address);
  if (dotted !== null) {
    const v4 = parseV4(dotted[2] as string);
    if (v4 === undefined) return undefined;
    address = `${dotted[1]}${(v4.value >> 16n).toString(16)}:${(v4.value & 0xffffn).toString(16)}`;
  }
  const halves = address.split('::');
  if (halves.length > 2 || zone === '') return undefined;
  const [head, tail] = halves.map((half) => (half === '' ? [] : half.split(':')));
  const words = tail === undefined ? (head as string[]) : fill(head as string[], tail);
  if (words === undefined || words.length !== 8 || !words.every((word) => /^[0-9a-fA-F]{1,4}$/.test(word)))
    return undefined;
  const value = words.reduce((sum, word) => (sum << 16n) | BigInt(`0x${word}`), 0n);
  return zone === undefined ? { family: 6, value } : { family: 6, value, zone };
}

function fill(head: string[], tail: string[]): string[] | undefined {
  const missing = 8 - head.length - tail.length;
  return missing < 1 ? undefined : [...head, ...Array.from({ length: missing }, () => '0'), ...tail];
}

/** virSocketAddrFormat: the shortest usual form. */
export function formatIp({ family, value, zone }: IpAddress): string {
  if (family === 4) return v4Text(value);
  const text = v6Text(value);
  return zone === undefined ? text : `${text}%${zone}`;
}

const v4Text = (value: bigint): string => [24n, 16n, 8n, 0n].map((shift) => String((value >> shift) & 255n)).join('.');

function v6Text(value: bigint): string {
  const words = Array.from({ length: 8 }, (_, i) => Number((value >> BigInt(112 - 16 * i)) & 0xffffn));
  const mapped = value >> 32n === 0xffffn;
  const compatible = value >> 32n === 0n && value > 0xffffn;
  if (mapped || compatible) return `${mapped ? '::ffff:' : '::'}${v4Text(value & 0xffffffffn)}`;
  const gap = longestZeroes(words);
  const hex = (part: number[]): string => part.map((word) => word.toString(16)).join(':');
  if (gap === undefined) return hex(words);
  return `${hex(words.slice(0, gap.start))}::${hex(words.slice(gap.start + gap.length))}`;
}

function longestZeroes(words: readonly number[]): { start: number; length: number } | undefined {
  let best: { start: number; length: number } | undefined;
  for (let i = 0; i < words.length; i++) {
    let length = 0;
    while (words[i + length] === 0) length++;
    if (length > 1 && length > (best?.length ?? 1)) best = { start: i, length };
    i += length;
  }
  return best;
}

/** The mask of the first `prefix` bits. */
export function prefixMask(family: 4 | 6, prefix: number): bigint {
  const bits = BigInt(addressBits(family));
  return ((1n << BigInt(prefix)) - 1n) << (bits - BigInt(prefix));
}

/** virSocketAddrGetNumNetmaskBits: how long the prefix of a netmask is; undefined where its bits are not in one row. */
export function maskPrefix(mask: IpAddress): number | undefined {
  const bits = mask.value.toString(2).padStart(addressBits(mask.family), '0');
  const prefix = bits.indexOf('0') < 0 ? bits.length : bits.indexOf('0');
  return bits.lastIndexOf('1') < prefix ? prefix : undefined;
}

/** virSocketAddrMaskByPrefix */
export const networkOf = (address: IpAddress, prefix: number): IpAddress => ({
  family: address.family,
  value: address.value & prefixMask(address.family, prefix),
});

/** virSocketAddrBroadcastByPrefix */
export const broadcastOf = (address: IpAddress, prefix: number): IpAddress => ({
  family: address.family,
  value: networkOf(address, prefix).value | ((1n << BigInt(addressBits(address.family) - prefix)) - 1n),
});

/** Whether `address` lies in the network of `other` with that prefix. */
export const inNetwork = (address: IpAddress, other: IpAddress, prefix: number): boolean =>
  address.family === other.family && networkOf(address, prefix).value === networkOf(other, prefix).value;
