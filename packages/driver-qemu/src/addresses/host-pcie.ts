import { statSync } from 'node:fs';
import type { IsPcieDevice } from './pci-flags.js';

/** The extended configuration space, which only PCI Express devices have, begins here; in bytes. */
const CONVENTIONAL = 256;

/** Whether a device of this host is PCI Express; undefined if the host has no such device, or does not tell. */
export const hostPcieDevice: IsPcieDevice = ({ domain, bus, slot, function: fn }) => {
  const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');
  const name = `${hex(domain, 4)}:${hex(bus, 2)}:${hex(slot, 2)}.${fn}`;
  const size = statSync(`/sys/bus/pci/devices/${name}/config`, { throwIfNoEntry: false })?.size;
  return size === undefined ? undefined : size > CONVENTIONAL;
};
