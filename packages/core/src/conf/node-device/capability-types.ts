import type { InterfaceLinkState } from '../interface/index.js';
import type { MdevType, NamedId, PciCapability } from './pci.js';

/** virNodeDevCapSystem */
export interface SystemCapability {
  product?: string;
  hardware: { vendor?: string; version?: string; serial?: string; uuid: string };
  firmware?: { vendor?: string; version?: string; release_date?: string };
}

/** virNodeDevCapUSBDev */
export interface UsbDeviceCapability {
  bus: number;
  device: number;
  product: NamedId;
  vendor: NamedId;
}

/** virNodeDevCapUSBIf */
export interface UsbInterfaceCapability {
  number: number;
  class: number;
  subclass: number;
  protocol: number;
  description?: string;
}

/** virNodeDevCapNet */
export interface NetCapability {
  interface: string;
  address?: string;
  link?: { speed?: number; state?: InterfaceLinkState };
  feature?: { name: string }[];
  capability?: ({ type: '80203' } | { type: '80211' })[];
}

export type ScsiHostAbility =
  | { type: 'fc_host'; wwnn?: string; wwpn?: string; fabric_wwn?: string }
  | { type: 'vport_ops'; max_vports: number; vports: number };

/** virNodeDevCapSCSIHost */
export interface ScsiHostCapability {
  host?: number;
  unique_id?: number;
  capability?: ScsiHostAbility[];
}

export interface ScsiTargetAbility {
  type: 'fc_remote_port';
  rport: string;
  wwpn: string;
}

/** virNodeDevCapSCSITarget */
export interface ScsiTargetCapability {
  target: string;
  capability?: ScsiTargetAbility[];
}

/** virNodeDevCapSCSI */
export interface ScsiCapability {
  host: number;
  bus: number;
  target: number;
  lun: number;
  /** `<type>`: disk, cdrom, … */
  scsiType?: string;
}

export type StorageAbility =
  | {
      type: 'removable';
      media_available: number;
      media_size: number;
      media_label?: string;
      logical_block_size?: number;
      num_blocks?: number;
    }
  | { type: 'hotpluggable' };

/** virNodeDevCapStorage */
export interface StorageCapability {
  block: string;
  bus?: string;
  drive_type?: string;
  model?: string;
  vendor?: string;
  serial?: string;
  capability?: StorageAbility[];
  size?: number;
  logical_block_size?: number;
  num_blocks?: number;
}

/** virNodeDevCapMdev */
export interface MdevCapability {
  /** `<type id='…'>`; named apart from the capability's own type. */
  mdevType: { id: string };
  uuid?: string;
  parent_addr?: string;
  iommuGroup: { number: number };
  attr?: { name: string; value: string }[];
}

export interface ChannelAddress {
  cssid: number;
  ssid: number;
  devno: number;
}

export interface MdevParent {
  type: 'mdev_types';
  types: MdevType[];
}

/** virNodeDevCapCCW */
export interface CcwCapability extends ChannelAddress {
  channel_dev_addr?: ChannelAddress;
  capability?: MdevParent[];
}

/** virNodeDevCapAPMatrix */
export interface MatrixCapability {
  capability?: MdevParent[];
}

/** virNodeDevCapDef */
export type NodeDeviceCapability =
  | ({ type: 'system' } & SystemCapability)
  | ({ type: 'pci' } & PciCapability)
  | ({ type: 'usb_device' } & UsbDeviceCapability)
  | ({ type: 'usb' } & UsbInterfaceCapability)
  | ({ type: 'net' } & NetCapability)
  | ({ type: 'scsi_host' } & ScsiHostCapability)
  | ({ type: 'scsi_target' } & ScsiTargetCapability)
  | ({ type: 'scsi' } & ScsiCapability)
  | ({ type: 'storage' } & StorageCapability)
  | { type: 'scsi_generic'; char: string }
  | { type: 'drm'; kind: string }
  | ({ type: 'mdev' } & MdevCapability)
  | ({ type: 'ccw' } & ChannelAddress)
  | ({ type: 'css' } & CcwCapability)
  | { type: 'vdpa'; chardev: string }
  | { type: 'ap_card'; 'ap-adapter': number }
  | { type: 'ap_queue'; 'ap-adapter': number; 'ap-domain': number }
  | ({ type: 'ap_matrix' } & MatrixCapability);
