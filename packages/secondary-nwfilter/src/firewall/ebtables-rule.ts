import { unsupported } from '../nwfilter-errors.js';
import { ebtables, type FirewallCommand } from './firewall-command.js';
import type { RuleInstance } from './rule-instances.js';
import { RuleValues } from './rule-values.js';

/** The MAC address of bridges' spanning tree. */
export const BRIDGE_GROUP_ADDRESS = '01:80:c2:00:00:00';

/** ebtablesCreateRuleInstance: `reverse` swaps source and destination. */
export function ebtablesRule(
  chain: string,
  { rule: { action, match } }: RuleInstance,
  given: Readonly<Record<string, string>>,
  reverse: boolean,
): FirewallCommand {
  if (match === undefined) return ebtables('-A', chain, '-j', target(action));
  const values = new RuleValues(match, given);
  ethernetHeader(values, reverse);
  switch (match.protocol) {
    case 'mac':
      if (values.has('protocolid')) values.option('protocolid', '-p', values.hex('protocolid'));
      break;
    case 'vlan':
      values.args.push('-p', '0x8100');
      if (values.has('vlanid')) values.option('vlanid', '--vlan-id', values.number('vlanid'));
      if (values.has('encap-protocol'))
        values.option('encap-protocol', '--vlan-encap', values.number('encap-protocol'));
      break;
    case 'stp':
      if (reverse && values.has('srcmacaddr'))
        throw unsupported("STP filtering in 'inout' direction with source MAC address set is not supported");
      spanningTree(values);
      break;
    case 'arp':
    case 'rarp':
      arp(values, match.protocol, reverse);
      break;
    case 'ip':
      ip(values, '--ip', reverse);
      if (values.has('dscp')) values.option('dscp', '--ip-tos', values.hex('dscp'));
      break;
    case 'ipv6':
      ip(values, '--ip6', reverse);
      icmpv6(values);
      break;
    default:
      break;
  }
  return ebtables('-A', chain, ...values.args, '-j', target(action));
}

/** ebtables cannot reject. */
const target = (action: RuleInstance['rule']['action']): string =>
  action === 'reject' ? 'DROP' : action.toUpperCase();

/** ebtablesHandleEthHdr */
function ethernetHeader(values: RuleValues, reverse: boolean): void {
  const [source, destination] = reverse ? ['-d', '-s'] : ['-s', '-d'];
  if (values.has('srcmacaddr'))
    values.option('srcmacaddr', source as string, values.pair('srcmacaddr', 'srcmacmask', '/'));
  if (values.has('dstmacaddr'))
    values.option('dstmacaddr', destination as string, values.pair('dstmacaddr', 'dstmacmask', '/'));
}

/** Values of a range: attribute, its upper end, option. */
const STP_RANGES = [
  ['root-cost', '--stp-root-cost'],
  ['sender-priority', '--stp-sender-prio'],
] as const;
const STP_TIMES = [
  ['port', '--stp-port'],
  ['age', '--stp-msg-age'],
  ['max-age', '--stp-max-age'],
  ['hello-time', '--stp-hello-time'],
  ['forward-delay', '--stp-forward-delay'],
] as const;

function spanningTree(values: RuleValues): void {
  const range = (name: string, option: string): void => {
    if (values.has(name)) values.option(name, option, values.range(name, `${name}-hi`));
  };
  const address = (name: string, option: string): void => {
    if (values.has(name)) values.option(name, option, values.pair(name, `${name}-mask`, '/'));
  };
  values.args.push('-d', BRIDGE_GROUP_ADDRESS);
  if (values.has('type')) values.option('type', '--stp-type', values.number('type'));
  if (values.has('flags')) values.option('flags', '--stp-flags', values.number('flags'));
  range('root-priority', '--stp-root-pri');
  address('root-address', '--stp-root-addr');
  for (const [name, option] of STP_RANGES) range(name, option);
  address('sender-address', '--stp-sender-addr');
  for (const [name, option] of STP_TIMES) range(name, option);
}

function arp(values: RuleValues, protocol: 'arp' | 'rarp', reverse: boolean): void {
  const [source, destination] = reverse ? ['dst', 'src'] : ['src', 'dst'];
  values.args.push('-p', protocol === 'arp' ? '0x806' : '0x8035');
  if (values.has('hwtype')) values.option('hwtype', '--arp-htype', values.number('hwtype'));
  if (values.has('opcode')) values.option('opcode', '--arp-opcode', values.number('opcode'));
  if (values.has('protocoltype')) values.option('protocoltype', '--arp-ptype', values.hex('protocoltype'));
  for (const [end, side] of [
    ['src', source],
    ['dst', destination],
  ] as const)
    if (values.has(`arp${end}ipaddr`)) {
      const mask = values.has(`arp${end}ipmask`) ? values.text(`arp${end}ipmask`) : '32';
      values.option(`arp${end}ipaddr`, `--arp-ip-${side}`, `${values.text(`arp${end}ipaddr`)}/${mask}`);
    }
  if (values.has('arpsrcmacaddr')) values.option('arpsrcmacaddr', `--arp-mac-${source}`, values.text('arpsrcmacaddr'));
  if (values.has('arpdstmacaddr'))
    values.option('arpdstmacaddr', `--arp-mac-${destination}`, values.text('arpdstmacaddr'));
  if (values.text('gratuitous') === 'true') values.signed('gratuitous', '--arp-gratuitous');
}

function ip(values: RuleValues, prefix: '--ip' | '--ip6', reverse: boolean): void {
  const [source, destination] = reverse ? ['destination', 'source'] : ['source', 'destination'];
  values.args.push('-p', prefix === '--ip' ? 'ipv4' : 'ipv6');
  if (values.has('srcipaddr'))
    values.option('srcipaddr', `${prefix}-${source}`, values.pair('srcipaddr', 'srcipmask', '/'));
  if (values.has('dstipaddr'))
    values.option('dstipaddr', `${prefix}-${destination}`, values.pair('dstipaddr', 'dstipmask', '/'));
  if (values.has('protocol')) values.option('protocol', `${prefix}-protocol`, values.number('protocol'));
  if (values.has('srcportstart'))
    values.option('srcportstart', `${prefix}-${source}-port`, values.range('srcportstart', 'srcportend'));
  if (values.has('dstportstart'))
    values.option('dstportstart', `${prefix}-${destination}-port`, values.range('dstportstart', 'dstportend'));
}

/** Ranges of types and codes; what is not given is anything. */
function icmpv6(values: RuleValues): void {
  if (!['type', 'typeend', 'code', 'codeend'].some((name) => values.has(name))) return;
  const range = (name: string): string => {
    const [start, end] = [values.has(name), values.has(`${name}end`)];
    const low = start ? values.number(name) : '0';
    return `${low}:${end ? values.number(`${name}end`) : start ? low : '255'}`;
  };
  values.option('type', '--ip6-icmp-type', `${range('type')}/${range('code')}`);
}
