import { readlinkSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import type { HostPci, IsPcieDevice } from './pci-flags.js';

/** The extended configuration space, which only PCI Express devices have, begins here; in bytes. */
const CONVENTIONAL = 256;

function folderOf({ domain, bus, slot, function: fn }: Parameters<IsPcieDevice>[0]): string {
  const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');
  return `/sys/bus/pci/devices/${hex(domain, 4)}:${hex(bus, 2)}:${hex(slot, 2)}.${fn}`;
}

/** Whether a device of this host is PCI Express; undefined if the host has no such device, or does not tell. */
const hostPcieDevice: IsPcieDevice = ({ domain, bus, slot, function: fn }) => {
  const size = statSync(`${folderOf({ domain, bus, slot, function: fn })}/config`, { throwIfNoEntry: false })?.size;
  return size === undefined ? undefined : size > CONVENTIONAL;
};

/** What this host says of its PCI devices. */
export const hostPci: HostPci = {
  isPcie: hostPcieDevice,
  iommuGroup(address) {
    try {
      return Number(basename(readlinkSync(`${folderOf(address)}/iommu_group`)));
    } catch {
      return undefined;
    }
  },
};
