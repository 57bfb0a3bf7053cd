import { parseNwfilter } from '@virtkit/core/conf';
import { describe, expect, it } from 'vitest';
import { filterCommands, missingVariables, ruleInstances } from '../src/firewall/index.js';
import { combinations } from '../src/firewall/variables.js';

const filter = (name: string, content: string, chain = 'root'): string =>
  `<filter name='${name}' chain='${chain}'>${content}</filter>`;
const rule = (what: string, how = "action='accept' direction='out'"): string => `<rule ${how}>${what}</rule>`;

const lines = (text: string, others: Record<string, string> = {}, variables = new Map<string, string[]>()): string[] =>
  filterCommands(
    ruleInstances(parseNwfilter(text), variables, (name) => parseNwfilter(others[name] as string)),
    'vnet0',
  ).map(({ program, args }) => [program, ...args].join(' '));

const between = (all: string[], pattern: RegExp): string[] => all.filter((line) => pattern.test(line));

describe('combinations of variables', () => {
  const variables = new Map([
    ['A', ['1', '2', '2']],
    ['B', ['x', 'y', 'y']],
    ['C', ['only']],
  ]);
  const all = (values: Record<string, string>): string[] =>
    [...combinations(values, variables)].map((one) => Object.values(one).join(' '));

  it('go together in one iterator, and each for itself in several', () => {
    expect(all({ a: '$A', b: '$B' })).toEqual(['1 x', '2 y']);
    expect(all({ a: '$A[@1]', b: '$B[@2]' })).toEqual(['1 x', '2 x', '1 y', '2 y']);
    expect(all({ a: '$A[2]', b: 'z' })).toEqual(['2 z']);
    expect(all({})).toEqual(['']);
  });

  it('need values, and equally many of them', () => {
    expect(() => all({ a: '$NONE' })).toThrow("'NONE'");
    expect(() => all({ a: '$C[1]' })).toThrow("'C'");
    expect(() => all({ a: '$A', c: '$C' })).toThrow('Cardinality');
  });
});

describe('rules of a filter', () => {
  it('follow connections from where they start', () => {
    expect(between(lines(filter('f', rule("<tcp dstportstart='80'/>"))), /-p tcp/)).toEqual([
      'iptables -w -A FJ-vnet0 -p tcp --dport 80 -m conntrack --ctstate NEW,ESTABLISHED -m conntrack --ctdir Original -j RETURN',
      'iptables -w -A FP-vnet0 -p tcp --sport 80 -m conntrack --ctstate ESTABLISHED -m conntrack --ctdir Reply -j ACCEPT',
      'iptables -w -A HJ-vnet0 -p tcp --dport 80 -m conntrack --ctstate NEW,ESTABLISHED -m conntrack --ctdir Original -j RETURN',
    ]);
  });

  it('are about the sender only on the way out', () => {
    const drop = rule("<all match='no' srcmacaddr='12:34:56:78:9a:bc'/>", "action='drop' direction='in'");
    expect(between(lines(filter('f', drop)), /-p all/)).toEqual([
      'iptables -w -A FP-vnet0 -p all -m mac ! --mac-source 12:34:56:78:9a:bc -j DROP',
    ]);
  });

  it('look for the opposite of what they say so about', () => {
    const mixed = rule(
      "<tcp match='no' srcipaddr='1.2.3.4'/><tcp dstipaddr='1.2.3.5' dstportstart='80'/>",
      "action='drop' direction='out' statematch='false'",
    );
    expect(between(lines(filter('f', mixed)), /FJ-vnet0 -p/)).toEqual([
      'iptables -w -A FJ-vnet0 -p tcp ! --source 1.2.3.4 --destination 1.2.3.5 --dport 80 -j DROP',
    ]);
  });

  it('have sets, limits and comments at their end', () => {
    const set = "<all ipset='blocked' ipsetflags='src,dst' comment='no more'/>";
    expect(between(lines(filter('f', rule(set))), /FP-vnet0 -p/)).toEqual([
      'iptables -w -A FP-vnet0 -p all -m conntrack --ctstate ESTABLISHED -m conntrack --ctdir Reply ' +
        '-m set --match-set blocked dst,src -m comment --comment no more -j ACCEPT',
    ]);
    const limit = rule("<tcp-ipv6 connlimit-above='3'/>", "action='drop' direction='out'");
    expect(between(lines(filter('f', limit)), /connlimit/)).toEqual([
      'ip6tables -w -A FJ-vnet0 -p tcp -m connlimit --connlimit-above 3 -j DROP',
      'ip6tables -w -A HJ-vnet0 -p tcp -m connlimit --connlimit-above 3 -j DROP',
    ]);
  });

  it('swap the ends of what goes both ways', () => {
    const arp = "<arp arpsrcipaddr='10.0.0.1' srcmacaddr='52:54:00:00:00:01' opcode='Reply'/>";
    expect(between(lines(filter('f', rule(arp, "action='accept' direction='inout'"))), /arp-op/)).toEqual([
      'ebtables --concurrent -t nat -A libvirt-J-vnet0 -d 52:54:00:00:00:01 -p 0x806 --arp-opcode 2 --arp-ip-dst 10.0.0.1/32 -j ACCEPT',
      'ebtables --concurrent -t nat -A libvirt-P-vnet0 -s 52:54:00:00:00:01 -p 0x806 --arp-opcode 2 --arp-ip-src 10.0.0.1/32 -j ACCEPT',
    ]);
  });

  it('of other chains come after the chain, in the order of priorities', () => {
    const inner = filter('inner', rule('<arp/>', "action='drop' direction='out'"), 'arp');
    const text = filter('f', "<filterref filter='inner'/>" + rule('<mac/>', "action='accept' direction='out'"));
    const all = lines(text, { inner });
    expect(between(all, /(-N|-A) /)).toEqual([
      'ebtables --concurrent -t nat -N libvirt-J-vnet0',
      'ebtables --concurrent -t nat -N J-vnet0-arp',
      'ebtables --concurrent -t nat -A libvirt-J-vnet0 -p 0x0806 -j J-vnet0-arp',
      'ebtables --concurrent -t nat -A libvirt-J-vnet0 -j ACCEPT',
      'ebtables --concurrent -t nat -A J-vnet0-arp -p 0x806 -j DROP',
      'ebtables --concurrent -t nat -A PREROUTING -i vnet0 -j libvirt-J-vnet0',
    ]);
  });

  it('take values of variables from references, and from outside', () => {
    const inner = filter('inner', rule("<ip srcipaddr='$IP' dstipaddr='$TO'/>"));
    const text = filter('f', "<filterref filter='inner'><parameter name='TO' value='10.0.0.2'/></filterref>");
    expect(between(lines(text, { inner }, new Map([['IP', ['10.0.0.1']]])), /ip-source/)).toEqual([
      'ebtables --concurrent -t nat -A libvirt-J-vnet0 -p ipv4 --ip-source 10.0.0.1 --ip-destination 10.0.0.2 -j ACCEPT',
    ]);
    expect(missingVariables(ruleInstances(parseNwfilter(text), new Map(), () => parseNwfilter(inner)))).toEqual(['IP']);
  });
});
