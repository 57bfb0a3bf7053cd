import type { BackingStoreDef, DiskDef, StorageEncryptionDef } from '@virtkit/core/conf';

/** qemuDomainDeviceDiskDefPostParse: QEMU reads a disk as raw bytes unless told what format it has. */
export function postParseDisk(disk: DiskDef): void {
  for (const encryption of encryptionsOf(disk)) encryption.engine ??= 'qemu';
  const driver = (disk.driver ??= {});
  driver.name ??= 'qemu';
  // What a volume is, its pool says at start.
  const isEmptyDrive = disk.source === undefined && (disk.device === 'cdrom' || disk.device === 'floppy');
  if (disk.type !== 'volume' || isEmptyDrive) driver.type ??= 'raw';
}

/** The encryption of every image of a disk: of its own, and of those behind it. */
function encryptionsOf(disk: DiskDef): StorageEncryptionDef[] {
  const found: (StorageEncryptionDef | undefined)[] = [disk.encryption];
  for (let source: DiskDef | BackingStoreDef | undefined = disk; source !== undefined; source = source.backingStore)
    if (source.type !== 'none') found.push(source.source?.encryption);
  return found.filter((encryption) => encryption !== undefined);
}
