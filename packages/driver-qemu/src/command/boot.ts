import type { DeviceInfo, DiskDef, DomainDef } from '@virtkit/core/conf';
import type { ArgList } from './arg-list.js';
import { escapeComma } from './arg-list.js';

/** Numbers by which firmware tries devices; a device is asked for its own. */
export type BootIndexes = ReadonlyMap<object, number>;

const BOOT_KINDS = { cdrom: 'cdrom', floppy: 'fd' } as const;

/** qemuProcessPrepareDomainBootIndexes…: the order of booting, from devices or from `<boot dev=''/>`. */
export function bootIndexes(def: DomainDef): BootIndexes {
  const { devices, os } = def;
  const indexes = new Map<object, number>();
  const bootable: (DeviceInfo & { boot?: { order: number } })[] = [
    ...devices.disk,
    ...devices.interface,
    ...devices.hostdev,
    ...devices.redirdev,
    ...devices.filesystem,
  ];
  for (const device of bootable) if (device.boot !== undefined) indexes.set(device, device.boot.order);
  if (indexes.size > 0) return indexes;
  for (const [place, { dev }] of os.boot.entries()) {
    const device =
      dev === 'network'
        ? devices.interface[0]
        : devices.disk.find((disk) => (BOOT_KINDS[disk.device as keyof typeof BOOT_KINDS] ?? 'hd') === dev);
    // A kind that is named twice is tried where it is named last.
    if (device !== undefined) indexes.set(device, place + 1);
  }
  return indexes;
}

export const bootIndexOf = (indexes: BootIndexes, device: object): { bootindex?: number } => {
  const bootindex = indexes.get(device);
  return bootindex === undefined ? {} : { bootindex };
};

/** qemuBuildBootCommandLine */
export function addBoot(args: ArgList, def: DomainDef): void {
  const { os } = def;
  const words: string[] = [];
  if (os.bootmenu?.enable !== undefined) {
    words.push(`menu=${os.bootmenu.enable ? 'on' : 'off'}`);
    if (os.bootmenu.enable && os.bootmenu.timeout !== undefined) words.push(`splash-time=${os.bootmenu.timeout}`);
  }
  if (os.bios?.rebootTimeout !== undefined) words.push(`reboot-timeout=${os.bios.rebootTimeout}`);
  words.push('strict=on');
  args.add('-boot', words.join(','));
  if (os.kernel !== undefined) args.add('-kernel', os.kernel);
  if (os.initrd !== undefined) args.add('-initrd', os.initrd);
  if (os.cmdline !== undefined) args.add('-append', os.cmdline);
  if (os.dtb !== undefined) args.add('-dtb', os.dtb);
  for (const { path, type } of os.acpi?.table ?? [])
    if (type === 'slic') args.add('-acpitable', `sig=SLIC,file=${escapeComma(path)}`);
}

export const isFloppy = (disk: DiskDef): boolean => disk.target?.bus === 'fdc';
