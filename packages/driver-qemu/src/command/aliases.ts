import {
  type ControllerDef,
  copyDef,
  type DeviceInfo,
  type DiskDef,
  type DomainDef,
  mirrorConsole,
} from '@virtkit/core/conf';
import { hasBuiltinEsp, isQ35 } from '../machine.js';

/** Number of a disk on its bus, from its target's letters: vda is 0, sdb is 1. */
export function diskIndex({ target }: DiskDef): number {
  const letters = /^(?:[fhsv]d|xvd|ubd)([a-z]+)\d*$/.exec(target?.dev ?? '')?.[1] ?? 'a';
  return Array.from(letters).reduce((sum, letter) => sum * 26 + (letter.charCodeAt(0) - 96), 0) - 1;
}

const BUS_PREFIX: Readonly<Record<string, string>> = {
  virtio: 'virtio-disk',
  usb: 'usb-disk',
  xen: 'xenblk',
  sd: 'sd-disk',
};

function diskAlias(disk: DiskDef, def: DomainDef): string {
  const bus = disk.target?.bus ?? 'ide';
  const prefix = BUS_PREFIX[bus];
  if (prefix !== undefined || disk.address?.type !== 'drive') return `${prefix ?? `${bus}-disk`}${diskIndex(disk)}`;
  const { controller, bus: channel, target, unit } = disk.address;
  if (bus !== 'scsi') return `${bus}${controller}-${channel}-${unit}`;
  const model = def.devices.controller.find((c) => c.type === 'scsi' && c.index === controller);
  return model?.type === 'scsi' && model.model === 'lsilogic'
    ? `scsi${controller}-${channel}-${unit}`
    : `scsi${controller}-${channel}-${target}-${unit}`;
}

/** The name of a controller that the board brings; undefined for those that we add. */
export function builtinAlias(def: DomainDef, controller: ControllerDef): string | undefined {
  if (controller.index !== 0) return undefined;
  switch (controller.type) {
    case 'pci':
      if (controller.model === 'pcie-root') return 'pcie.0';
      return 'pci.0';
    case 'ide':
      return 'ide';
    case 'sata':
      return isQ35(def) ? 'ide' : undefined;
    case 'scsi':
      return hasBuiltinEsp(def) ? 'scsi' : undefined;
    default:
      return undefined;
  }
}

function controllerAlias(controller: ControllerDef, def: DomainDef): string {
  const { type, index } = controller;
  const builtin = builtinAlias(def, controller);
  if (builtin !== undefined) return builtin;
  if (type === 'pci') return `pci.${index}`;
  return type === 'usb' && index === 0 ? 'usb' : `${type}${index}`;
}

/** qemuAssignDeviceAliases: a copy in which every device has the name that QEMU knows it by. */
export function assignAliases(config: DomainDef): DomainDef {
  const def = copyDef(config);
  const { devices } = def;
  const set = (device: DeviceInfo, alias: string): void => {
    device.alias ??= { name: alias };
  };
  const numbered = (prefix: string, list: readonly DeviceInfo[]): void =>
    list.forEach((device, index) => set(device, `${prefix}${index}`));
  for (const disk of devices.disk) set(disk, diskAlias(disk, def));
  for (const controller of devices.controller) set(controller, controllerAlias(controller, def));
  // Host devices that are interfaces come first; a name of the domain's own takes no number.
  let hostdevs = 0;
  for (const device of [...devices.interface.filter(({ type }) => type === 'hostdev'), ...devices.hostdev])
    if (device.alias === undefined) set(device, `hostdev${hostdevs++}`);
  numbered('net', devices.interface);
  numbered('fs', devices.filesystem);
  numbered('sound', devices.sound);
  numbered('redir', devices.redirdev);
  numbered('video', devices.video);
  numbered('serial', devices.serial);
  numbered('parallel', devices.parallel);
  numbered('channel', devices.channel);
  // The first console of most guests is their first serial port, and is named like it.
  mirrorConsole(def);
  numbered('console', devices.console);
  numbered('hub', devices.hub);
  numbered('input', devices.input);
  numbered('smartcard', devices.smartcard);
  numbered('rng', devices.rng);
  numbered('tpm', devices.tpm);
  numbered('panic', devices.panic);
  numbered('watchdog', devices.watchdog);
  devices.shmem.forEach((device, index) => set(device, `shmem${index}`));
  numberMemory(devices.memory, set);
  numbered('crypto', devices.crypto);
  if (devices.memballoon !== undefined && devices.memballoon.model !== 'none') set(devices.memballoon, 'balloon0');
  if (devices.nvram !== undefined) set(devices.nvram, 'nvram0');
  if (devices.vsock !== undefined) set(devices.vsock, 'vsock0');
  if (devices.iommu !== undefined) set(devices.iommu, 'iommu0');
  return def;
}

const MEMORY_PREFIX = {
  dimm: 'dimm',
  nvdimm: 'nvdimm',
  'virtio-pmem': 'virtiopmem',
  'virtio-mem': 'virtiomem',
  'sgx-epc': 'epc',
} as const;

/** Modules are named after their slots, the rest counted by kind. */
function numberMemory(memory: DomainDef['devices']['memory'], set: (device: DeviceInfo, alias: string) => void): void {
  const counts = new Map<string, number>();
  for (const device of memory) {
    const prefix = MEMORY_PREFIX[device.model];
    const count = counts.get(prefix) ?? 0;
    counts.set(prefix, count + 1);
    set(device, `${prefix}${device.address?.type === 'dimm' ? device.address.slot : count}`);
  }
}
