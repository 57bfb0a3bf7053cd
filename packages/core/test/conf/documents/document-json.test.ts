import {
  confContext,
  documentFromJson,
  type DocumentName,
  documentToJson,
  documentToXml,
  domainXmlOption,
  formatDomain,
  formatInterface,
  formatNetwork,
  formatNetworkPort,
  formatNodeDevice,
  formatNwfilter,
  formatSecret,
  formatStoragePool,
  formatStorageVol,
  isJsonDocument,
  parseDomain,
  parseInterface,
  parseNetwork,
  parseNetworkPort,
  parseNodeDevice,
  parseNwfilter,
  parseSecret,
  parseStoragePool,
  parseStorageVol,
} from '@virtkit/core/conf';
import { ErrorCode } from '@virtkit/core/util';
import { describe, expect, it } from 'vitest';
import { canonical, corpusCases, hasCorpus, masked } from '../corpus.js';

const UUID = 'c7a5fdbd-edaf-9455-926a-d65c16db1809';

/** By way of JSON text and back. */
const throughJson = (name: DocumentName, xml: string): string =>
  documentFromJson(name, JSON.stringify(documentToJson(name, xml).json));

const DOCUMENTS: readonly (readonly [what: string, name: DocumentName, xml: string])[] = [
  [
    'a domain with a namespace',
    'domain',
    `<domain type='kvm' id='3' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>
  <name>d &lt;1&gt;</name>
  <uuid>${UUID}</uuid>
  <metadata>
    <app:x xmlns:app="http://app.example/">one<app:y/> two</app:x>
  </metadata>
  <memory unit='KiB'>1048576</memory>
  <currentMemory unit='KiB'>1048576</currentMemory>
  <vcpu placement='static'>2</vcpu>
  <os>
    <type arch='x86_64' machine='pc-q35-7.2'>hvm</type>
  </os>
  <clock offset='utc'/>
  <on_poweroff>destroy</on_poweroff>
  <on_reboot>restart</on_reboot>
  <on_crash>destroy</on_crash>
  <devices>
    <disk type='network' device='disk'>
      <source protocol='nbd' name='x'>
        <host name='h' port='10809'/>
      </source>
      <target dev='vda' bus='virtio'/>
      <iotune>
        <total_bytes_sec>9007199254740991</total_bytes_sec>
      </iotune>
      <alias name='virtio-disk0'/>
    </disk>
    <graphics type='vnc' port='5901' autoport='yes' passwd='secret'>
      <listen type='address'/>
    </graphics>
  </devices>
  <qemu:commandline>
    <qemu:arg value='-newarg'/>
    <qemu:env name='A' value='b &amp; c'/>
  </qemu:commandline>
</domain>`,
  ],
  [
    'a network',
    'network',
    `<network xmlns:dnsmasq='http://libvirt.org/schemas/network/dnsmasq/1.0' connections='2'>
  <name>n</name>
  <uuid>${UUID}</uuid>
  <bridge name='virbr0' stp='on' delay='0'/>
  <dnsmasq:options>
    <dnsmasq:option value='foo=bar'/>
  </dnsmasq:options>
</network>`,
  ],
  [
    'a pool with what was found out',
    'storagePool',
    `<pool type='netfs' xmlns:fs='http://libvirt.org/schemas/storagepool/fs/1.0'>
  <name>p</name>
  <uuid>${UUID}</uuid>
  <capacity unit='bytes'>107374182400</capacity>
  <allocation unit='bytes'>1024</allocation>
  <available unit='bytes'>107374181376</available>
  <source>
    <host name='h'/>
    <dir path='/x'/>
    <format type='nfs'/>
  </source>
  <target>
    <path>/mnt</path>
  </target>
  <fs:mount_opts>
    <fs:option name='sync'/>
  </fs:mount_opts>
</pool>`,
  ],
  [
    'a volume',
    'storageVol',
    `<volume type='block'>
  <name>v</name>
  <key>/dev/vg/v</key>
  <source>
    <device path='/dev/sda'>
      <extent start='0' end='4194304'/>
    </device>
  </source>
  <capacity unit='bytes'>4194304</capacity>
  <allocation unit='bytes'>4194304</allocation>
  <physical unit='bytes'>4194304</physical>
  <target>
    <path>/dev/vg/v</path>
    <format type='raw'/>
    <permissions>
      <mode>0600</mode>
      <owner>0</owner>
      <group>6</group>
    </permissions>
    <timestamps>
      <atime>1.5</atime>
    </timestamps>
    <nocow/>
  </target>
</volume>`,
  ],
  [
    'a secret',
    'secret',
    `<secret ephemeral='no' private='yes'>
  <uuid>${UUID}</uuid>
  <usage type='iscsi'>
    <target>t</target>
  </usage>
</secret>`,
  ],
  [
    'an interface',
    'interface',
    `<interface type='bridge' name='br0'>
  <start mode='onboot'/>
  <bridge stp='off'>
    <interface type='ethernet' name='eth0'>
    </interface>
  </bridge>
</interface>`,
  ],
  [
    'a node device',
    'nodeDevice',
    `<device>
  <name>pci_0000_00_02_0</name>
  <path>/sys/devices/pci0000:00/0000:00:02.0</path>
  <parent>computer</parent>
  <capability type='pci'>
    <class>0x030000</class>
    <domain>0</domain>
    <bus>0</bus>
    <slot>2</slot>
    <function>0</function>
    <product id='0x1234'>P</product>
    <vendor id='0x8086'>V</vendor>
  </capability>
</device>`,
  ],
  [
    'a filter',
    'nwfilter',
    `<filter name='f' chain='root'>
  <uuid>${UUID}</uuid>
  <filterref filter='clean-traffic'/>
  <rule action='accept' direction='in' priority='500'>
    <tcp dstportstart='22'/>
  </rule>
  <filterref filter='no-mac'/>
</filter>`,
  ],
  [
    'a snapshot with its domain',
    'domainSnapshot',
    `<domainsnapshot>
  <name>s</name>
  <state>running</state>
  <parent>
    <name>before</name>
  </parent>
  <creationTime>1700000000</creationTime>
  <memory snapshot='internal'/>
  <disks>
    <disk name='vda' snapshot='internal'/>
  </disks>
  <domain type='test' xmlns:test='http://libvirt.org/schemas/domain/test/1.0'>
    <name>d</name>
    <uuid>${UUID}</uuid>
    <memory unit='KiB'>1024</memory>
    <os>
      <type>hvm</type>
    </os>
    <devices>
    </devices>
    <test:domainstate>5</test:domainstate>
  </domain>
</domainsnapshot>`,
  ],
];

describe('documents as JSON', () => {
  it.each(DOCUMENTS)('%s comes back as it was', (_what, name, xml) => {
    expect(documentToJson(name, xml).unknown).toEqual([]);
    expect(canonical(throughJson(name, xml))).toBe(canonical(xml));
  });

  it('may be written by hand, saying no more than XML must', () => {
    const xml = documentToXml(
      'domain',
      `{"$schema": "domain.schema.json", "type": "test", "name": "d", "memory": {"value": 1024},
        "os": {"type": {"value": "hvm"}}, "devices": {"rng": [{"model": "virtio", "backend": {"model": "random"}}]}}`,
    );
    const def = parseDomain(xml);
    expect([def.name, def.memory.value, def.devices.rng.length]).toEqual(['d', 1024, 1]);
    expect(
      parseStoragePool(documentToXml('storagePool', '{"type": "dir", "name": "p", "target": {"path": "/p"}}')),
    ).toMatchObject({ name: 'p', target: { path: '/p' } });
  });

  it('say which names have no place in them', () => {
    const { unknown } = documentToJson('secret', '<secret><descripton>x</descripton><uuid/></secret>');
    expect(unknown.map(({ name, suggestion }) => [name, suggestion])).toEqual([['descripton', 'description']]);
  });

  it.each([
    ['{"type": "kvm", ', /^this is no JSON: /],
    ['[]', /^a document is an object/],
    ['{"type": "kwm"}', /^domain\.type: unknown value 'kwm'/],
    ['{"type": "kvm", "nam": "x"}', /did you mean 'name'/],
    ['{"type": "kvm", "namespaces": {"qemu": 1}}', /^domain\.namespaces\.qemu: /],
    ['{"type": "kvm", "namespaces": {"qemu": {"uri": "u", "elements": ["<a"]}}}', /^domain\.namespaces\.qemu: /],
  ])('refuse %s', (text, detail) => {
    expect(() => documentFromJson('domain', text)).toThrow(
      expect.objectContaining({ code: ErrorCode.INVALID_ARG, detail: expect.stringMatching(detail) as string }),
    );
  });

  it('are told from XML by their first character', () => {
    expect([' \n{', '<a/>', ''].map(isJsonDocument)).toEqual([true, false, false]);
  });
});

/** As a driver reads a document, and prints what it has understood. */
const READERS: readonly (readonly [family: string, name: DocumentName, read: (xml: string) => string])[] = [
  ...(['domain-test', 'domain-qemu', 'domain-lxc'] as const).map(
    (family) =>
      [
        family,
        'domain',
        (xml: string) => formatDomain(parseDomain(xml, anyDriver), anyDriver, { secure: true }),
      ] as const,
  ),
  ['network', 'network', (xml) => formatNetwork(parseNetwork(xml))],
  ['network-test', 'network', (xml) => formatNetwork(parseNetwork(xml))],
  ['network-port', 'networkPort', (xml) => formatNetworkPort(parseNetworkPort(xml))],
  ['pool', 'storagePool', (xml) => formatStoragePool(parseStoragePool(xml))],
  ['pool-test', 'storagePool', (xml) => formatStoragePool(parseStoragePool(xml))],
  [
    'vol-test',
    'storageVol',
    (xml) => formatStorageVol(parseStorageVol(xml, 'dir', { ...confContext(), capacity: 'optional' } as never), 'dir'),
  ],
  [
    'vol-dir',
    'storageVol',
    (xml) => formatStorageVol(parseStorageVol(xml, 'dir', { ...confContext(), capacity: 'optional' } as never), 'dir'),
  ],
  ['secret', 'secret', (xml) => formatSecret(parseSecret(xml))],
  ['interface-test', 'interface', (xml) => formatInterface(parseInterface(xml))],
  ['nwfilter', 'nwfilter', (xml) => formatNwfilter(parseNwfilter(xml))],
  ['nodedev', 'nodeDevice', (xml) => formatNodeDevice(parseNodeDevice(xml))],
];

const anyDriver = domainXmlOption({
  features: [
    'memory-hotplug',
    'offline-vcpupin',
    'individual-vcpus',
    'user-alias',
    'net-model-string',
    'fw-autoselect',
  ],
});

describe.skipIf(!hasCorpus)('documents of libvirt that can be read (skipped without ../shared)', () => {
  it.each(READERS)('%s: a driver reads the same from JSON', { timeout: 120_000 }, (family, name, read) => {
    const wrong: string[] = [];
    let compared = 0;
    for (const { name: one, input } of corpusCases(family)) {
      let direct: string;
      try {
        direct = read(input);
      } catch {
        continue;
      }
      compared++;
      let again: string;
      try {
        again = read(throughJson(name, input));
      } catch (error) {
        wrong.push(`${one}: ${String(error)}`);
        continue;
      }
      if (masked(canonical(direct), input) !== masked(canonical(again), input)) wrong.push(one);
    }
    console.info(`${family}: ${compared} documents through JSON, ${wrong.length} changed`);
    expect(compared).toBeGreaterThan(0);
    expect(wrong).toEqual([]);
  });
});
