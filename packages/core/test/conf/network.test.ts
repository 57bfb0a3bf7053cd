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
  ])('refuses %s%s', (_, body, code) => {
    expect(() => parseNetwork(wrap(body))).toThrow(expect.objectContaining({ code }));
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
  const INTERFACE = 7;
  const PORTGROUP = 9;
  const DNS_HOST = 10;
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
  ])('refuses command %i on section %i with %s', (command, section, text, code) => {
    expect(() => updateNetwork(def, command, section, -1, text)).toThrow(expect.objectContaining({ code }));
  });
});

describe('network port', () => {
  it.skipIf(!hasCorpus)('answers as libvirt on its test inputs (skipped without ../shared)', () => {
    const convert = (text: string): string => formatNetworkPort(parseNetworkPort(text));
    expect(differences(corpusCases('network-port'), 'reclaim', 'xml-reclaim', convert, () => true)).toEqual([]);
  });
});
