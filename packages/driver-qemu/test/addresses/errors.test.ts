import { LibvirtError } from '@virtkit/core/util';
import { describe, expect, it } from 'vitest';
import { hasRecordedCaps, optionWith, recordedCaps } from '../support/recorded-caps.js';
import { at, changed, define, disk, disks, type Guest, guest, net, pci } from './support.js';

const CAPS = '7.2.0.x86_64';

const Q35 = { machine: 'q35' } as const;
const rootPort = (rest = ''): string => pci('pcie-root-port', 1, rest);
const sata = (address: string): string => `<controller type='sata' index='0'>${address}</controller>`;
const address = (attributes: string): string => `<address type='pci' ${attributes}/>`;

// Code, domain and text of libvirt 9.0.0.
const REFUSALS: readonly (readonly [string, Guest, number, number, string])[] = [
  [
    'the same address twice',
    { devices: net(at(0, 5)) + net(at(0, 5)) },
    27,
    20,
    'Attempted double use of PCI Address 0000:00:05.0',
  ],
  ['the bridge of a PC', { devices: net(at(0, 1)) }, 27, 20, 'Attempted double use of PCI Address 0000:00:01.0'],
  [
    'the bridge of q35',
    { ...Q35, devices: net(at(0, 0x1f)) },
    27,
    20,
    'Attempted double use of PCI Address 0000:00:1f.0',
  ],
  [
    'the SATA controller of q35',
    { ...Q35, devices: net(at(0, 0x1f, 2)) },
    27,
    20,
    'Attempted double use of PCI Address 0000:00:1f.2',
  ],
  [
    'another domain',
    { devices: net(address("domain='1' bus='0' slot='5'")) },
    27,
    20,
    'Invalid PCI address 0001:00:05.0. Only PCI domain 0 is available',
  ],
  [
    'a slot that a port has not',
    { ...Q35, devices: rootPort() + net(at(1, 1)) },
    27,
    20,
    'Invalid PCI address 0000:01:01.0. slot must be <= 0',
  ],
  [
    'a slot that no bus has',
    { devices: net(address("slot='0x20'")) },
    27,
    0,
    "Invalid PCI address slot='0x20', must be <= 0x1F",
  ],
  [
    'a function that no slot has',
    { devices: net(address("slot='5' function='8'")) },
    27,
    0,
    'Invalid PCI address function=0x8, must be <= 7',
  ],
  [
    'an endpoint on a switch',
    { ...Q35, devices: rootPort() + pci('pcie-switch-upstream-port', 2) + net(at(2, 0)) },
    27,
    20,
    "The device at PCI address 0000:02:00.0 cannot be plugged into the PCI controller with index='2'. It requires a controller that accepts a PCI Express device.",
  ],
  [
    'a SATA controller elsewhere',
    { ...Q35, devices: sata(at(0, 5)) },
    1,
    10,
    'Primary SATA controller must have PCI address 0:0:1f.2',
  ],
  [
    'a bridge behind itself',
    { devices: pci('pci-bridge', 1, at(2, 1)) + pci('pci-bridge', 2) },
    67,
    10,
    "PCI controller at index 1 (0x01) has bus='0x02', but index must be larger than bus",
  ],
  [
    'the root of another machine',
    { ...Q35, devices: pci('pci-root', 0) },
    27,
    10,
    "The PCI controller with index='0' must be model='pcie-root' for this machine type, but model='pci-root' was found instead",
  ],
  ['no PCI at all', { machine: 'microvm', devices: net(at(0, 5)) }, 27, 20, 'No PCI buses available'],
];

describe.skipIf(!hasRecordedCaps(CAPS))('PCI addresses: what cannot be', () => {
  const option = hasRecordedCaps(CAPS) ? optionWith(recordedCaps(CAPS)) : undefined;
  const refusal = (run: () => unknown): LibvirtError => {
    try {
      run();
    } catch (error) {
      if (LibvirtError.is(error)) return error;
      throw error;
    }
    throw new Error('it was accepted');
  };

  it.each(REFUSALS)('%s', (_what, spec, code, domain, text) => {
    const error = refusal(() => define(guest(spec), option!));
    expect([error.code, error.domain]).toEqual([code, domain]);
    expect(error.detail).toContain(text);
  });

  it('a full root has no room for the bridge that would be needed', () => {
    const all = disks(30).replace(
      /<target dev='[^']+' bus='virtio'\/>/g,
      (() => {
        let slot = 2;
        return (target: string) => target + at(0, slot++);
      })(),
    );
    const def = define(guest({ devices: all }), option!);
    const error = refusal(() => changed(def, option!, { attach: net() }));
    expect([error.code, error.domain]).toEqual([67, 10]);
    expect(error.detail).toContain('index must be larger than bus');
  });

  it('a PCI controller is not attached without saying what it is', () => {
    const def = define(guest(Q35), option!);
    const error = refusal(() => changed(def, option!, { attach: pci('pcie-root-port') }));
    expect([error.code, error.domain]).toEqual([1, 10]);
    expect(error.detail).toContain("Required option 'modelName' is not set");
  });

  it('an address of all zeros is none, and a bus beyond the controllers is made', () => {
    const zero = define(guest({ devices: disk('vda', 'virtio', at(0, 0)) }), option!);
    expect(zero.devices.disk[0]?.address).toMatchObject({ slot: 2 });
    const beyond = define(guest({ devices: net(at(2, 4)) }), option!);
    expect(beyond.devices.controller.filter(({ type }) => type === 'pci')).toHaveLength(3);
  });
});
