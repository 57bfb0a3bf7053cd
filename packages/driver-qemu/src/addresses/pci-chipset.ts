import { type DomainDef, PciConnect as C, type PciPlace } from '@virtkit/core/conf';
import { isI440fx, isQ35 } from '../machine.js';
import { type PciNeeds, videoNeeds } from './pci-flags.js';
import type { PciPlacement } from './pci-placement.js';

const at = (slot: number, fn = 0): PciPlace => ({ domain: 0, bus: 0, slot, function: fn });
const OWN = { flags: C.PCI_DEVICE };

/** Devices that the chipset has at fixed places; to be called before given addresses are reserved. */
export function fixChipsetDevices(def: DomainDef, placement: PciPlacement): void {
  for (const controller of def.devices.controller) {
    if (controller.index !== 0) continue;
    const { type } = controller;
    if (isI440fx(def)) {
      if (type === 'ide') placement.fix(controller, at(1, 1), 'Primary IDE controller');
      else if (type === 'usb' && (controller.model ?? 'piix3-uhci') === 'piix3-uhci')
        placement.fix(controller, at(1, 2), 'PIIX3 USB controller');
    } else if (isQ35(def) && type === 'sata') placement.fix(controller, at(0x1f, 2), 'Primary SATA controller');
  }
}

/** Reserves the chipset's places, and puts some devices where a real machine has them. */
export function placeChipsetDevices(def: DomainDef, placement: PciPlacement, needs: PciNeeds): void {
  if (isI440fx(def)) {
    // ISA bridge and power management are there always; IDE and USB share their slot if the guest has them.
    for (const fn of [0, 3]) placement.set.reserve(at(1, fn), OWN, true);
    for (const controller of def.devices.controller)
      if (placement.isFixed(controller)) placement.set.reserve(placement.of(controller) as PciPlace, OWN, true);
    placeFirstVideo(def, placement, needs, at(2));
  } else if (isQ35(def)) placeQ35(def, placement, needs);
}

function placeQ35(def: DomainDef, placement: PciPlacement, needs: PciNeeds): void {
  const { devices } = def;
  for (const controller of devices.controller) {
    if (controller.type === 'sata' && controller.index === 0) placement.set.reserve(at(0x1f, 2), OWN, true);
    if (!placement.isOpen(controller)) continue;
    if (controller.type === 'usb' && controller.model === 'ich9-uhci1')
      placeFirstFree(controller, placement, [at(0x1d), at(0x1a)], C.PCI_DEVICE);
    if (controller.type === 'pci' && controller.model === 'dmi-to-pci-bridge')
      placeFirstFree(controller, placement, [at(0x1e)], C.DMI_TO_PCI_BRIDGE);
  }
  // LPC bridge and SMBus
  for (const own of [at(0x1f, 0), at(0x1f, 3)]) placement.set.reserve(own, OWN, true);
  placeFirstVideo(def, placement, needs, at(1));
  const sound = devices.sound.find(({ model }) => model === 'ich9');
  if (sound !== undefined && placement.isOpen(sound)) placeFirstFree(sound, placement, [at(0x1b)], C.PCI_DEVICE);
}

/** The first video device has a place of its own where firmware looks for it; whatever its kind, if it is free. */
function placeFirstVideo(def: DomainDef, placement: PciPlacement, needs: PciNeeds, preferred: PciPlace): void {
  const [video] = def.devices.video;
  const flags = video === undefined ? 0 : videoNeeds(video, needs);
  if (video === undefined || flags === 0 || !placement.isOpen(video)) return;
  if (placement.set.slotInUse(preferred)) placement.next(video, { flags });
  else placement.take(video, preferred, { flags });
}

function placeFirstFree(
  device: Parameters<PciPlacement['take']>[0],
  placement: PciPlacement,
  places: readonly PciPlace[],
  flags: number,
): void {
  const free = places.find((candidate) => !placement.set.slotInUse(candidate));
  if (free !== undefined) placement.take(device, free, { flags });
}
