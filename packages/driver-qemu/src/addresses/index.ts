import type { DomainDef } from '@virtkit/core/conf';
import type { QemuCaps } from '../capabilities/index.js';
import {
  assignCcwAddresses,
  assignMemorySlots,
  assignSpaprVioAddresses,
  assignVirtioMmioAddresses,
} from './other-buses.js';
import { assignPciAddresses } from './pci-assign.js';
import type { IsPcieDevice } from './pci-flags.js';
import { assignUsbAddresses } from './usb.js';
import { assignVirtioSerialAddresses } from './virtio-serial.js';

export { hostPcieDevice } from './host-pcie.js';
export type { IsPcieDevice } from './pci-flags.js';

/**
 * qemuDomainAssignAddresses: a place for every device that has none. What is placed stays where it is. `isNew`: the
 * domain's ABI may still be chosen.
 */
export function assignAddresses(def: DomainDef, caps: QemuCaps, isPcie: IsPcieDevice, isNew: boolean): void {
  assignVirtioSerialAddresses(def);
  assignSpaprVioAddresses(def);
  assignCcwAddresses(def, caps);
  assignVirtioMmioAddresses(def, caps);
  assignPciAddresses(def, caps, isPcie);
  // Domains from before there were USB addresses run without.
  if (isNew) assignUsbAddresses(def);
  assignMemorySlots(def);
}
