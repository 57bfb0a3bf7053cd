import { formatIp, maskPrefix, parseIp } from '../../util/index.js';
import { mac } from '../xml/index.js';

/** How a rule's value is checked: its canonical text, or undefined where it is none. */
export type RuleValue = (text: string) => string | undefined;

const VARIABLE = /^\$([A-Za-z0-9_]+)(?:\s*\[\s*(@?)\s*(\d+)\s*\]\s*)?$/;
const LAST_ELEMENT = 0xffffffff;

/** A variable, `$NAME`, `$NAME[3]` or `$NAME[@1]`, in its usual form. */
export function ruleVariable(text: string): string | undefined {
  const match = VARIABLE.exec(text);
  if (match === null) return undefined;
  const [, name, at, index] = match;
  if (Number(index ?? 0) > LAST_ELEMENT) return undefined;
  // All variables that iterate by themselves are in step, which is what @0 says.
  return index === undefined || (at === '@' && Number(index) === 0) ? `$${name}` : `$${name}[${at}${Number(index)}]`;
}

/** As `check`, but variables pass as well. */
const open =
  (check: RuleValue): RuleValue =>
  (text) =>
    text.startsWith('$') ? ruleVariable(text) : check(text);

const DECIMAL = /^\s*\+?\d+$/;
/** What is no decimal number is tried as a hexadecimal one, with or without 0x. */
const HEXADECIMAL = /^\s*\+?(?:0[xX])?([0-9a-fA-F]+)$/;

const within = (value: number, least: number, max: number): boolean => value >= least && value <= max;

/** A number up to `max`; hexadecimal stays hexadecimal. */
const number = (max: number, least = 0): RuleValue =>
  open((text) => {
    if (DECIMAL.test(text)) return within(Number(text), least, max) ? String(Number(text)) : undefined;
    const value = parseInt(HEXADECIMAL.exec(text)?.[1] ?? '', 16);
    return within(value, least, max) ? `0x${value.toString(16)}` : undefined;
  });

/** A number up to `max` that is written in decimal. */
const decimal = (max: number): RuleValue =>
  open((text) => (DECIMAL.test(text) && within(Number(text), 0, max) ? String(Number(text)) : undefined));

/** A number that has names; the name is preferred. */
const mapped = (
  names: Readonly<Record<string, number>>,
  max: number,
  { least = 0, plainDecimal = false } = {},
): RuleValue => {
  const byNumber = new Map(Object.entries(names).map(([name, value]) => [value, name]));
  const plain = number(max, least);
  return open((text) => {
    const known = Object.keys(names).find((name) => name.toLowerCase() === text.toLowerCase());
    if (known !== undefined) return known;
    const value = plain(text);
    if (value === undefined || value.startsWith('$')) return value;
    return byNumber.get(Number(value)) ?? (plainDecimal ? String(Number(value)) : value);
  });
};

const contiguous = (address: string): boolean => {
  const bits = address
    .split(':')
    .map((byte) => parseInt(byte, 16).toString(2).padStart(8, '0'))
    .join('');
  return !bits.includes('01');
};

const address = (family: 4 | 6): RuleValue =>
  open((text) => {
    const ip = parseIp(text);
    return ip?.family === family && !text.includes('%') ? formatIp(ip) : undefined;
  });

const mask = (family: 4 | 6, bits: number): RuleValue =>
  open((text) => {
    if (DECIMAL.test(text)) return Number(text) <= bits ? String(Number(text)) : undefined;
    const ip = parseIp(text);
    const prefix = ip?.family === family ? maskPrefix(ip) : undefined;
    return prefix === undefined ? undefined : String(prefix);
  });

/** Words from a list, separated as `separator` says, written in the list's order. */
const words =
  (known: readonly string[], separator: RegExp): RuleValue =>
  (text) => {
    const given = text
      .split(separator)
      .filter((word) => word !== '')
      .map((word) => word.toUpperCase());
    return given.every((word) => known.includes(word))
      ? known.filter((word) => given.includes(word)).join(',')
      : undefined;
  };

const STATES = words(['NEW', 'ESTABLISHED', 'RELATED', 'INVALID', 'NONE'], /\s*,\s*/);
const TCP_FLAGS = words(['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG', 'ALL', 'NONE'], /[\s,]+/);
const MAX_COMMENT = 256;

const MAC_PROTOCOLS = { ipv4: 0x800, arp: 0x806, rarp: 0x8035, ipv6: 0x86dd, vlan: 0x8100 };
const IP_PROTOCOLS = {
  tcp: 6,
  udp: 17,
  udplite: 136,
  esp: 50,
  ah: 51,
  icmp: 1,
  igmp: 2,
  sctp: 132,
  icmpv6: 58,
};
const ARP_OPCODES = {
  Request: 1,
  Reply: 2,
  Request_Reverse: 3,
  Reply_Reverse: 4,
  DRARP_Request: 5,
  DRARP_Reply: 6,
  DRARP_Error: 7,
  InARP_Request: 8,
  ARP_NAK: 9,
};

const IPSET = /^[A-Za-z0-9_.:+ -]{0,31}$/;

const macAddress: RuleValue = open((text) => mac.parse(text));

/** The kinds of values, by name. */
export const RULE_VALUES = {
  u8: number(0xff),
  u16: number(0xffff),
  u32: number(0xffffffff),
  dscp: number(63),
  vlanid: number(4095),
  mac: macAddress,
  macMask: open((text) => {
    const value = mac.parse(text);
    return value !== undefined && contiguous(value) ? value : undefined;
  }),
  ip: address(4),
  ipMask: mask(4, 32),
  ipv6: address(6),
  ipv6Mask: mask(6, 128),
  macProtocol: mapped(MAC_PROTOCOLS, 0xffff, { least: 0x600 }),
  vlanProtocol: mapped(MAC_PROTOCOLS, 0xffff, { least: 0x3c }),
  count: decimal(0xffff),
  ipProtocol: mapped(IP_PROTOCOLS, 0xff),
  arpOpcode: mapped(ARP_OPCODES, 0xffff, { plainDecimal: true }),
  yes: open((text) => (/^(?:1|yes|true)$/i.test(text) ? 'true' : 'false')),
  comment: open((text) => text.slice(0, MAX_COMMENT)),
  // NONE is none, whatever else is said.
  state: open((text) => {
    const states = STATES(text.trimStart());
    return states !== undefined && /\bNONE$/.test(states) ? 'NONE' : states;
  }),
  tcpFlags: open((text) => {
    const [mask_, flags, ...rest] = text.split('/');
    const [left, right] = [TCP_FLAGS(mask_ as string), flags === undefined ? undefined : TCP_FLAGS(flags)];
    return left === undefined || right === undefined || rest.length > 0
      ? undefined
      : `${left || 'NONE'}/${right || 'NONE'}`;
  }),
  ipset: open((text) => (IPSET.test(text) ? text : undefined)),
  ipsetFlags: open((text) => (/^(?:src|dst)(?:,(?:src|dst)){0,5}$/i.test(text) ? text.toLowerCase() : undefined)),
} as const satisfies Record<string, RuleValue>;

/** The number that a value stands for: by name, decimal or hexadecimal; undefined for a variable and what is no number. */
export function numberOf(kind: RuleValueKind, text: string): number | undefined {
  const names: Readonly<Record<string, number>> =
    kind === 'macProtocol' || kind === 'vlanProtocol'
      ? MAC_PROTOCOLS
      : kind === 'ipProtocol'
        ? IP_PROTOCOLS
        : kind === 'arpOpcode'
          ? ARP_OPCODES
          : {};
  const value = Object.hasOwn(names, text) ? (names[text] as number) : text === '' ? NaN : Number(text);
  return Number.isNaN(value) ? undefined : value;
}

export type RuleValueKind = keyof typeof RULE_VALUES;
