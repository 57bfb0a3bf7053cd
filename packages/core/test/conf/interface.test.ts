import { formatInterface, parseInterface } from '@virtkit/core/conf';
import { ErrorCode, ErrorDomain } from '@virtkit/core/util';
import { describe, expect, it } from 'vitest';
import { corpusCases, differences, hasCorpus } from './corpus.js';

describe('host interface', () => {
  it('writes what libvirt writes, byte for byte', () => {
    const text = `<interface type='bridge' name='br0'>
  <start mode='onboot'/>
  <mtu size='1500'/>
  <protocol family='ipv4'>
    <dhcp/>
  </protocol>
  <bridge stp='off' delay='0.01'>
    <interface type='ethernet' name='eth0'>
      <link speed='10'/>
      <mac address='ab:bb:cc:dd:ee:ff'/>
    </interface>
    <interface type='vlan' name='eth1.42'>
      <vlan tag='42'>
        <interface name='eth1'/>
      </vlan>
    </interface>
  </bridge>
</interface>
`;
    expect(formatInterface(parseInterface(text))).toBe(text);
  });

  it.each([
    ["<interface type='ethernet'/>", ErrorDomain.INTERFACE],
    ["<interface type='ip' name='a'/>", ErrorDomain.XML],
    ["<interface type='vlan' name='a'><vlan/></interface>", ErrorDomain.INTERFACE],
    ["<interface type='bond' name='a'><bond><miimon freq='x'/></bond></interface>", ErrorDomain.INTERFACE],
    [
      "<interface type='bond' name='a'><bond><interface type='bond' name='b'><bond/></interface></bond></interface>",
      ErrorDomain.INTERFACE,
    ],
  ])('refuses %s', (text, domain) => {
    expect(() => parseInterface(text)).toThrow(expect.objectContaining({ code: ErrorCode.XML_ERROR, domain }));
  });

  it.skipIf(!hasCorpus)('answers as libvirt on its test inputs (skipped without ../shared)', () => {
    const convert = (text: string): string => formatInterface(parseInterface(text));
    expect(differences(corpusCases('interface-test'), 'define', 'xml', convert)).toEqual([]);
  });
});
