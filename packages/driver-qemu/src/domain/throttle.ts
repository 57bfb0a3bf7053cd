import type { DiskDef, DomainDef, IoTuneDef } from '@virtkit/core/conf';
import type { QmpConnection } from '../qmp/index.js';

/** Limits of `<iotune>` by QEMU's names; these must always be said. */
const RATES = {
  total_bytes_sec: 'bps',
  read_bytes_sec: 'bps_rd',
  write_bytes_sec: 'bps_wr',
  total_iops_sec: 'iops',
  read_iops_sec: 'iops_rd',
  write_iops_sec: 'iops_wr',
} as const;

/** What a guest's disk goes by in QEMU's object tree; virtio disks have the drive behind their transport. */
export const throttledDevice = ({ target, alias }: DiskDef): string =>
  target?.bus === 'virtio' ? `/machine/peripheral/${alias?.name ?? ''}/virtio-backend` : (alias?.name ?? '');

/** block_set_io_throttle's arguments for a disk. */
export function throttleArguments(disk: DiskDef, iotune: IoTuneDef): Record<string, number | string> {
  const tune = iotune as Readonly<Record<string, number | string | undefined>>;
  const limits: Record<string, number | string> = { id: throttledDevice(disk) };
  for (const [ours, theirs] of Object.entries(RATES)) {
    limits[theirs] = tune[ours] ?? 0;
    for (const more of ['max', 'max_length']) {
      const value = tune[`${ours}_${more}`];
      if (value !== undefined && value !== 0) limits[`${theirs}_${more}`] = value;
    }
  }
  if (iotune.size_iops_sec !== undefined) limits.iops_size = iotune.size_iops_sec;
  if (iotune.group_name !== undefined) limits.group = iotune.group_name;
  return limits;
}

/** qemuProcessSetupDiskThrottlingBlockdev: limits disks as their `<iotune>` says, before the guest runs. */
export async function throttleDisks(monitor: QmpConnection, { devices }: DomainDef): Promise<void> {
  for (const disk of devices.disk)
    if (disk.iotune !== undefined && disk.source !== undefined)
      await monitor.execute('block_set_io_throttle', throttleArguments(disk, disk.iotune));
}
