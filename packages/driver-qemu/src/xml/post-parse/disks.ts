import type { DiskDef } from '@virtkit/core/conf';

/** qemuDomainDeviceDiskDefPostParse: QEMU reads a disk as raw bytes unless told what format it has. */
export function postParseDisk(disk: DiskDef): void {
  if (disk.type === 'vhostuser') return;
  const driver = (disk.driver ??= {});
  driver.name ??= 'qemu';
  if (disk.type !== 'dir' || driver.type === undefined) driver.type ??= disk.type === 'dir' ? 'fat' : 'raw';
}
