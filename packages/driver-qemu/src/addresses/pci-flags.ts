import {
  type ControllerDef,
  type DomainDef,
  type HostdevDef,
  PCI_CONTROLLERS,
  PciConnect as C,
} from '@virtkit/core/conf';
import { hasPcieRoot } from '../machine.js';

/** Says whether a host device is PCI Express; undefined where the host does not know it. */
export type IsPcieDevice = (address: {
  domain: number;
  bus: number;
  slot: number;
  function: number;
}) => boolean | undefined;

/** What the host says of its own PCI devices. */
export interface HostPci {
  readonly isPcie: IsPcieDevice;
  /** The IOMMU group of a device: what is in one group is given to one guest. Undefined where the host knows none. */
  readonly iommuGroup?: ((address: Parameters<IsPcieDevice>[0]) => number | undefined) | undefined;
}

/** What devices of a kind need of their bus in this domain: conventional, Express, and virtio devices. */
export interface PciNeeds {
  readonly pci: number;
  readonly pcie: number;
  readonly virtio: number;
}

/** The three kinds of needs; in a domain without pcie-root all are conventional. */
export function pciNeeds(def: DomainDef): PciNeeds {
  const pci = C.PCI_DEVICE | C.AUTOASSIGN;
  const pcie = hasPcieRoot(def) ? C.PCIE_DEVICE | C.AUTOASSIGN : pci;
  return { pci, pcie, virtio: pcie };
}

const TRANSITIONAL = 'virtio-transitional';
/** Virtio devices as they are, and the transitional ones, which are conventional PCI devices. */
const virtio = (needs: PciNeeds, model: string | undefined): number =>
  model === TRANSITIONAL ? needs.pci : needs.virtio;

const SCSI_PCI = new Set(['vmpvscsi', 'lsilogic', 'lsisas1068', 'lsisas1078', 'dc390', 'am53c974']);
const SCSI_VIRTIO = new Set(['virtio-scsi', TRANSITIONAL, 'virtio-non-transitional']);
const NO_PCI_SOUND = new Set(['sb16', 'pcspk', 'usb', 'ich7']);
const NO_PCI_NET = new Set(['usb-net', 'spapr-vlan']);
const PCI_NET = new Set([
  'netfront',
  'lan9118',
  'scm91c111',
  'rtl8139',
  'e1000',
  'vlance',
  'vmxnet',
  'vmxnet2',
  'vmxnet3',
  'Am79C970A',
  'Am79C973',
  '82540EM',
  '82545EM',
  '82543GC',
]);
const PCI_VIDEO = new Set(['vga', 'cirrus', 'vmvga', 'xen', 'vbox', 'qxl', 'parallels']);

/** What a controller needs; 0 for one that is no PCI device. */
export function controllerNeeds(controller: ControllerDef, needs: PciNeeds): number {
  switch (controller.type) {
    case 'pci':
      return controller.model === undefined ? 0 : PCI_CONTROLLERS[controller.model].needs;
    case 'usb':
      switch (controller.model) {
        case 'nec-xhci':
        case 'qemu-xhci':
          return needs.pcie;
        case undefined:
        case 'none':
        case 'qusb1':
        case 'qusb2':
          return 0;
        default:
          return needs.pci;
      }
    case 'scsi': {
      const { model } = controller;
      if (model === undefined) return 0;
      return SCSI_VIRTIO.has(model) ? virtio(needs, model) : SCSI_PCI.has(model) ? needs.pci : 0;
    }
    case 'ide':
      // The first one is part of the chipset; machines without it have none at all.
      return controller.index === 0 ? 0 : needs.pci;
    case 'sata':
      return needs.pci;
    case 'virtio-serial':
      return virtio(needs, controller.model);
    default:
      return 0;
  }
}

type Devices = DomainDef['devices'];

/** Drivers of the host's own kernel, for containers. */
const HOST_FILESYSTEMS: ReadonlySet<string> = new Set(['loop', 'nbd', 'ploop']);

export const filesystemNeeds = (device: Devices['filesystem'][number], needs: PciNeeds): number =>
  device.driver?.type === 'virtiofs'
    ? needs.pcie
    : HOST_FILESYSTEMS.has(device.driver?.type ?? '')
      ? 0
      : virtio(needs, device.model);

export function interfaceNeeds(device: Devices['interface'][number], needs: PciNeeds): number {
  const model = device.model?.type;
  if (device.type === 'hostdev' || (device.type === 'network' && model === undefined)) return needs.pcie;
  switch (model) {
    case 'virtio':
    case TRANSITIONAL:
    case 'virtio-non-transitional':
      return virtio(needs, model);
    default:
      if (model !== undefined && NO_PCI_NET.has(model)) return 0;
      // A model that nobody knows is taken for a new one.
      return model !== undefined && PCI_NET.has(model) ? needs.pci : needs.pcie;
  }
}

export const soundNeeds = (device: Devices['sound'][number], needs: PciNeeds): number =>
  NO_PCI_SOUND.has(device.model) ? 0 : needs.pci;

export const diskNeeds = (device: Devices['disk'][number], needs: PciNeeds): number =>
  device.target?.bus === 'virtio' ? virtio(needs, device.model) : 0;

export function hostdevNeeds(device: HostdevDef, needs: PciNeeds, { isPcie }: HostPci): number {
  switch (device.type) {
    case 'pci':
      return isPcie(device.source.address) === false ? needs.pci : needs.pcie;
    case 'mdev':
      return device.model === 'vfio-pci' ? needs.pcie : 0;
    case 'scsi_host':
      return virtio(needs, device.model);
    default:
      return 0;
  }
}

export function videoNeeds(device: Devices['video'][number], needs: PciNeeds): number {
  const type = device.model?.type;
  if (type === 'virtio') return needs.virtio;
  if (type === 'bochs') return needs.pcie;
  return type !== undefined && PCI_VIDEO.has(type) ? needs.pci : 0;
}

/** Devices whose model says all: virtio ones, their transitional form, and models that are no PCI devices. */
export function modelNeeds(model: string | undefined, needs: PciNeeds): number {
  return model === 'virtio' || model === TRANSITIONAL || model === 'virtio-non-transitional' ? virtio(needs, model) : 0;
}
