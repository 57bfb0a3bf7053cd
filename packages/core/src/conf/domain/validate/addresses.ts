import type { DriveAddress } from '../common/address.js';
import { unsupported } from '../common/problems.js';
import type { DiskDef } from '../devices/disk.js';
import type { DomainDef } from '../domain-def.js';

const samePlace = (a: DriveAddress, b: DriveAddress): boolean =>
  a.controller === b.controller && a.bus === b.bus && a.target === b.target && a.unit === b.unit;

const drive = (device: { address?: unknown }): DriveAddress | undefined => {
  const address = device.address as DriveAddress | undefined;
  return address?.type === 'drive' ? address : undefined;
};

/** virDomainDefDuplicateDriveAddressesValidate */
export function checkAddresses({ devices }: DomainDef): void {
  const disks = devices.disk.filter((disk) => drive(disk) !== undefined);
  disks.forEach((disk, i) => {
    const place = drive(disk) as DriveAddress;
    for (const other of disks.slice(i + 1))
      if (other.target?.bus === disk.target?.bus && samePlace(place, drive(other) as DriveAddress))
        throw duplicate(disk, place);
  });
  const hostdevs = devices.hostdev.filter((hostdev) => hostdev.type === 'scsi' && drive(hostdev) !== undefined);
  hostdevs.forEach((hostdev, i) => {
    const place = drive(hostdev) as DriveAddress;
    const at = `controller='${place.controller}' bus='${place.bus}' target='${place.target}' unit='${place.unit}'`;
    if (hostdevs.slice(i + 1).some((other) => samePlace(place, drive(other) as DriveAddress)))
      throw unsupported(`SCSI host address ${at} in use by another SCSI host device`);
    if (disks.some((disk) => disk.target?.bus === 'scsi' && samePlace(place, drive(disk) as DriveAddress)))
      throw unsupported(`SCSI host address ${at} in use by another SCSI disk`);
  });
}

function duplicate(disk: DiskDef, { controller, bus, target, unit }: DriveAddress): ReturnType<typeof unsupported> {
  return unsupported(
    `Found duplicate drive address for disk with target name '${disk.target?.dev ?? ''}' controller='${controller}' bus='${bus}' target='${target}' unit='${unit}'`,
  );
}
