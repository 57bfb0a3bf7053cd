import type { Connect } from '@virtkit/core';
import type { DiskDef, StorageSource } from '@virtkit/core/conf';
import { StorageVolType } from '@virtkit/core/util';
import { configUnsupported, operationInvalid } from '../errors.js';

/** Where the storage volume of a disk is; undefined for disks that are something else. */
export type VolumeSources = (disk: DiskDef) => StorageSource | undefined;

/**
 * virDomainDiskTranslateSourcePool: asks the host's storage for the volumes that disks are. Raises what the storage
 * driver does for pools and volumes that do not exist, CONFIG_UNSUPPORTED for pools whose volumes QEMU would reach by itself.
 */
export async function lookUpVolumes(all: readonly DiskDef[], storage: () => Promise<Connect>): Promise<VolumeSources> {
  const found = new Map<string, StorageSource>();
  const disks = all.filter(isVolume);
  if (disks.length > 0) {
    const connect = await storage();
    try {
      for (const { source } of disks)
        if (source !== undefined)
          found.set(keyOf(source), await sourceOf(connect, source.pool, source.volume, source.mode));
    } finally {
      await connect.close();
    }
  }
  return (disk) => (isVolume(disk) && disk.source !== undefined ? found.get(keyOf(disk.source)) : undefined);
}

/** A drive without a medium is none, whatever it was said to be. */
const isVolume = (disk: DiskDef): disk is Extract<DiskDef, { type: 'volume' }> =>
  disk.type === 'volume' && (disk.source as { pool?: string } | undefined)?.pool !== undefined;

const keyOf = ({ pool, volume }: { pool: string; volume: string }): string => JSON.stringify([pool, volume]);

async function sourceOf(
  connect: Connect,
  poolName: string,
  volumeName: string,
  mode: string | undefined,
): Promise<StorageSource> {
  const pool = await connect.storagePoolLookupByName(poolName);
  if (!(await pool.isActive()))
    throw operationInvalid(`storage pool '${poolName}' containing volume '${volumeName}' is not active: start it`);
  if (mode === 'direct')
    throw configUnsupported(`disk source mode 'direct' of volume '${volumeName}' is not supported: use mode 'host'`);
  const volume = await pool.storageVolLookupByName(volumeName);
  const [path, { type }] = await Promise.all([volume.getPath(), volume.getInfo()]);
  switch (type) {
    case StorageVolType.FILE:
      return { type: 'file', source: { file: path } } as StorageSource;
    case StorageVolType.BLOCK:
      return { type: 'block', source: { dev: path } } as StorageSource;
    case StorageVolType.DIR:
      return { type: 'dir', source: { dir: path } } as StorageSource;
    default:
      throw configUnsupported(`disks of pool '${poolName}' are not reachable on this host: name their network source`);
  }
}
