import { formatNodeDevice, mdevctlCall, parseNodeDevice } from '@virtkit/core/conf';
import { ErrorCode, ErrorDomain } from '@virtkit/core/util';
import { describe, expect, it } from 'vitest';

const device = (capability: string): string => `<device><name>d</name><parent>p</parent>${capability}</device>`;

const PCI = `<device>
  <name>pci_0000_02_10_7</name>
  <path>/sys/devices/pci0000:00/0000:02:10.7</path>
  <parent>pci_0000_00_04_0</parent>
  <driver>
    <name>igbvf</name>
  </driver>
  <capability type='pci'>
    <class>0x020000</class>
    <domain>0</domain>
    <bus>2</bus>
    <slot>16</slot>
    <function>7</function>
    <product id='0x10ca'>82576 Virtual Function</product>
    <vendor id='0x8086'/>
    <capability type='phys_function'>
      <address domain='0x0000' bus='0x02' slot='0x00' function='0x1'/>
    </capability>
    <capability type='virt_functions' maxCount='7'/>
    <iommuGroup number='31'>
      <address domain='0x0000' bus='0x02' slot='0x10' function='0x7'/>
    </iommuGroup>
    <numa node='0'/>
    <pci-express>
      <link validity='cap' port='0' speed='2.5' width='4'/>
      <link validity='sta' width='0'/>
    </pci-express>
  </capability>
</device>
`;

describe('node device', () => {
  it('gives back what it read, byte for byte', () => {
    expect(formatNodeDevice(parseNodeDevice(PCI))).toBe(PCI);
  });

  it.each([
    ['', ErrorCode.INTERNAL_ERROR, ErrorDomain.NODEDEV],
    ["<capability type='x'/>", ErrorCode.XML_ERROR, ErrorDomain.XML],
    ["<capability type='pci'/>", ErrorCode.INTERNAL_ERROR, ErrorDomain.NODEDEV],
    ["<capability type='vpd'/>", ErrorCode.INTERNAL_ERROR, ErrorDomain.NODEDEV],
    ["<capability type='fc_host'/>", ErrorCode.INTERNAL_ERROR, ErrorDomain.NODEDEV],
    ["<capability type='drm'><type>x</type></capability>", ErrorCode.CONFIG_UNSUPPORTED, ErrorDomain.NODEDEV],
    ["<capability type='mdev'><type/></capability>", ErrorCode.CONFIG_UNSUPPORTED, ErrorDomain.NODEDEV],
    ["<capability type='css'/>", ErrorCode.CONFIG_UNSUPPORTED, ErrorDomain.NODEDEV],
    ["<capability type='storage'/>", ErrorCode.INTERNAL_ERROR, ErrorDomain.NODEDEV],
    [
      "<capability type='net'><interface>e</interface><feature name='z'/></capability>",
      ErrorCode.XML_ERROR,
      ErrorDomain.NODEDEV,
    ],
    [
      "<capability type='net'><interface>e</interface><capability type='z'/></capability>",
      ErrorCode.CONFIG_UNSUPPORTED,
      ErrorDomain.NODEDEV,
    ],
    ["<capability type='storage'><block>/a</block></capability>", ErrorCode.INTERNAL_ERROR, ErrorDomain.NODEDEV],
    [
      "<capability type='ap_matrix'><capability type='mdev_types'><type id='t'/></capability></capability>",
      ErrorCode.XML_ERROR,
      ErrorDomain.NODEDEV,
    ],
    ["<capability type='ap_matrix'><capability/></capability>", ErrorCode.XML_ERROR, ErrorDomain.NODEDEV],
    [
      "<capability type='scsi'><host>99999999999</host><bus>0</bus><target>0</target><lun>0</lun></capability>",
      ErrorCode.INTERNAL_ERROR,
      ErrorDomain.NODEDEV,
    ],
    ["<capability type='mdev'><type id=''/></capability>", ErrorCode.CONFIG_UNSUPPORTED, ErrorDomain.NODEDEV],
  ])('refuses %s', (capability, code, domain) => {
    expect(() => parseNodeDevice(device(capability))).toThrow(expect.objectContaining({ code, domain }));
  });

  it.each([
    [
      "<capability type='ap_matrix'><capability type='z'/></capability>",
      "<capability type='ap_matrix'>\n  </capability>",
    ],
    [
      "<capability type='mdev'><type id='t'/><attr name='a'/><attr name='b' value='c'/><iommuGroup number=''/></capability>",
      "<iommuGroup number='0'/>\n    <attr name='b' value='c'/>",
    ],
    [
      "<capability type='net'><interface>e</interface><capability type=''/></capability>",
      '<interface>e</interface>\n  </capability>',
    ],
  ])('leaves out what says nothing: %s', (capability, expected) => {
    expect(formatNodeDevice(parseNodeDevice(device(capability)))).toContain(expected);
  });

  it.each([
    ['wwnn', 'wwpn'],
    ['wwpn', 'wwnn'],
  ])('a parent told by %s needs %s too', (given, other) => {
    const text = `<device><name>d</name><parent ${given}='1'/><capability type='ap_matrix'/></device>`;
    expect(() => parseNodeDevice(text)).toThrow(
      expect.objectContaining({ code: ErrorCode.XML_ERROR, message: expect.stringContaining(other) as string }),
    );
  });

  it('asks mdevctl for mediated devices', () => {
    const def = parseNodeDevice(
      device("<capability type='mdev'><type id='t'/><attr name='a' value='b'/></capability>"),
    );
    const call = mdevctlCall('create', def, '0000:00:02.0');
    expect(call.args).toEqual(['start', '--parent=0000:00:02.0', '--jsonfile=/dev/stdin']);
    expect(JSON.parse(call.input ?? '')).toEqual({ mdev_type: 't', start: 'manual', attrs: [{ a: 'b' }] });
    expect(mdevctlCall('stop', def).input).toBeUndefined();
  });
});
