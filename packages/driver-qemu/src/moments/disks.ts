import {
  diskByTarget,
  type DiskDef,
  type DomainDef,
  imagePath,
  type SnapshotDef,
  type SnapshotDisk,
} from '@virtkit/core/conf';
import { formatNodeOf } from '../block-jobs/index.js';
import { internalError, operationUnsupported } from '../errors.js';

/** A disk of a domain as a moment takes part of it. */
export interface MomentDisk {
  readonly disk: DiskDef;
  readonly target: string;
}

/** The disks of a domain whose part of a snapshot is kept in this way; those that are gone meanwhile are left out. */
export function snapshotDisks(
  def: SnapshotDef,
  domain: DomainDef,
  snapshot: SnapshotDisk['snapshot'],
): (MomentDisk & { readonly part: SnapshotDisk })[] {
  return (def.disks?.disk ?? []).flatMap((part) => {
    const disk = part.snapshot === snapshot ? diskByTarget(domain, part.name) : undefined;
    return disk === undefined ? [] : [{ disk, target: part.name, part }];
  });
}

export const formatOf = (disk: DiskDef): string => disk.driver?.type ?? 'raw';

/** The image of a disk of a guest that does not run. */
export function localPath({ disk, target }: MomentDisk): string {
  const path = imagePath(disk);
  if (path === undefined)
    throw operationUnsupported(`the image of disk '${target}' is not a local file or device: it cannot be changed`);
  return path;
}

/** The number by which the image of a disk goes while its guest runs. */
export const imageIndex = (disk: DiskDef): number | undefined =>
  disk.source !== undefined && 'index' in disk.source ? disk.source.index : undefined;

/** QEMU's node for the image of a disk of a running guest. */
export function formatNode({ disk, target }: MomentDisk): string {
  const index = imageIndex(disk);
  if (index === undefined) throw internalError(`disk '${target}' has no block node of its own`);
  return formatNodeOf({ index });
}
