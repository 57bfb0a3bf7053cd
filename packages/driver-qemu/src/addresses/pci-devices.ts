import type {
  BootableInfo,
  ControllerDef,
  DeviceInfo,
  DomainDef,
  HostdevDef,
  InterfaceDef,
  PciAddress,
  PciLocation,
} from '@virtkit/core/conf';
import { isPciAddressEmpty, PciConnect as C } from '@virtkit/core/conf';
import { isPSeries } from '../machine.js';
import {
  controllerNeeds,
  diskNeeds,
  filesystemNeeds,
  hostdevNeeds,
  interfaceNeeds,
  type HostPci,
  modelNeeds,
  type PciNeeds,
  soundNeeds,
  videoNeeds,
} from './pci-flags.js';

/** A device that is, or will be, on a PCI bus. */
export interface PciDevice {
  readonly kind: keyof DomainDef['devices'];
  readonly device: DeviceInfo | BootableInfo;
  /** What it needs of its bus: see PciConnect. */
  readonly needs: number;
  /** Devices of different groups do not share a bus on pSeries. */
  readonly group?: number;
}

/** True if an address is there and names a place. */
export function hasPciAddress(device: DeviceInfo): device is DeviceInfo & { address: PciAddress } {
  return device.address?.type === 'pci' && !isPciAddressEmpty(device.address);
}

/** True if the device's address is for assignment to choose: none is given, or one of all zeros. */
export function wantsPciAddress(device: DeviceInfo): boolean {
  return device.address === undefined || (device.address.type === 'pci' && isPciAddressEmpty(device.address));
}

/** qemuDomainFillDeviceIsolationGroup: on pSeries a host device shares its bus with devices of its IOMMU group only. */
function isolationGroups(def: DomainDef, { iommuGroup }: HostPci): (device: InterfaceDef | HostdevDef) => number {
  if (!isPSeries(def)) return () => 0;
  return (device) => {
    if (device.type !== 'hostdev' && device.type !== 'pci') return 0;
    const address = device.source?.address;
    if (address === undefined || !('slot' in address)) return 0;
    const group = iommuGroup?.(address as PciLocation);
    return group === undefined ? 0 : group + 1;
  };
}

/** Sound cards that are elsewhere. */
const NOT_ON_PCI: ReadonlySet<string> = new Set(['sb16', 'pcspk', 'usb']);
/** Controllers that there is no place for. */
const UNPLACEABLE: ReadonlySet<string> = new Set(['isa', 'xenbus']);

/** All PCI devices of a domain but its PCI controllers, in the order in which they get their addresses. */
export function pciDevices(def: DomainDef, needs: PciNeeds, host: HostPci): PciDevice[] {
  const { devices } = def;
  const found: PciDevice[] = [];
  const add = (kind: PciDevice['kind'], device: DeviceInfo, need: number, group = 0): void => {
    if (need !== 0) found.push({ kind, device, needs: need, ...(group !== 0 && { group }) });
  };
  /** As `add`; a device without an address is looked a place for even if there is none that it fits. */
  const addAnyway = (kind: PciDevice['kind'], device: DeviceInfo, need: number, group = 0): void => {
    if (need !== 0 || wantsPciAddress(device)) found.push({ kind, device, needs: need, ...(group !== 0 && { group }) });
  };
  const groupOf = isolationGroups(def, host);
  for (const device of devices.filesystem) addAnyway('filesystem', device, filesystemNeeds(device, needs));
  for (const device of devices.interface)
    if (device.type !== 'hostdev') addAnyway('interface', device, interfaceNeeds(device, needs));
  for (const device of devices.sound)
    (NOT_ON_PCI.has(device.model) ? add : addAnyway)('sound', device, soundNeeds(device, needs));
  for (const device of devices.controller)
    if (device.type !== 'pci')
      (UNPLACEABLE.has(device.type) ? addAnyway : add)('controller', device, controllerNeeds(device, needs));
  for (const device of devices.disk) add('disk', device, diskNeeds(device, needs));
  for (const device of devices.interface)
    if (device.type === 'hostdev' && device.source?.address?.type !== 'usb')
      add('interface', device, interfaceNeeds(device, needs), groupOf(device));
  for (const device of devices.hostdev) add('hostdev', device, hostdevNeeds(device, needs, host), groupOf(device));
  const { memballoon } = devices;
  if (memballoon !== undefined && memballoon.model !== 'none')
    addAnyway('memballoon', memballoon, modelNeeds(memballoon.model, needs));
  for (const device of devices.rng) add('rng', device, modelNeeds(device.model, needs));
  for (const device of devices.watchdog) add('watchdog', device, device.model === 'i6300esb' ? needs.pci : 0);
  for (const device of devices.video) add('video', device, videoNeeds(device, needs));
  for (const device of devices.shmem) add('shmem', device, needs.pci);
  for (const device of devices.input)
    add('input', device, device.bus === 'virtio' ? modelNeeds(device.model ?? 'virtio', needs) : 0);
  for (const device of devices.serial)
    add('serial', device, device.target?.model?.name === 'pci-serial' ? needs.pci : 0);
  if (devices.iommu?.model === 'virtio') add('iommu', devices.iommu, needs.virtio | C.INTEGRATED);
  if (devices.vsock !== undefined) add('vsock', devices.vsock, modelNeeds(devices.vsock.model, needs));
  for (const device of devices.memory)
    add('memory', device, device.model === 'virtio-mem' || device.model === 'virtio-pmem' ? needs.virtio : 0);
  for (const device of devices.crypto) add('crypto', device, needs.virtio);
  return found;
}

export type PciController = Extract<ControllerDef, { type: 'pci' }>;

/** The PCI controllers of a domain, by index. */
export function pciControllers(def: DomainDef): PciController[] {
  return def.devices.controller.filter((controller): controller is PciController => controller.type === 'pci');
}
