import type { ControllerDef, DomainDef } from '@virtkit/core/conf';
import type { QemuCaps } from '../capabilities/index.js';
import {
  assignCcwAddresses,
  assignMemorySlots,
  assignSpaprVioAddresses,
  assignVirtioMmioAddresses,
} from './other-buses.js';
import { assignPciAddresses } from './pci-assign.js';
import type { HostPci } from './pci-flags.js';
import { assignUsbAddresses } from './usb.js';
import { assignVirtioSerialAddresses } from './virtio-serial.js';
import { assignZpciIds } from './zpci.js';

export { hostPci } from './host-pcie.js';
export type { HostPci, IsPcieDevice } from './pci-flags.js';

/**
 * qemuDomainAssignAddresses: a place for every device that has none. What is placed stays where it is. `isNew`: the
 * domain's ABI may still be chosen.
 */
export function assignAddresses(def: DomainDef, caps: QemuCaps, host: HostPci, isNew: boolean): void {
  assignVirtioSerialAddresses(def);
  assignSpaprVioAddresses(def);
  assignCcwAddresses(def, caps);
  assignVirtioMmioAddresses(def, caps);
  const controllers = new Set<ControllerDef>(def.devices.controller);
  assignPciAddresses(def, caps, host);
  if (caps.has('zpci')) {
    const added = new Set(def.devices.controller.filter((controller) => !controllers.has(controller)));
    assignZpciIds(def, added);
  }
  // Domains from before there were USB addresses run without.
  if (isNew) assignUsbAddresses(def);
  assignMemorySlots(def);
}
