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

/** qemuDomainAssignAddresses: a place for every device that has none. What is placed stays where it is. */
export function assignAddresses(def: DomainDef, caps: QemuCaps, isPcie: IsPcieDevice): void {
  assignVirtioSerialAddresses(def);
  assignSpaprVioAddresses(def);
  assignCcwAddresses(def, caps);
  assignVirtioMmioAddresses(def, caps);
  assignPciAddresses(def, caps, isPcie);
  assignUsbAddresses(def);
  assignMemorySlots(def);
}
