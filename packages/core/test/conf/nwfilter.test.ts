import { formatNwfilter, formatNwfilterBinding, parseNwfilter, parseNwfilterBinding } from '@virtkit/core/conf';
import { ErrorCode, ErrorDomain } from '@virtkit/core/util';
import { describe, expect, it } from 'vitest';
import { corpusCases, differences, hasCorpus } from './corpus.js';

const filter = (body: string, attrs = "name='f'"): string => `<filter ${attrs}>${body}</filter>`;
const rule = (body: string): string => filter(`<rule action='drop' direction='in'>${body}</rule>`);
const shown = (body: string): string =>
  /<rule[^>]*>\s*(<[^>]*>)/.exec(formatNwfilter(parseNwfilter(rule(body))))?.[1] ?? '';

describe('network filter', () => {
  it('knows the priority of chains and keeps the order of entries', () => {
    const text = `<filter name='f' chain='arp-x' priority='-500'>
  <uuid>5c6d49af-b071-6127-b4ec-6f8ed4b55335</uuid>
  <filterref filter='a'>
    <parameter name='IP' value='10.0.0.1'/>
    <parameter name='IP' value='10.0.0.2'/>
  </filterref>
  <rule action='accept' direction='inout' priority='100' statematch='false'>
    <tcp srcipaddr='$IP[@1]' dscp='0x3f' flags='FIN,SYN/SYN'/>
  </rule>
  <filterref filter='b'/>
</filter>
`;
    expect(formatNwfilter(parseNwfilter(text.replace(" priority='-500'", '').replace('FIN,SYN', 'SYN,FIN')))).toContain(
      "chain='arp-x' priority='-500'",
    );
    const canonical = (one: string): string[] => one.split(/\s+/).sort();
    expect(canonical(formatNwfilter(parseNwfilter(text)))).toEqual(canonical(text));
  });

  it.each([
    ["name='f' chain='root' priority='5'", "chain='root' priority='5'"],
    ["name='f' priority='5'", "chain='root'>"],
    ["name='f' chain='' priority='5'", "chain='root'>"],
    ["name='f' chain='mac' priority='0'", "chain='mac'>"],
    ["name='f' chain='mac'", "chain='mac' priority='-800'"],
  ])('gives a filter with %s its priority', (attrs, shown) => {
    expect(formatNwfilter(parseNwfilter(filter('', attrs)))).toContain(shown);
  });

  it.each([
    ["<tcp srcipmask='255.255.0.0'/>", "<tcp srcipmask='16'/>"],
    ["<tcp match='no'/>", '<tcp/>'],
    ["<tcp match='no' srcmacaddr='1:2:3:4:5:6'/>", "<tcp match='no' srcmacaddr='01:02:03:04:05:06'/>"],
    ["<tcp srcipaddr='$A[ @0 ]'/>", "<tcp srcipaddr='$A'/>"],
    ["<arp opcode='3'/>", "<arp opcode='Request_Reverse'/>"],
    ["<tcp ipset='a'/>", "<tcp ipset='a' ipsetflags='src'/>"],
    ["<tcp ipsetflags='src'/>", '<tcp/>'],
    ["<all ipset='a'/>", "<all ipset='a'/>"],
    [
      "<tcp comment='c' dstportstart='1' dstipmask='8' srcipmask='8' dstipaddr='1.2.3.4' srcipaddr='1.2.3.5' state='NEW'/>",
      "<tcp srcipaddr='1.2.3.5' srcipmask='8' dstipaddr='1.2.3.4' dstipmask='8' state='NEW' dstportstart='1' comment='c'/>",
    ],
    ["<ip protocol='udp' dstportstart='1'/>", "<ip protocol='udp' dstportstart='1'/>"],
    ["<tcp state='ESTABLISHED,NEW'/>", "<tcp state='NEW,ESTABLISHED'/>"],
    ["<tcp state='NEW,NONE'/>", "<tcp state='NONE'/>"],
    ["<tcp state='$S'/>", "<tcp state='$S'/>"],
    ["<tcp flags='SYN ACK/ACK'/>", "<tcp flags='SYN,ACK/ACK'/>"],
    ["<tcp flags='/SYN'/>", "<tcp flags='NONE/SYN'/>"],
    ["<tcp-ipv6 flags='SYN/SYN'/>", '<tcp-ipv6/>'],
    ["<tcp dstportstart='1f'/>", "<tcp dstportstart='0x1f'/>"],
    ["<arp opcode='0x10'/>", "<arp opcode='16'/>"],
    ["<vlan encap-protocol='255'/>", "<vlan encap-protocol='255'/>"],
    [`<mac comment='${'c'.repeat(300)}'/>`, `<mac comment='${'c'.repeat(256)}'/>`],
  ])('writes %s as %s', (given, wanted) => {
    expect(shown(given)).toBe(wanted);
  });

  it.each(["<ip dstportstart='1'/>", "<ip protocol='icmp' srcportend='1'/>", "<ipv6 protocol='$P' srcportstart='1'/>"])(
    'refuses ports without a protocol that has some: %s',
    (body) => {
      expect(() => parseNwfilter(rule(body))).toThrow(/rule with port specification requires protocol/);
    },
  );

  it.each([
    ["<udp match='no' dstportstart='5'/>", ["<udp dstportstart='5'/>"]],
    ["<udp match='no' srcportstart='4' dstportstart='5'/>", ["<udp match='no' srcportstart='4' dstportstart='5'/>"]],
    [
      "<mac match='no' srcmacmask='ff:ff:ff:00:00:00' protocolid='arp'/>",
      ["<mac srcmacmask='ff:ff:ff:00:00:00'/>", "<mac match='no' protocolid='arp'/>"],
    ],
    [
      "<tcp match='no' srcipaddr='1.2.3.4'/><tcp dstipaddr='1.2.3.5'/>",
      ["<tcp match='no' srcipaddr='1.2.3.4'/>", "<tcp dstipaddr='1.2.3.5'/>"],
    ],
    [
      "<stp match='no' type='1' port-hi='2' age='3'/>",
      ["<stp match='no' type='1'/>", "<stp port-hi='2'/>", "<stp match='no' age='3'/>"],
    ],
  ])('gives each attribute of %s its sign', (given, wanted) => {
    const lines = formatNwfilter(parseNwfilter(rule(given))).split('\n');
    expect(lines.map((line) => line.trim()).filter((line) => /^<(?:mac|stp|tcp|udp)/.test(line))).toEqual(wanted);
  });

  it.each([
    "<tcp dscp='64'/>",
    "<mac protocolid='599'/>",
    "<tcp srcipaddr='$a b'/>",
    "<tcp flags='x'/>",
    "<all ipset='a/b'/>",
    "<all connlimit-above='0x10'/>",
    "<mac comment='$A['/>",
    "<tcp dscp='$A '/>",
    "<vlan encap-protocol='33'/>",
  ])('refuses %s', (body) => {
    expect(() => parseNwfilter(rule(body))).toThrow(
      expect.objectContaining({ code: ErrorCode.INTERNAL_ERROR, domain: ErrorDomain.NWFILTER }),
    );
  });

  it.skipIf(!hasCorpus)('answers as libvirt on its test inputs (skipped without ../shared)', () => {
    const convert = (text: string): string => formatNwfilter(parseNwfilter(text));
    expect(differences(corpusCases('nwfilter'), 'define', 'xml', convert)).toEqual([]);
  });
});

describe('filter binding', () => {
  it('needs owner, port, MAC and filter', () => {
    expect(() => parseNwfilterBinding('<filterbinding/>')).toThrow(
      expect.objectContaining({ code: ErrorCode.INTERNAL_ERROR }),
    );
  });

  it.skipIf(!hasCorpus)('answers as libvirt on its test inputs (skipped without ../shared)', () => {
    const convert = (text: string): string => formatNwfilterBinding(parseNwfilterBinding(text));
    expect(differences(corpusCases('nwfilter-binding'), 'define', 'xml', convert)).toEqual([]);
  });
});
