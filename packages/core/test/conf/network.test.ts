import { confContext, formatNetwork, formatNetworkPort, parseNetwork, parseNetworkPort } from '@virtkit/core/conf';
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

describe('network port', () => {
  it.skipIf(!hasCorpus)('answers as libvirt on its test inputs (skipped without ../shared)', () => {
    const convert = (text: string): string => formatNetworkPort(parseNetworkPort(text));
    expect(differences(corpusCases('network-port'), 'reclaim', 'xml-reclaim', convert, () => true)).toEqual([]);
  });
});
