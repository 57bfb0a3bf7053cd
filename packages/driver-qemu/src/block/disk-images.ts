import type { DiskDef, StorageSource } from '@virtkit/core/conf';
import type { BlockImage } from './block-image.js';
import { type ChainOptions, imageChain } from './image-chain.js';
import { numberedNames, type UsesTls } from './image-names.js';

export interface DiskImagesOptions extends Pick<ChainOptions, 'facts'> {
  /** The next number of the domain; never given twice. */
  next(): number;
  usesTls?: UsesTls;
  /** Where a disk's storage volume is. */
  volume?(disk: DiskDef): StorageSource | undefined;
}

/**
 * The chains of a domain's disks, in their order; undefined for drives without a medium and for SD cards, which have no block
 * nodes; nor have devices that run elsewhere. Numbers are given from the last disk to the first, and to empty drives too, as libvirt does.
 */
export function diskImages(disks: readonly DiskDef[], options: DiskImagesOptions): (BlockImage | undefined)[] {
  const chains: (BlockImage | undefined)[] = [];
  for (let index = disks.length - 1; index >= 0; index--) {
    const disk = disks[index];
    if (disk !== undefined) chains.push(chainOf(disk, options));
  }
  return chains.reverse();
}

/** A drive without a medium. */
const isEmpty = (disk: DiskDef): boolean =>
  disk.source === undefined ||
  (disk.type === 'file' && disk.source.file === undefined) ||
  (disk.type === 'block' && disk.source.dev === undefined) ||
  (disk.type === 'dir' && disk.source.dir === undefined);

function chainOf(disk: DiskDef, options: DiskImagesOptions): BlockImage | undefined {
  if (disk.target?.bus === 'sd' || disk.type === 'vhostuser') return undefined;
  if (isEmpty(disk)) {
    options.next();
    return undefined;
  }
  const source = disk.type === 'volume' ? options.volume?.(disk) : undefined;
  return imageChain(disk, {
    facts: options.facts,
    source,
    names: (image) => numberedNames(options.next(), image, options.usesTls),
  });
}
