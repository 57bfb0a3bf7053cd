import type { HostReader } from '@virtkit/core/util';
import { argumentUnsupported, internalError } from '../errors.js';

const BUS = '/sys/bus/pci';
const STUB = 'vfio-pci';

const folder = (address: string): string => `${BUS}/devices/${address}`;

/** The address in a node device's name; undefined for a device of another bus. */
export function pciAddressOf(name: string): string | undefined {
  const match = /^pci_([0-9a-f]{4})_([0-9a-f]{2})_([0-9a-f]{2})_([0-7])$/.exec(name);
  return match === null ? undefined : `${match[1]}:${match[2]}:${match[3]}.${match[4]}`;
}

/** ARGUMENT_UNSUPPORTED where the host has no IOMMU that would keep a guest's device to the guest. */
export async function assertVfio(reader: HostReader): Promise<void> {
  if ((await reader.names('/sys/kernel/iommu_groups')).length === 0)
    throw argumentUnsupported('VFIO device assignment is currently not supported on this system');
}

/** virHostdevPCINodeDeviceDetach: takes the device from the host's driver, and makes it ready for guests. */
export async function detachFromHost(reader: HostReader, address: string): Promise<void> {
  if ((await reader.link(`${folder(address)}/driver`)) === STUB) return;
  await reader.write(`${folder(address)}/driver_override`, STUB);
  await rebind(reader, address);
  const driver = await reader.link(`${folder(address)}/driver`);
  if (driver === STUB) return;
  await giveBack(reader, address);
  throw internalError(`PCI device ${address} was not taken over by ${STUB}: is the module loaded?`);
}

/** virHostdevPCINodeDeviceReAttach: nothing to do for a device that the host has. */
export async function reattachToHost(reader: HostReader, address: string): Promise<void> {
  if ((await reader.link(`${folder(address)}/driver`)) === STUB) await giveBack(reader, address);
}

async function giveBack(reader: HostReader, address: string): Promise<void> {
  await reader.write(`${folder(address)}/driver_override`, '\n');
  await rebind(reader, address);
}

async function rebind(reader: HostReader, address: string): Promise<void> {
  if ((await reader.link(`${folder(address)}/driver`)) !== undefined)
    await reader.write(`${folder(address)}/driver/unbind`, address);
  await reader.write(`${BUS}/drivers_probe`, address);
}

/** virHostdevPCINodeDeviceReset: the kernel knows how the device is reset, if it can be. */
export async function resetDevice(reader: HostReader, address: string): Promise<void> {
  if (!(await reader.names(folder(address))).includes('reset'))
    throw internalError(`Unable to reset PCI device ${address}: no FLR, PM reset or bus reset available`);
  await reader.write(`${folder(address)}/reset`, '1');
}
