import type { RuleProtocolName } from '@virtkit/core/conf';
import { type FirewallCommand, ipTables } from './firewall-command.js';
import type { RuleInstance } from './rule-instances.js';
import { RuleValues } from './rule-values.js';

/** One of the three chains that an IP rule has a part in. */
interface Part {
  readonly chain: string;
  /** Source and destination are swapped, and the sender is not the guest. */
  readonly swapped: boolean;
  /** States of connections to match. */
  readonly states: string | undefined;
  /** The states are the usual ones, rather than given. */
  readonly usual: boolean;
  readonly accept: 'RETURN' | 'ACCEPT';
  /** Types of ICMP are not looked at on the way back. */
  readonly skipIcmp: boolean;
}

const REPLIES = 'ESTABLISHED';
const REQUESTS = 'NEW,ESTABLISHED';

export const isIpv6 = (protocol: RuleProtocolName): boolean => protocol === 'icmpv6' || protocol.endsWith('-ipv6');

/** iptablesCreateRuleInstance: a rule in the chains of what the guest sends, gets, and sends to the host. */
export function iptablesRule(
  instance: RuleInstance,
  given: Readonly<Record<string, string>>,
  device: string,
): FirewallCommand[] {
  return parts(instance, given, device).flatMap((part) => {
    const command = partRule(instance, given, part);
    return command === undefined ? [] : [command];
  });
}

function parts({ rule }: RuleInstance, given: Readonly<Record<string, string>>, device: string): Part[] {
  const inbound = rule.direction !== 'out';
  const both = rule.direction === 'inout';
  const chains = {
    sent: { chain: `FJ-${device}`, swapped: inbound, accept: 'RETURN', skipIcmp: inbound || both },
    received: { chain: `FP-${device}`, swapped: !inbound, accept: 'ACCEPT', skipIcmp: !inbound || both },
    host: { chain: `HJ-${device}`, swapped: inbound, accept: 'RETURN', skipIcmp: inbound },
  } as const;
  const { state } = given;
  if (rule.statematch !== false && state) {
    // The states are those of one direction; the other has no rule.
    const own = state
      .split(',')
      .filter((word) => word !== 'NONE')
      .join(',');
    const used = both
      ? [chains.sent, chains.received, chains.host]
      : inbound
        ? [chains.received]
        : [chains.sent, chains.host];
    return used.map((chain) => ({ ...chain, states: own === '' ? undefined : own, usual: false }));
  }
  const followed = !both && rule.statematch !== false;
  return [chains.sent, chains.received, chains.host].map((chain) => ({
    ...chain,
    states: followed ? (chain.swapped ? REPLIES : REQUESTS) : undefined,
    usual: true,
  }));
}

/** _iptablesCreateRuleInstance; undefined where the rule says nothing of this chain. */
function partRule(
  { rule: { action, direction, match } }: RuleInstance,
  given: Readonly<Record<string, string>>,
  { chain, swapped, states, usual, accept, skipIcmp }: Part,
): FirewallCommand | undefined {
  if (match === undefined) return undefined;
  const { protocol } = match;
  const command = ipTables(isIpv6(protocol) ? 'ip6tables' : 'iptables');
  const values = new RuleValues(match, given);
  const onlySender = values.has('srcmacaddr') && swapped;
  if (values.has('srcmacaddr') && !swapped) {
    values.args.push('-m', 'mac');
    values.signed('srcmacaddr', '--mac-source', values.text('srcmacaddr'));
  }
  // Connections are counted on the way out only.
  if (values.has('connlimit-above') && swapped) return undefined;
  addresses(values, swapped);
  const typed = values.has('type') && (protocol === 'icmp' || protocol === 'icmpv6');
  if (typed && skipIcmp) return undefined;
  protocolValues(values, swapped, typed);
  if (onlySender && values.args.length === 0) return undefined;

  const accepted = action === 'accept';
  const follow = states !== undefined && !(accepted ? values.has('connlimit-above') : usual);
  if (follow) values.args.push('-m', 'conntrack', '--ctstate', states);
  if (follow && usual && !typed && direction !== 'inout')
    values.args.push('-m', 'conntrack', '--ctdir', swapped ? 'Reply' : 'Original');
  afterStates(values, swapped);
  const target = accepted ? accept : action.toUpperCase();
  return command('-A', chain, '-p', protocol.replace('-ipv6', ''), ...values.args, '-j', target);
}

/** iptablesHandleIPHdr */
function addresses(values: RuleValues, swapped: boolean): void {
  for (const end of ['src', 'dst'] as const) {
    const source = (end === 'src') !== swapped;
    if (values.has(`${end}ipaddr`))
      values.signed(
        `${end}ipaddr`,
        source ? '--source' : '--destination',
        values.pair(`${end}ipaddr`, `${end}ipmask`, '/'),
      );
    else if (values.has(`${end}ipfrom`)) {
      values.args.push('-m', 'iprange');
      values.signed(
        `${end}ipfrom`,
        source ? '--src-range' : '--dst-range',
        values.pair(`${end}ipfrom`, `${end}ipto`, '-'),
      );
    }
  }
  if (values.has('dscp')) {
    values.args.push('-m', 'dscp');
    values.signed('dscp', '--dscp', values.number('dscp'));
  }
}

/** What only some protocols have. */
function protocolValues(values: RuleValues, swapped: boolean, typed: boolean): void {
  const { protocol } = values.match;
  if (values.has('flags')) values.signed('flags', '--tcp-flags', ...values.text('flags').split('/'));
  for (const end of ['src', 'dst'] as const)
    if (values.has(`${end}portstart`))
      values.signed(
        `${end}portstart`,
        (end === 'src') !== swapped ? '--sport' : '--dport',
        values.range(`${end}portstart`, `${end}portend`),
      );
  if (values.has('option')) values.signed('option', '--tcp-option', values.number('option'));
  if (typed) {
    const type = values.number('type');
    values.signed(
      'type',
      protocol === 'icmp' ? '--icmp-type' : '--icmpv6-type',
      values.has('code') ? `${type}/${values.number('code')}` : type,
    );
  }
}

/** iptablesHandleIPHdrAfterStateMatch */
function afterStates(values: RuleValues, swapped: boolean): void {
  if (values.has('ipset') && values.has('ipsetflags')) {
    const other = { src: 'dst', dst: 'src' } as Readonly<Record<string, string>>;
    const ends = values.text('ipsetflags').split(',');
    const flags = swapped ? ends.map((end) => other[end] ?? end) : ends;
    values.args.push('-m', 'set', '--match-set', values.text('ipset'), flags.join(','));
  }
  if (values.has('connlimit-above')) {
    values.args.push('-m', 'connlimit');
    values.signed('connlimit-above', '--connlimit-above', values.number('connlimit-above'));
  }
  if (values.has('comment')) values.args.push('-m', 'comment', '--comment', values.text('comment'));
}
