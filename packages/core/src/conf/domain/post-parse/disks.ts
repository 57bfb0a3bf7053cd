import type { DriveAddress } from '../common/address.js';
import type { StorageSource } from '../common/storage-source.js';
import { unsupported, wrong } from '../common/problems.js';
import type { DiskBus, DiskDef } from '../devices/disk.js';
import type { DomainDef } from '../domain-def.js';

/** virDiskNameParse: the number in a name like `sdc1` (2); undefined if it is no such name. */
export function diskIndex(dev: string): number | undefined {
  const match = /^(?:fd|hd|vd|sd|xvd|ubd)([a-z]+)(\d*)$/.exec(dev);
  if (match === null) return undefined;
  const letters = match[1] as string;
  let index = 0;
  for (let i = 0; i < letters.length; i++) index = (index + (i > 0 ? 1 : 0)) * 26 + letters.charCodeAt(i) - 97;
  return index;
}

/** Where the image of a disk is, as text: for messages. */
export function sourcePath(disk: StorageSource): string | undefined {
  const { source } = disk;
  if (source === undefined) return undefined;
  if ('file' in source) return source.file;
  if ('dev' in source) return source.dev;
  if ('dir' in source) return source.dir;
  if ('path' in source) return source.path;
  return 'name' in source ? source.name : undefined;
}

/** virStorageSourceIsEmpty: no medium, or none that can be found. */
export function isEmptySource(disk: StorageSource): boolean {
  if (disk.source === undefined) return true;
  if (disk.type === 'file') return disk.source.file === undefined;
  if (disk.type === 'block') return disk.source.dev === undefined;
  return disk.type === 'dir' && disk.source.dir === undefined;
}

const BUS_BY_PREFIX: readonly (readonly [string, DiskBus])[] = [
  ['fd', 'fdc'],
  ['hd', 'ide'],
  ['sd', 'scsi'],
  ['vd', 'virtio'],
  ['xvd', 'xen'],
  ['ubd', 'uml'],
];

/** What a disk's parse has to settle before anything else can be said about it. */
export function settleDisk(disk: DiskDef): void {
  const { target } = disk;
  const dev = target?.dev;
  if (target !== undefined && dev && target.bus === undefined) {
    const bus = disk.device === 'floppy' ? 'fdc' : BUS_BY_PREFIX.find(([prefix]) => dev.startsWith(prefix))?.[1];
    if (bus !== undefined) target.bus = bus;
  }
}

/** Disks of one bus stand together, by their names' order; here a bus that is not said is one of its own. */
export function orderDisks(def: DomainDef): void {
  const ordered: PlacedDisk[] = [];
  for (const disk of def.devices.disk) place(ordered, placed(disk));
  def.devices.disk = ordered.map(({ disk }) => disk);
  for (const disk of def.devices.disk) settleDisk(disk);
}

/** virDomainDiskInsert: puts a disk where it belongs among the others. */
export function insertDisk(disks: DiskDef[], disk: DiskDef): void {
  const ordered = disks.map(placed);
  disks.splice(place(ordered, placed(disk)), 0, disk);
}

interface PlacedDisk {
  readonly disk: DiskDef;
  readonly bus: DiskBus | undefined;
  readonly index: number;
}

const placed = (disk: DiskDef): PlacedDisk => ({
  disk,
  bus: disk.target?.bus,
  index: diskIndex(disk.target?.dev ?? '') ?? -1,
});

function place(disks: PlacedDisk[], disk: PlacedDisk): number {
  let at = -1;
  for (let i = disks.length - 1; i >= 0; i--) {
    const other = disks[i] as PlacedDisk;
    if (other.bus !== disk.bus) continue;
    if (other.index > disk.index) at = i;
    else if (at < 0) at = i + 1;
  }
  if (at < 0) at = disks.length;
  disks.splice(at, 0, disk);
  return at;
}

/** virDomainDiskDefAssignAddress: drives are addressed by their names. */
export function assignDriveAddress(disk: DiskDef, def: DomainDef, wideScsi: boolean): void {
  if (disk.address !== undefined) return;
  const dev = disk.target?.dev;
  if (dev && diskIndex(dev) === undefined) throw wrong(`Unknown disk name '${dev}' and no address specified`);
  const address = driveAddress(disk, wideScsi);
  if (address === undefined) return;
  if (disk.target?.bus === 'scsi' && isUsedByHostdev(def, address))
    throw unsupported(
      `using disk target name '${disk.target.dev}' conflicts with SCSI host device address controller='${address.controller}' bus='${address.bus}' target='${address.target}' unit='${address.unit}'`,
    );
  disk.address = address;
}

function driveAddress({ target }: DiskDef, wideScsi: boolean): DriveAddress | undefined {
  const index = diskIndex(target?.dev ?? '');
  if (index === undefined) return undefined;
  const place = (controller: number, bus: number, targetId: number, unit: number): DriveAddress => ({
    type: 'drive',
    controller,
    bus,
    target: targetId,
    unit,
  });
  switch (target?.bus) {
    case 'scsi': {
      const perBus = wideScsi ? 15 : 7;
      const unit = index % perBus;
      // The seventh is the controller itself.
      return place(Math.floor(index / perBus), 0, 0, wideScsi && unit >= 7 ? unit + 1 : unit);
    }
    case 'ide':
      return place(Math.floor(index / 4), Math.floor((index % 4) / 2), 0, index % 2);
    case 'sata':
      return place(Math.floor(index / 6), 0, 0, index % 6);
    case 'fdc':
      return place(Math.floor(index / 2), 0, 0, index % 2);
    default:
      return undefined;
  }
}

const samePlace = (address: { type: string } | undefined, place: DriveAddress): boolean => {
  if (address?.type !== 'drive') return false;
  const other = address as DriveAddress;
  return (
    other.controller === place.controller &&
    other.bus === place.bus &&
    other.target === place.target &&
    other.unit === place.unit
  );
};

const isUsedByHostdev = ({ devices }: DomainDef, place: DriveAddress): boolean =>
  devices.hostdev.some(({ type, address }) => type === 'scsi' && samePlace(address, place));

const isUsedByDisk = ({ devices }: DomainDef, place: DriveAddress): boolean =>
  devices.disk.some(({ target, address }) => target?.bus === 'scsi' && samePlace(address, place));

/** virDomainHostdevAssignAddress: the first free unit of the first SCSI controller that has one. */
export function scsiHostdevAddress(def: DomainDef, wideScsi: boolean): DriveAddress {
  const units = wideScsi ? 16 : 7;
  for (let n = 0; ; n++) {
    const unit = n % units;
    const place: DriveAddress = { type: 'drive', controller: Math.floor(n / units), bus: 0, target: 0, unit };
    if (unit !== 7 && !isUsedByDisk(def, place) && !isUsedByHostdev(def, place)) return place;
  }
}
