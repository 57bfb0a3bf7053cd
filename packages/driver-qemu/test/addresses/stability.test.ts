import {
  type DeviceInfo,
  type DomainDef,
  domainDevices,
  formatDomainDevice,
  PCI_CONTROLLERS,
} from '@virtkit/core/conf';
import { LibvirtError } from '@virtkit/core/util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatQemuDomain } from '../../src/xml/index.js';
import { hasRecordedCaps, optionWith, recordedCaps } from '../support/recorded-caps.js';
import { changed, define, disk, guest, net } from './support.js';

const CAPS = '7.2.0.x86_64';

/** Devices of all kinds that can be attached; each is made different by its number. */
const KINDS: readonly ((n: number) => string)[] = [
  (n) => disk(`vd${letters(n)}`),
  (n) => disk(`sd${letters(n)}`, 'sata'),
  (n) => disk(`sd${letters(n)}`, 'scsi'),
  (n) => interfaceOf(n, 'virtio'),
  (n) => interfaceOf(n, 'e1000'),
  (n) => interfaceOf(n, 'e1000e'),
  (n) => interfaceOf(n, 'virtio-transitional'),
  (n) => `<controller type='scsi' index='${n + 20}' model='virtio-scsi'/>`,
  (n) => `<controller type='virtio-serial' index='${n + 20}'/>`,
  () => "<sound model='ac97'/>",
  () => "<rng model='virtio'><backend model='random'/></rng>",
  () => "<input type='tablet' bus='virtio'/>",
  (n) => `<filesystem type='mount'><source dir='/d${n}'/><target dir='t${n}'/></filesystem>`,
];
const letters = (n: number): string =>
  (n < 26 ? '' : String.fromCharCode(96 + Math.floor(n / 26))) + String.fromCharCode(97 + (n % 26));
const interfaceOf = (n: number, model: string): string =>
  net('', model).replace('00:01', `01:${(n + 1).toString(16).padStart(2, '0')}`);

type Step = { readonly kind: number; readonly remove: boolean };
const steps = fc.array(fc.record({ kind: fc.nat(KINDS.length - 1), remove: fc.boolean() }), {
  minLength: 1,
  maxLength: 25,
});

/** Every PCI device with its address, as a text. */
function places(def: DomainDef): string[] {
  return [...domainDevices(def)]
    .filter(({ device }) => (device as DeviceInfo).address?.type === 'pci')
    .map((item) => `${item.kind} ${formatDomainDevice(item).replaceAll(" multifunction='on'", '')}`)
    .sort();
}

function checkSound(def: DomainDef): void {
  const seen = new Set<string>();
  const buses = new Map(
    def.devices.controller.flatMap((one) => (one.type === 'pci' ? [[one.index, one] as const] : [])),
  );
  for (const { device } of domainDevices(def)) {
    const { address } = device as DeviceInfo;
    if (address?.type !== 'pci') continue;
    const text = `${address.bus}:${address.slot}.${address.function}`;
    expect(seen).not.toContain(text);
    seen.add(text);
    const model = buses.get(address.bus)?.model;
    expect(model).toBeDefined();
    const { minSlot, maxSlot } = PCI_CONTROLLERS[model!];
    expect(address.slot).toBeGreaterThanOrEqual(minSlot);
    expect(address.slot).toBeLessThanOrEqual(maxSlot);
  }
  for (const { index, address } of buses.values())
    if (address?.type === 'pci' && index > 0) expect(address.bus).toBeLessThan(index);
}

describe.skipIf(!hasRecordedCaps(CAPS))('PCI addresses: stability', () => {
  const option = hasRecordedCaps(CAPS) ? optionWith(recordedCaps(CAPS)) : undefined;

  const run = (machine: 'pc' | 'q35', list: readonly Step[]): void => {
    let def = define(guest({ machine }), option!);
    const present: string[] = [];
    for (const [n, { kind, remove }] of list.entries()) {
      const before = new Set(places(def));
      const gone = remove ? present.shift() : undefined;
      const attach = KINDS[kind]!(n);
      try {
        def = changed(def, option!, gone === undefined ? { attach } : { detach: gone });
      } catch (error) {
        // A machine may be full, and two of a kind may be the same: what cannot be attached is refused, nothing else.
        if (!LibvirtError.is(error)) throw error;
        continue;
      }
      if (gone === undefined) present.push(attach);
      checkSound(def);
      const after = new Set(places(def));
      const moved = [...before].filter((place) => !after.has(place));
      // At most the one that was taken away is no longer where it was.
      expect(moved.length).toBeLessThanOrEqual(gone === undefined ? 0 : 1);
    }
    const text = formatQemuDomain(define(formatQemuDomain(def, option!), option!), option!);
    expect(formatQemuDomain(define(text, option!), option!)).toBe(text);
  };

  it.each(['pc', 'q35'] as const)('no device of a %s moves when others come and go', (machine) => {
    fc.assert(
      fc.property(steps, (list) => run(machine, list)),
      { numRuns: 25 },
    );
  });

  it('a definition read again is the same', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('pc' as const, 'q35' as const),
        fc.array(fc.nat(KINDS.length - 1), { maxLength: 40 }),
        (machine, kinds) => {
          const devices = kinds.map((kind, n) => KINDS[kind]!(n)).join('');
          const def = define(guest({ machine, devices }), option!);
          checkSound(def);
          expect(places(define(formatQemuDomain(def, option!), option!))).toEqual(places(def));
        },
      ),
      { numRuns: 40 },
    );
  });
});
