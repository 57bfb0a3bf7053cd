import { parseDomain } from '@virtkit/core/conf';
import { describe, expect, it } from 'vitest';
import { formatQemuDomain, qemuXmlOption } from '../../src/xml/index.js';
import { hasRecordedCaps, optionWith, recordedCaps } from '../support/recorded-caps.js';
import { at, changed, define, disk, disks, type Guest, guest, layout, net, pci } from './support.js';

const CAPS = { x86_64: '7.2.0.x86_64', aarch64: '7.0.0.aarch64', ppc64: '7.1.0.ppc64' } as const;
const available = Object.values(CAPS).every(hasRecordedCaps);
const options = new Map<string, ReturnType<typeof optionWith>>();

function optionFor(arch: keyof typeof CAPS): ReturnType<typeof optionWith> {
  let option = options.get(arch);
  if (option === undefined) options.set(arch, (option = optionWith(recordedCaps(CAPS[arch]))));
  return option;
}

const video = (...types: string[]): string =>
  types.map((type) => `<video><model type='${type}'${type === types[0] ? " primary='yes'" : ''}/></video>`).join('');
const sound = (model: string): string => `<sound model='${model}'/>`;
const rng = "<rng model='virtio'><backend model='random'/></rng>";
const usb2 = ['ich9-ehci1', 'ich9-uhci1', 'ich9-uhci2', 'ich9-uhci3']
  .map((model) => `<controller type='usb' index='0' model='${model}'/>`)
  .join('');

/** So many root ports from a slot on, at functions of it and its successors, with numbers from 1. */
function ports(count: number, slot = 1, { multi = count > 1 } = {}): string[] {
  return Array.from({ length: count }, (_, i) => {
    const plus = i % 8 === 0 && (i < 8 ? multi : count - i > 1) ? '+' : '';
    return `rp#${i + 1} 00:${(slot + (i >> 3)).toString(16).padStart(2, '0')}.${i % 8}${plus}`;
  });
}

/** Slots of bus 0 from one on. */
const slots = (from: number, count: number): string[] =>
  Array.from(
    { length: count },
    (_, i) =>
      `vd${i < 26 ? '' : 'a'}${String.fromCharCode(97 + (i % 26))} 00:${(from + i).toString(16).padStart(2, '0')}.0`,
  );

const SATA = 'sata 00:1f.2';

// Measured with libvirt 9.0.0 and QEMU 7.2.
const EXAMPLES: readonly (readonly [string, Guest, readonly string[]])[] = [
  ['default devices of a PC', { defaults: true }, ['piix3-uhci 00:01.2', 'balloon 00:02.0']],
  [
    'a full PC',
    {
      defaults: true,
      devices: net() + disk('vda') + video('vga') + sound('ich6') + rng + "<watchdog model='i6300esb'/>",
    },
    [
      'piix3-uhci 00:01.2',
      'vga 00:02.0',
      'net 00:03.0',
      'ich6 00:04.0',
      'vda 00:05.0',
      'balloon 00:06.0',
      'rng 00:07.0',
      'i6300esb 00:08.0',
    ],
  ],
  [
    'default devices of q35',
    { machine: 'q35', defaults: true },
    [SATA, ...ports(3), 'qemu-xhci 01:00.0', 'balloon 02:00.0'],
  ],
  ['q35 without devices', { machine: 'q35' }, [SATA]],
  ['one virtio interface', { machine: 'q35', devices: net() }, [SATA, ...ports(2), 'net 01:00.0']],
  [
    'a full q35',
    { machine: 'q35', defaults: true, devices: net() + disk('vda') + video('qxl') + sound('ich9') + rng },
    [
      SATA,
      'qxl 00:01.0',
      'ich9 00:1b.0',
      ...ports(6, 2),
      'net 01:00.0',
      'qemu-xhci 02:00.0',
      'vda 03:00.0',
      'balloon 04:00.0',
      'rng 05:00.0',
    ],
  ],
  [
    'a conventional PCI card in q35',
    { machine: 'q35', devices: net('', 'e1000') },
    [SATA, 'rp#1 00:01.0+', 'p2p#2 01:00.0', 'rp#3 00:01.1', 'e1000 02:01.0'],
  ],
  [
    'transitional devices in q35',
    {
      machine: 'q35',
      devices:
        net('', 'virtio-transitional') +
        `<disk type='file' model='virtio-transitional'><source file='/a'/><target dev='vda' bus='virtio'/></disk>`,
    },
    [SATA, 'rp#1 00:01.0+', 'p2p#2 01:00.0', 'rp#3 00:01.1', 'virtio-transitional 02:01.0', 'vda 02:02.0'],
  ],
  [
    'a root port of the user',
    { machine: 'q35', devices: pci('pcie-root-port', 1) + net() },
    [SATA, 'rp#1 00:01.0', 'net 01:00.0'],
  ],
  [
    'a root port of the user for two interfaces',
    { machine: 'q35', devices: pci('pcie-root-port', 1) + net() + net('', 'e1000e') },
    [SATA, ...ports(2), 'net 01:00.0', 'e1000e 02:00.0'],
  ],
  ['an address on the root', { machine: 'q35', devices: net(at(0, 3)) }, [SATA, 'net 00:03.0']],
  ['an address on a bus there is not', { machine: 'q35', devices: net(at(3, 0)) }, [SATA, ...ports(3), 'net 03:00.0']],
  [
    'nine disks',
    { machine: 'q35', devices: disks(9) },
    [SATA, ...ports(10), ...Array.from({ length: 9 }, (_, i) => `vd${String.fromCharCode(97 + i)} 0${i + 1}:00.0`)],
  ],
  ['as many disks as leave a slot', { devices: disks(29) }, slots(2, 29)],
  ['one disk more', { devices: disks(30) }, ['bridge#1 00:02.0', ...slots(3, 29), 'vdad 01:01.0']],
  [
    'an address behind bridges',
    { devices: net(at(3, 5)) },
    ['bridge#1 00:02.0', 'bridge#2 00:03.0', 'bridge#3 00:04.0', 'net 03:05.0'],
  ],
  [
    'two cards',
    { machine: 'q35', devices: video('vga', 'qxl') },
    [SATA, 'vga 00:01.0', 'rp#1 00:02.0+', 'p2p#2 01:00.0', 'rp#3 00:02.1', 'qxl 02:01.0'],
  ],
  [
    'USB 2 and what belongs to the chipset',
    {
      machine: 'q35',
      defaults: true,
      devices: usb2 + sound('ich9') + pci('dmi-to-pci-bridge', 1) + "<memballoon model='none'/>",
    },
    [
      SATA,
      'ich9-ehci1 00:1d.7',
      'ich9-uhci1 00:1d.0+',
      'ich9-uhci2 00:1d.1',
      'ich9-uhci3 00:1d.2',
      'ich9 00:1b.0',
      'dmi#1 00:1e.0',
    ],
  ],
  [
    'expander buses',
    { devices: pci('pci-expander-bus', 1) + pci('pci-expander-bus', 2) },
    ['pci-expander-bus#1 00:02.0', 'pci-expander-bus#2 00:03.0'],
  ],
  [
    'a switch',
    {
      machine: 'q35',
      devices:
        pci('pcie-root-port', 1) +
        pci('pcie-switch-upstream-port', 2) +
        pci('pcie-switch-downstream-port', 3) +
        pci('pcie-switch-downstream-port', 4) +
        net() +
        net('', 'e1000e'),
    },
    [
      SATA,
      'rp#1 00:01.0',
      'pcie-switch-upstream-port#2 01:00.0',
      'pcie-switch-downstream-port#3 02:00.0',
      'pcie-switch-downstream-port#4 02:01.0',
      'net 03:00.0',
      'e1000e 04:00.0',
    ],
  ],
  [
    'more SATA disks than one controller has',
    { machine: 'q35', devices: [...'abcdefg'].map((letter) => disk(`sd${letter}`, 'sata')).join('') },
    [SATA, 'sata 02:01.0', 'rp#1 00:01.0+', 'p2p#2 01:00.0', 'rp#3 00:01.1'],
  ],
  [
    'more SCSI disks than one controller has',
    {
      machine: 'q35',
      devices:
        "<controller type='scsi' index='0' model='virtio-scsi'/>" +
        [...'abcdefgh'].map((letter) => disk(`sd${letter}`, 'scsi')).join(''),
    },
    [SATA, 'rp#1 00:01.0+', 'rp#2 00:01.1', 'p2p#3 01:00.0', 'rp#4 00:01.2', 'virtio-scsi 02:00.0', 'lsilogic 03:01.0'],
  ],
  [
    'ARM',
    { arch: 'aarch64', machine: 'virt', defaults: true, devices: net() + disk('vda') },
    [...ports(3), 'net 01:00.0', 'vda 02:00.0'],
  ],
  [
    'POWER',
    {
      arch: 'ppc64',
      machine: 'pseries',
      defaults: true,
      devices: "<controller type='usb' model='qemu-xhci'/>" + net() + disk('vda') + disk('sda', 'scsi'),
    },
    ['net 00:01.0', 'qemu-xhci 00:02.0', 'vda 00:03.0', 'balloon 00:04.0'],
  ],
];

describe.skipIf(!available)('PCI addresses: worked examples', () => {
  it.each(EXAMPLES)('%s', (_what, spec, expected) => {
    const option = optionFor((spec.arch ?? 'x86_64') as keyof typeof CAPS);
    const def = define(guest(spec), option);
    expect(layout(def).sort()).toEqual([...expected].sort());
    // The same again, and its own document comes out as it went in.
    expect(layout(define(guest(spec), option))).toEqual(layout(def));
    const text = formatQemuDomain(def, option, { inactive: true, secure: true });
    const again = define(text, option);
    expect(layout(again).sort()).toEqual([...expected].sort());
    const settled = formatQemuDomain(again, option);
    expect(formatQemuDomain(define(settled, option), option)).toBe(settled);
    // What is added later moves nothing.
    for (const attach of [disk('vdzz'), net('', 'e1000')]) {
      expect(layout(changed(again, option, { attach }))).toEqual(
        expect.arrayContaining(layout(again).map(withoutMark)),
      );
    }
  });

  /** A slot may become one of several functions. */
  const withoutMark = (line: string): unknown =>
    expect.stringMatching(new RegExp(`^${line.replace(/[+.]/g, (c) => (c === '+' ? '' : '\\.'))}\\+?$`));

  const attachAll = (spec: Guest, ...attached: string[]) => {
    const option = optionFor('x86_64');
    let def = define(guest(spec), option);
    return attached.map((attach) => layout((def = changed(def, option, { attach }))));
  };

  it('the last slot of a PC goes to a bridge', () => {
    const [first, second, third] = attachAll({ devices: disks(28) }, disk('vdac'), disk('vdad'), disk('vdae'));
    expect(first).toEqual(slots(2, 29));
    expect(second).toEqual(expect.arrayContaining([...slots(2, 29), 'bridge#1 00:1f.0', 'vdad 01:01.0']));
    expect(third).toEqual(
      expect.arrayContaining([...slots(2, 29), 'bridge#1 00:1f.0', 'vdad 01:01.0', 'vdae 01:02.0']),
    );
  });

  it('holes are used again, and ports are added one by one', () => {
    const option = optionFor('x86_64');
    let def = define(guest({ machine: 'q35', devices: disk('vda') }), option);
    for (const dev of ['vdb', 'vdc', 'vdd']) def = changed(def, option, { attach: disk(dev) });
    const disksAt = ['vda 01:00.0', 'vdb 02:00.0', 'vdc 03:00.0', 'vdd 04:00.0'];
    expect(layout(def).sort()).toEqual([SATA, ...ports(4), ...disksAt].sort());
    def = changed(def, option, { detach: disk('vdb') });
    def = changed(def, option, { attach: net() });
    expect(layout(def)).toContain('net 02:00.0');
    def = changed(def, option, { attach: net('', 'e1000') });
    expect(layout(def)).toEqual(expect.arrayContaining(['rp#5 00:01.4', 'p2p#6 05:00.0', 'e1000 06:01.0']));
  });

  it('a bridge may take the spare port, and its own becomes the spare one', () => {
    const e1000 = net('', 'e1000');
    const [first, , third] = attachAll({ machine: 'q35', devices: disk('vda') }, e1000, e1000, net());
    expect(first).toEqual(expect.arrayContaining(['rp#3 00:01.2', 'p2p#4 02:00.0', 'e1000 04:01.0']));
    expect(third).toEqual(expect.arrayContaining(['e1000 04:01.0', 'e1000 04:02.0', 'net 03:00.0']));
  });

  it('host devices of different groups are on buses of their own on POWER', () => {
    const option = qemuXmlOption({
      caps: recordedCaps(CAPS.ppc64),
      emulatorFor: () => '/usr/bin/qemu-system-ppc64',
      hostArch: 'ppc64',
      isPcieDevice: () => undefined,
      iommuGroup: ({ domain }) => domain,
      channelDirs: [],
      nvramDir: '/nvram',
    });
    const host = (domain: number, fn: number): string =>
      `<hostdev mode='subsystem' type='pci'><source><address domain='${domain}' bus='0' slot='1' function='${fn}'/></source></hostdev>`;
    const devices = host(4, 0) + host(7, 0) + host(4, 1) + net();
    const def = define(guest({ arch: 'ppc64', machine: 'pseries', devices }), option);
    expect(layout(def)).toEqual(['net 00:01.0', 'hostdev 01:01.0', 'hostdev 02:01.0', 'hostdev 01:02.0']);
    expect(def.devices.controller.filter(({ type }) => type === 'pci')).toHaveLength(3);
  });

  it('the chipset leaves functions of its slots to the user', () => {
    expect(layout(define(guest({ devices: net(at(0, 1, 4)) }), optionFor('x86_64')))).toEqual(['net 00:01.4']);
  });

  it('numbers of controllers follow from their places', () => {
    const def = parseDomain(guest({ machine: 'q35', devices: disks(9) }), optionFor('x86_64'));
    const targets = def.devices.controller.flatMap((one) => (one.type === 'pci' && one.target ? [one.target] : []));
    expect(targets.map(({ chassis, port }) => [chassis, port])).toEqual(
      Array.from({ length: 10 }, (_, i) => [i + 1, 8 + i]),
    );
    const expanders = define(
      guest({ devices: pci('pci-expander-bus', 1) + pci('pci-expander-bus', 2) }),
      optionFor('x86_64'),
    );
    expect(
      expanders.devices.controller.flatMap((one) =>
        one.type === 'pci' && one.target?.busNr ? [one.target.busNr] : [],
      ),
    ).toEqual([254, 252]);
  });
});
