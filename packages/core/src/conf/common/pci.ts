/** A PCI address' four numbers. */
export interface PciNumbers {
  domain: number;
  bus: number;
  slot: number;
  function: number;
}

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');

/** virPCIDeviceAddressAsString: as sysfs names the device. */
export const formatPci = (pci: PciNumbers): string =>
  `${hex(pci.domain, 4)}:${hex(pci.bus, 2)}:${hex(pci.slot, 2)}.${pci.function.toString(16)}`;
