import type { RuleProtocolName } from '@virtkit/core/conf';
import { BRIDGE_GROUP_ADDRESS, ebtablesRule } from './ebtables-rule.js';
import { ebtables, type FirewallCommand, ipTables, mayFail } from './firewall-command.js';
import { iptablesRule, isIpv6 } from './iptables-rule.js';
import { inOrder, type RuleInstance } from './rule-instances.js';
import { combinations } from './variables.js';

const ETHERNET: readonly RuleProtocolName[] = ['mac', 'vlan', 'stp', 'arp', 'rarp', 'ip', 'ipv6'];

/** What new rules are built in (J: from the guest, P: to it), until they take the place of those in use (I and O). */
export type Side = 'J' | 'P' | 'I' | 'O';

export const rootChain = (side: Side, device: string): string => `libvirt-${side}-${device}`;

/** Protocols of chains below the root, by the beginning of their name. */
const CHAIN_PROTOCOLS: Readonly<Record<string, string>> = {
  ipv4: '0x0800',
  ipv6: '0x86dd',
  arp: '0x0806',
  rarp: '0x8035',
  vlan: '0x8100',
};

const HOOKS = { J: ['PREROUTING', '-i'], I: ['PREROUTING', '-i'], P: ['POSTROUTING', '-o'], O: ['POSTROUTING', '-o'] };

/** Hangs a root chain into the kernel's, or (-D) takes it out. */
export const linkRoot = (how: '-A' | '-D', side: Side, device: string): FirewallCommand => {
  const [hook, option] = HOOKS[side] as [string, string];
  return ebtables(how, hook, option, device, '-j', rootChain(side, device));
};

interface SubChain {
  readonly side: 'J' | 'P';
  readonly name: string;
  readonly priority: number;
}

function createSubChain({ side, name }: SubChain, device: string): FirewallCommand[] {
  const chain = `${side}-${device}-${name}`;
  const prefix = Object.keys(CHAIN_PROTOCOLS).find((known) => name.startsWith(known));
  const what = name.startsWith('stp')
    ? ['-d', BRIDGE_GROUP_ADDRESS]
    : prefix === undefined
      ? []
      : ['-p', CHAIN_PROTOCOLS[prefix] as string];
  return [
    ...mayFail([ebtables('-F', chain), ebtables('-X', chain)]),
    ebtables('-N', chain),
    ebtables('-A', rootChain(side, device), ...what, '-j', chain),
  ];
}

/** The ethernet rules of an instance, in the chains of each direction. */
function ethernetRules(instance: RuleInstance, device: string): FirewallCommand[] {
  const { rule, chain, variables } = instance;
  const { direction, match } = rule;
  const place = (side: 'J' | 'P'): string =>
    chain === 'root' ? rootChain(side, device) : `${side}-${device}-${chain}`;
  return [...combinations(match?.attributes ?? {}, variables)].flatMap((values) => [
    ...(direction === 'in' ? [] : [ebtablesRule(place('J'), instance, values, direction === 'inout')]),
    ...(direction === 'out' ? [] : [ebtablesRule(place('P'), instance, values, false)]),
  ]);
}

const isEthernet = ({ rule: { match } }: RuleInstance): boolean =>
  match === undefined || ETHERNET.includes(match.protocol);

/** Takes away what is left of an attempt. */
export function clearNew(device: string, ethernetOnly = false): FirewallCommand[] {
  const roots = ['J', 'P'] as const;
  const ethernet = [
    ...roots.map((side) => linkRoot('-D', side, device)),
    ...roots.map((side) => ebtables('-L', rootChain(side, device))),
    ...roots.flatMap((side) => [ebtables('-F', rootChain(side, device)), ebtables('-X', rootChain(side, device))]),
  ];
  if (ethernetOnly) return mayFail(ethernet);
  return mayFail([...ethernet, ...clearIp('iptables', device, 'new'), ...clearIp('ip6tables', device, 'new')]);
}

/** iptablesUnlinkRootChains and iptablesRemoveRootChains */
export function clearIp(program: 'iptables' | 'ip6tables', device: string, which: 'new' | 'used'): FirewallCommand[] {
  const command = ipTables(program);
  const [from, to] = which === 'new' ? ['J', 'P'] : ['I', 'O'];
  const links = ipLinks(device, from as string, to as string);
  return [
    command('-D', ...(links[0] as string[])),
    // As older versions of libvirt had it.
    command('-D', 'libvirt-out', '-m', 'physdev', '--physdev-out', device, '-g', `F${to}-${device}`),
    ...links.slice(1).map((link) => command('-D', ...link)),
    ...[`F${to}`, `F${from}`, `H${from}`].flatMap((prefix) => [
      command('-F', `${prefix}-${device}`),
      command('-X', `${prefix}-${device}`),
    ]),
  ];
}

const ipLinks = (device: string, from: string, to: string): string[][] => [
  ['libvirt-out', '-m', 'physdev', '--physdev-is-bridged', '--physdev-out', device, '-g', `F${to}-${device}`],
  ['libvirt-in', '-m', 'physdev', '--physdev-in', device, '-g', `F${from}-${device}`],
  ['libvirt-host-in', '-m', 'physdev', '--physdev-in', device, '-g', `H${from}-${device}`],
];

const BASE_CHAINS = [
  ['FORWARD', '1', 'libvirt-in'],
  ['FORWARD', '2', 'libvirt-out'],
  ['FORWARD', '3', 'libvirt-in-post'],
  ['INPUT', '1', 'libvirt-host-in'],
] as const;

/** The chains that all guests share, and a device's own. */
function prepareIp(program: 'iptables' | 'ip6tables', device: string): FirewallCommand[] {
  const command = ipTables(program);
  const accepted = ['libvirt-in-post', '-m', 'physdev', '--physdev-in', device, '-j', 'ACCEPT'];
  return [
    ...mayFail([
      ...['libvirt-in', 'libvirt-out', 'libvirt-in-post', 'libvirt-host-in'].map((chain) => command('-N', chain)),
      ...BASE_CHAINS.map(([hook, , chain]) => command('-D', hook, '-j', chain)),
    ]),
    ...BASE_CHAINS.map(([hook, position, chain]) => command('-I', hook, position, '-j', chain)),
    ...['FP', 'FJ', 'HJ'].map((prefix) => command('-N', `${prefix}-${device}`)),
    ...ipLinks(device, 'J', 'P').map((link) => command('-A', ...link)),
    ...mayFail([command('-D', ...accepted)]),
    command('-A', ...accepted),
  ];
}

/** ebiptablesApplyNewRules: builds the rules of a device's filter beside those that it has. */
export function filterCommands(instances: readonly RuleInstance[], device: string): FirewallCommand[] {
  const rules = inOrder(instances);
  const ethernet = rules.filter(isEthernet);
  const chains = { J: new Map<string, number>(), P: new Map<string, number>() };
  for (const { chain, chainPriority, rule } of ethernet) {
    if (rule.direction !== 'in') chains.J.set(chain, chainPriority);
    if (rule.direction !== 'out') chains.P.set(chain, chainPriority);
  }
  const roots = (['J', 'P'] as const).filter((side) => chains[side].size > 0);
  const subChains = (['J', 'P'] as const)
    .flatMap((side) =>
      [...chains[side]]
        .sort()
        .flatMap(([name, priority]): SubChain[] => (name === 'root' ? [] : [{ side, name, priority }])),
    )
    .sort((one, other) => one.priority - other.priority);
  const commands = [...clearNew(device, true), ...roots.map((side) => ebtables('-N', rootChain(side, device)))];
  for (const rule of ethernet) {
    while (subChains[0] !== undefined && subChains[0].priority <= rule.priority)
      commands.push(...createSubChain(subChains.shift() as SubChain, device));
    commands.push(...ethernetRules(rule, device));
  }
  for (const chain of subChains) commands.push(...createSubChain(chain, device));
  for (const program of ['iptables', 'ip6tables'] as const) {
    const own = rules.filter(
      (one) =>
        !isEthernet(one) &&
        isIpv6((one.rule.match as { protocol: RuleProtocolName }).protocol) === (program === 'ip6tables'),
    );
    if (own.length === 0) continue;
    commands.push(...mayFail(clearIp(program, device, 'new')), ...prepareIp(program, device));
    for (const one of own)
      for (const values of combinations(one.rule.match?.attributes ?? {}, one.variables))
        commands.push(...iptablesRule(one, values, device));
  }
  commands.push(...roots.map((side) => linkRoot('-A', side, device)));
  return commands;
}
