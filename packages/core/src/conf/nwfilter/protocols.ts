import { numberOf, type RuleValueKind } from './values.js';

type Attributes = Readonly<Record<string, RuleValueKind>>;

const MAC: Attributes = { srcmacaddr: 'mac', srcmacmask: 'macMask', dstmacaddr: 'mac', dstmacmask: 'macMask' };
const COMMENT: Attributes = { comment: 'comment' };
const SOURCE: Attributes = { srcmacaddr: 'mac' };
const IP_ADDRESSES: Attributes = { srcipaddr: 'ip', srcipmask: 'ipMask', dstipaddr: 'ip', dstipmask: 'ipMask' };
const IPV6_ADDRESSES: Attributes = {
  srcipaddr: 'ipv6',
  srcipmask: 'ipv6Mask',
  dstipaddr: 'ipv6',
  dstipmask: 'ipv6Mask',
};
const ranges = (kind: 'ip' | 'ipv6'): Attributes => ({
  srcipfrom: kind,
  srcipto: kind,
  dstipfrom: kind,
  dstipto: kind,
});
const COMMON: Attributes = {
  dscp: 'dscp',
  'connlimit-above': 'count',
  state: 'state',
  ipset: 'ipset',
  ipsetflags: 'ipsetFlags',
};
const IP: Attributes = { ...SOURCE, ...IP_ADDRESSES, ...ranges('ip'), ...COMMON };
const IPV6: Attributes = { ...SOURCE, ...IPV6_ADDRESSES, ...ranges('ipv6'), ...COMMON };
const PORTS: Attributes = { srcportstart: 'u16', srcportend: 'u16', dstportstart: 'u16', dstportend: 'u16' };
const OPTION: Attributes = { option: 'u8' };
const ICMP: Attributes = { type: 'u8', code: 'u8' };
const ARP: Attributes = {
  ...MAC,
  hwtype: 'u16',
  protocoltype: 'u16',
  opcode: 'arpOpcode',
  arpsrcmacaddr: 'mac',
  arpdstmacaddr: 'mac',
  arpsrcipaddr: 'ip',
  arpsrcipmask: 'ipMask',
  arpdstipaddr: 'ip',
  arpdstipmask: 'ipMask',
  gratuitous: 'yes',
  ...COMMENT,
};

/** virNWFilterRuleProtocol: what a rule's element may say, by its name; in the order in which it is written. */
export const RULE_PROTOCOLS = {
  mac: { ...MAC, protocolid: 'macProtocol', ...COMMENT },
  vlan: { ...MAC, vlanid: 'vlanid', 'encap-protocol': 'vlanProtocol', ...COMMENT },
  stp: {
    srcmacaddr: 'mac',
    srcmacmask: 'macMask',
    type: 'u8',
    flags: 'u8',
    'root-priority': 'u16',
    'root-priority-hi': 'u16',
    'root-address': 'mac',
    'root-address-mask': 'macMask',
    'root-cost': 'u32',
    'root-cost-hi': 'u32',
    'sender-priority': 'u16',
    'sender-priority-hi': 'u16',
    'sender-address': 'mac',
    'sender-address-mask': 'macMask',
    port: 'u16',
    'port-hi': 'u16',
    age: 'u16',
    'age-hi': 'u16',
    'max-age': 'u16',
    'max-age-hi': 'u16',
    'hello-time': 'u16',
    'hello-time-hi': 'u16',
    'forward-delay': 'u16',
    'forward-delay-hi': 'u16',
    ...COMMENT,
  },
  arp: ARP,
  rarp: ARP,
  ip: { ...MAC, ...IP_ADDRESSES, protocol: 'ipProtocol', ...PORTS, dscp: 'dscp', ...COMMENT },
  ipv6: {
    ...MAC,
    ...IPV6_ADDRESSES,
    protocol: 'ipProtocol',
    ...PORTS,
    type: 'u8',
    typeend: 'u8',
    code: 'u8',
    codeend: 'u8',
    ...COMMENT,
  },
  tcp: { ...IP, ...PORTS, ...OPTION, flags: 'tcpFlags', ...COMMENT },
  udp: { ...IP, ...PORTS, ...COMMENT },
  sctp: { ...IP, ...PORTS, ...COMMENT },
  icmp: { ...IP, ...ICMP, ...COMMENT },
  igmp: { ...IP, ...COMMENT },
  udplite: { ...IP, ...COMMENT },
  esp: { ...IP, ...COMMENT },
  ah: { ...IP, ...COMMENT },
  all: { ...IP, ...COMMENT },
  'tcp-ipv6': { ...IPV6, ...PORTS, ...OPTION, ...COMMENT },
  'udp-ipv6': { ...IPV6, ...PORTS, ...COMMENT },
  'sctp-ipv6': { ...IPV6, ...PORTS, ...COMMENT },
  icmpv6: { ...IPV6, ...ICMP, ...COMMENT },
  'udplite-ipv6': { ...IPV6, ...COMMENT },
  'esp-ipv6': { ...IPV6, ...COMMENT },
  'ah-ipv6': { ...IPV6, ...COMMENT },
  'all-ipv6': { ...IPV6, ...COMMENT },
} as const satisfies Record<string, Attributes>;

export type RuleProtocolName = keyof typeof RULE_PROTOCOLS;

const ETHERNET: Readonly<Record<string, string>> = { srcmacmask: 'srcmacaddr', dstmacmask: 'dstmacaddr' };
const BRIDGED: Readonly<Record<string, string>> = {
  ...ETHERNET,
  srcipmask: 'srcipaddr',
  dstipmask: 'dstipaddr',
  typeend: 'type',
  code: 'type',
  codeend: 'type',
};
/** Attributes of IP rules; both ends of what is sent to go with where it comes from. */
const ROUTED: Readonly<Record<string, string>> = {
  srcipmask: 'srcipaddr',
  dstipmask: 'dstipaddr',
  srcipto: 'srcipfrom',
  dstipto: 'dstipfrom',
  srcportend: 'srcportstart',
  dstportstart: 'srcportstart',
  dstportend: 'srcportstart',
  code: 'type',
  ipsetflags: 'ipset',
};

/** virNWFilterRuleDefFixup: the attribute whose sign another one has, rather than one of its own. */
export function signedBy(protocol: RuleProtocolName, attribute: string): string {
  switch (protocol) {
    case 'arp':
    case 'rarp':
      return attribute;
    case 'mac':
    case 'vlan':
      return ETHERNET[attribute] ?? attribute;
    case 'stp':
      return ETHERNET[attribute] ?? attribute.replace(/-(?:hi|mask)$/, '');
    case 'ip':
    case 'ipv6':
      return BRIDGED[attribute] ?? attribute;
    default:
      return ROUTED[attribute] ?? attribute;
  }
}

/** The number that the value of a protocol's attribute stands for; undefined for what is no number. */
export function ruleNumber(protocol: RuleProtocolName, attribute: string, text: string): number | undefined {
  const kind = (RULE_PROTOCOLS[protocol] as Attributes)[attribute];
  return kind === undefined ? undefined : numberOf(kind, text);
}
