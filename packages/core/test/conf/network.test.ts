import {
  updateNetwork,
  confContext,
  formatNetwork,
  formatNetworkPort,
  parseNetwork,
  parseNetworkPort,
} from '@virtkit/core/conf';
import { ErrorCode, ErrorDomain } from '@virtkit/core/util';
import { describe, expect, it } from 'vitest';
import { corpusCases, differences, hasCorpus } from './corpus.js';

const UUID = '81ff0d90-c91e-6742-64da-4a736edb9a9b';
const wrap = (body: string): string => `<network><name>n</name><uuid>${UUID}</uuid>${body}</network>`;
const IP = "<ip address='10.1.0.1' netmask='255.255.255.0'/>";

const nat = (start: string, end: string): string =>
  `<forward mode='nat'><nat><address start='${start}' end='${end}'/></nat></forward>${IP}`;

describe('network', () => {
  it('writes what libvirt writes, byte for byte', () => {
    const text = wrap(`<forward dev='eth1'/>${IP}<dns><host ip='1.2.3.4'><hostname>a</hostname></host></dns>`);
    expect(formatNetwork(parseNetwork(text))).toBe(`<network>
  <name>n</name>
  <uuid>${UUID}</uuid>
  <forward dev='eth1' mode='nat'>
    <interface dev='eth1'/>
  </forward>
  <bridge stp='on' delay='0'/>
  <dns>
    <host ip='1.2.3.4'>
      <hostname>a</hostname>
    </host>
  </dns>
  <ip address='10.1.0.1' netmask='255.255.255.0'>
  </ip>
</network>
`);
  });

  it('keeps options for dnsmasq and writes connections of a running network only', () => {
    const text = `<network xmlns:d='http://libvirt.org/schemas/network/dnsmasq/1.0' connections='2'><name>n</name>
      <d:options><d:option value='a=b'/></d:options></network>`;
    const def = parseNetwork(text, confContext({ live: true }));
    expect(def.dnsmasq).toEqual({ option: ['a=b'] });
    expect(formatNetwork(def, confContext({ live: true }))).toContain("connections='2'");
    expect(formatNetwork(def)).not.toContain('connections');
    expect(formatNetwork(def)).toContain(
      "  <dnsmasq:options>\n    <dnsmasq:option value='a=b'/>\n  </dnsmasq:options>",
    );
  });

  it.each([
    ['', "<forward mode='x'/>", ErrorCode.CONFIG_UNSUPPORTED],
    ['', '<forward/>', ErrorCode.XML_ERROR],
    ['', "<ip address='10.1.0.1' prefix='33'/>", ErrorCode.CONFIG_UNSUPPORTED],
    ['', "<ip address='10.1.0.1'><dhcp><range start='10.1.0.9' end='10.1.0.8'/></dhcp></ip>", ErrorCode.INTERNAL_ERROR],
    ['', "<dns><srv service='a' protocol='tcp' port='5'/></dns>", ErrorCode.XML_DETAIL],
    ['', `<forward mode='bridge' dev='a'/><bridge name='b'/>`, ErrorCode.XML_ERROR],
    ['', `${IP}<route address='1.2.3.0' prefix='24' gateway='10.9.0.1'/>`, ErrorCode.CONFIG_UNSUPPORTED],
    ['', "<dns><srv service='a.b' protocol='tcp'/></dns>", ErrorCode.XML_DETAIL],
    ['', "<dns><srv service='a' protocol='_tcp'/></dns>", ErrorCode.XML_DETAIL],
    ['', `<dns><srv service='${'s'.repeat(483)}' protocol='tcp'/></dns>`, ErrorCode.XML_DETAIL],
    ['', "<dns><txt name='a,b' value='1'/></dns>", ErrorCode.XML_DETAIL],
    ['', "<ip family='ipv6' address='2001:db8::1'><tftp root='/x'/></ip>", ErrorCode.CONFIG_UNSUPPORTED],
    ['', "<ip family='ipv6' address='2001:db8::1' netmask='z'/>", ErrorCode.XML_ERROR],
    ['', `<ip address='10.1.0.1'><dhcp><bootp file='a' server=''/></dhcp></ip>`, ErrorCode.SYSTEM_ERROR],
    ['', `${IP}<route address='10.5.0.0' gateway='10.1.0.2'/>`, ErrorCode.XML_ERROR],
    ['', `${IP}<route address='10.5.0.0' netmask='' gateway='10.1.0.2'/>`, ErrorCode.XML_ERROR],
    ['', `${IP}<route family='' address='10.5.0.0' prefix='16' gateway='10.1.0.2'/>`, ErrorCode.XML_ERROR],
    ['', nat('10.0.0.9', '10.0.0.8'), ErrorCode.INTERNAL_ERROR],
    ['', nat('10.0.255.255', '10.1.0.0'), ErrorCode.INTERNAL_ERROR],
  ])('refuses %s%s', (_, body, code) => {
    expect(() => parseNetwork(wrap(body))).toThrow(expect.objectContaining({ code }));
  });

  it.each([
    ["<dns><srv service='a' protocol='tcp' target='' port='5'/></dns>", "target='' port='5'"],
    ["<dns><forwarder domain=''/></dns>", "<forwarder domain=''/>"],
    [`<forward mode='nat'><nat><port start='0' end='0'/></nat></forward>${IP}`, "<forward mode='nat'/>"],
    [`<forward mode='nat'><nat><port start=' 1' end='+5'/></nat></forward>${IP}`, "<port start='1' end='5'/>"],
    ["<portgroup name='p'><port isolated='yes'/></portgroup>", "<portgroup name='p'>\n  </portgroup>"],
    [
      "<ip address='10.1.0.1'><dhcp><bootp server='10.1.0.2'/><range start='10.1.0.5' end='10.1.0.6'/></dhcp></ip>",
      "<range start='10.1.0.5' end='10.1.0.6'/>\n    </dhcp>",
    ],
    [`${IP}<route address='0.0.0.0' gateway='10.1.0.2'/>`, "<route address='0.0.0.0' gateway='10.1.0.2'/>"],
  ])('writes %s as libvirt does', (body, expected) => {
    expect(formatNetwork(parseNetwork(wrap(body)))).toContain(expected);
  });

  it('needs a name', () => {
    expect(() => parseNetwork('<network/>')).toThrow(
      expect.objectContaining({ code: ErrorCode.NO_NAME, domain: ErrorDomain.NETWORK }),
    );
  });

  it.skipIf(!hasCorpus)('answers as libvirt on its test inputs (skipped without ../shared)', () => {
    expect(
      differences(corpusCases('network-test'), 'define', 'xml', (text) => formatNetwork(parseNetwork(text))),
    ).toEqual([]);
  });
});

describe('network update', () => {
  const MODIFY = 1;
  const DELETE = 2;
  const ADD_LAST = 3;
  const ADD_FIRST = 4;
  const HOST = 4;
  const RANGE = 5;
  const INTERFACE = 7;
  const PORTGROUP = 9;
  const DNS_HOST = 10;
  const SRV = 12;
  const def = parseNetwork(
    wrap(`<ip address='10.1.0.1' netmask='255.255.255.0'><dhcp><range start='10.1.0.2' end='10.1.0.9'/>
      <host mac='00:16:3e:77:e2:ed' name='a' ip='10.1.0.4'/></dhcp></ip>`),
  );

  it('adds, changes and removes, and leaves the given definition alone', () => {
    const host = "<host mac='00:16:3e:77:e2:ee' name='b' ip='10.1.0.5'/>";
    const first = updateNetwork(def, ADD_FIRST, HOST, -1, host);
    expect(first.ip[0]?.dhcp?.host.map(({ name }) => name)).toEqual(['b', 'a']);
    const changed = updateNetwork(first, MODIFY, HOST, 0, "<host mac='00:16:3e:77:e2:ee' name='c' ip='10.1.0.6'/>");
    expect(changed.ip[0]?.dhcp?.host.map(({ name }) => name)).toEqual(['c', 'a']);
    expect(updateNetwork(changed, DELETE, HOST, -1, "<host name='a'/>").ip[0]?.dhcp?.host).toHaveLength(1);
    expect(def.ip[0]?.dhcp?.host).toHaveLength(1);
  });

  it.each([
    [ADD_LAST, HOST, "<host mac='00:16:3e:77:e2:ed' name='b' ip='10.1.0.5'/>", ErrorCode.OPERATION_INVALID],
    [DELETE, HOST, "<host name='z'/>", ErrorCode.OPERATION_INVALID],
    [ADD_LAST, HOST, "<range start='10.1.0.20' end='10.1.0.21'/>", ErrorCode.XML_ERROR],
    [MODIFY, INTERFACE, "<interface dev='e'/>", ErrorCode.OPERATION_UNSUPPORTED],
    [DELETE, PORTGROUP, "<portgroup name='p'/>", ErrorCode.OPERATION_INVALID],
    [DELETE, DNS_HOST, '<host/>', ErrorCode.XML_DETAIL],
    [ADD_LAST, 1, '<bridge/>', ErrorCode.OPERATION_UNSUPPORTED],
    [ADD_LAST, 1, '<bridge>', ErrorCode.XML_DETAIL],
    [ADD_LAST, HOST, "<host mac='00:16:3e:77:e2:ee' ip='2001:db8::5'/>", ErrorCode.OPERATION_INVALID],
    [DELETE, HOST, "<host id='1'/>", ErrorCode.XML_ERROR],
    [DELETE, HOST, "<host name='a' ip=''/>", ErrorCode.XML_ERROR],
    [MODIFY, RANGE, "<range start='x' end='y'/>", ErrorCode.OPERATION_UNSUPPORTED],
    [MODIFY, DNS_HOST, '<range/>', ErrorCode.OPERATION_UNSUPPORTED],
    [MODIFY, SRV, '<srv/>', ErrorCode.OPERATION_UNSUPPORTED],
    [DELETE, SRV, "<srv service='s' protocol='tcp' port='5'/>", ErrorCode.XML_DETAIL],
    [DELETE, SRV, "<srv service='a.b'/>", ErrorCode.XML_DETAIL],
    [DELETE, INTERFACE, "<interface dev=''/>", ErrorCode.OPERATION_INVALID],
  ])('refuses command %i on section %i with %s', (command, section, text, code) => {
    expect(() => updateNetwork(def, command, section, -1, text)).toThrow(expect.objectContaining({ code }));
  });
});

describe('which record an update means', () => {
  const [MODIFY, DELETE, ADD, HOST, DNS_HOST, SRV] = [1, 2, 3, 4, 10, 12];
  const dns = (body: string) => parseNetwork(wrap(`<dns>${body}</dns>`));

  it('is a DHCP host with anything in common', () => {
    const def = parseNetwork(
      wrap(`<ip address='10.1.0.1' netmask='255.255.255.0'><dhcp>
        <host mac='00:16:3e:00:00:01' name='a' ip='10.1.0.4'/><host mac='00:16:3e:00:00:02' name='b' ip='10.1.0.5'/>
      </dhcp></ip>`),
    );
    const names = (text: string) =>
      updateNetwork(def, MODIFY, HOST, -1, text).ip[0]?.dhcp?.host.map(({ mac, ip }) => `${mac?.slice(-1)} ${ip}`);
    expect(names("<host mac='00:16:3e:00:00:03' name='a' ip='10.1.0.9'/>")).toEqual(['3 10.1.0.9', '2 10.1.0.5']);
    // The second host has its MAC, but the first has its address.
    expect(names("<host mac='00:16:3e:00:00:02' ip='10.1.0.4'/>")).toEqual(['2 10.1.0.4', '2 10.1.0.5']);
  });

  it.each([
    [ADD, "<srv service='s' protocol='tcp' domain='d' target='t' port='9'/>", 'refused'],
    [ADD, "<srv service='s' protocol='tcp' target='t' weight='9'/>", 'refused'],
    [ADD, "<srv service='s' protocol='tcp' domain='e' target='t' port='5'/>", 2],
    [DELETE, "<srv service='s' protocol='tcp' domain='d' target='t' port='9'/>", 0],
    [DELETE, "<srv service='s'/>", 0],
    [DELETE, "<srv service='s' domain='e'/>", 'refused'],
  ])('is a service by all but its numbers: command %i with %s', (command, text, left) => {
    const def = dns("<srv service='s' protocol='tcp' domain='d' target='t' port='5'/>");
    const run = () => updateNetwork(def, command, SRV, -1, text);
    if (left === 'refused') expect(run).toThrow(expect.objectContaining({ code: ErrorCode.OPERATION_INVALID }));
    else expect(run().dns?.srv ?? []).toHaveLength(left as number);
  });

  it.each([
    [ADD, "<host ip='10.0.0.2'><hostname>a</hostname></host>", 2],
    [ADD, "<host ip='10.0.0.1'><hostname>b</hostname></host>", 'refused'],
    [DELETE, "<host ip='10.0.0.9'><hostname>a</hostname></host>", 0],
    [DELETE, "<host ip='10.0.0.1'><hostname>z</hostname></host>", 0],
    [DELETE, "<host ip='10.0.0.9'/>", 'refused'],
  ])('is an address or, to remove it, a name: command %i with %s', (command, text, left) => {
    const run = () =>
      updateNetwork(dns("<host ip='10.0.0.1'><hostname>a</hostname></host>"), command, DNS_HOST, -1, text);
    if (left === 'refused') expect(run).toThrow(expect.objectContaining({ code: ErrorCode.OPERATION_INVALID }));
    else expect(run().dns?.host ?? []).toHaveLength(left as number);
  });
});

describe('network port', () => {
  it.skipIf(!hasCorpus)('answers as libvirt on its test inputs (skipped without ../shared)', () => {
    const convert = (text: string): string => formatNetworkPort(parseNetworkPort(text));
    expect(differences(corpusCases('network-port'), 'reclaim', 'xml-reclaim', convert, () => true)).toEqual([]);
  });
});
