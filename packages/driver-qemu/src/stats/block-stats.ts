import { statSync } from 'node:fs';
import { type DiskDef, imagePath } from '@virtkit/core/conf';
import type { TypedParamsBuilder } from '@virtkit/core/util';
import type { QemuDomain } from '../domain/domain.js';
import { imageCapacity } from './image-capacity.js';
import type { BlockStats, StatsReplies } from './replies.js';

/** libvirt's names for QEMU's counters, in libvirt's order. */
const COUNTERS = [
  ['rd.reqs', 'rd_operations'],
  ['rd.bytes', 'rd_bytes'],
  ['rd.times', 'rd_total_time_ns'],
  ['wr.reqs', 'wr_operations'],
  ['wr.bytes', 'wr_bytes'],
  ['wr.times', 'wr_total_time_ns'],
  ['fl.reqs', 'flush_operations'],
  ['fl.times', 'flush_total_time_ns'],
] as const;

/** Counters of a disk, which QEMU names by the path of the device. */
export function statsOfDisk(disk: DiskDef, blocks: readonly BlockStats[] | undefined): BlockStats | undefined {
  const alias = disk.alias?.name;
  return blocks?.find(({ qdev }) => alias !== undefined && qdev !== undefined && qdev.split('/').includes(alias));
}

/** What a disk occupies on the host: bytes allocated, and where its file or device ends. */
function hostSizes(path: string): { allocation: number; physical: number } | undefined {
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    return found && { allocation: found.blocks * 512, physical: found.size };
  } catch {
    return undefined;
  }
}

export function addBlockStats(out: TypedParamsBuilder, domain: QemuDomain, { blocks, nodes }: StatsReplies): void {
  const { disk: disks } = domain.def.devices;
  out.uint('block.count', disks.length);
  disks.forEach((disk, index) => {
    const name = (field: string) => `block.${index}.${field}`;
    const path = imagePath(disk);
    out.string(name('name'), disk.target?.dev ?? '');
    if (path !== undefined) out.string(name('path'), path);
    const found = statsOfDisk(disk, blocks);
    const source = 'source' in disk ? disk.source : undefined;
    if (found !== undefined) {
      if (source?.index !== undefined) out.uint(name('backingIndex'), source.index);
      for (const [ours, theirs] of COUNTERS) out.ullong(name(ours), found.stats[theirs] ?? 0);
    }
    if (path === undefined) return;
    const sizes = hostSizes(path);
    const node = nodes?.find((candidate) => candidate['node-name'] === `libvirt-${source?.index}-format`);
    if (found !== undefined) out.ullong(name('allocation'), found.stats['wr_highest_offset'] ?? 0);
    else if (sizes !== undefined) out.ullong(name('allocation'), sizes.allocation);
    const capacity =
      node?.image['virtual-size'] ??
      (found === undefined && sizes !== undefined ? imageCapacity(path, disk.driver?.type) : undefined) ??
      sizes?.physical;
    if (capacity !== undefined) out.ullong(name('capacity'), capacity);
    // Of a file that is in use, what it occupies counts: it may have holes.
    if (sizes !== undefined) out.ullong(name('physical'), found === undefined ? sizes.physical : sizes.allocation);
  });
}
