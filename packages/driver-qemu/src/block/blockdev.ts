import type { DiskDef } from '@virtkit/core/conf';
import type { BlockImage } from './block-image.js';
import { blockdevFormat, blockdevSlice } from './format-props.js';
import type { JsonObject } from './json.js';
import { blockdevStorage, type StorageNodeOptions } from './storage-props.js';

/** The images of a chain, the topmost first. */
export function* imagesOf(top: BlockImage): Generator<BlockImage, void> {
  for (let image: BlockImage | null | undefined = top; image != null; image = image.backing) yield image;
}

/** The nodes of one image as QEMU needs them made: a node may refer only to those before it. */
export function blockdevNodes(image: BlockImage, options: StorageNodeOptions = {}): JsonObject[] {
  const slice = blockdevSlice(image);
  return [blockdevStorage(image, options), ...(slice === undefined ? [] : [slice]), blockdevFormat(image)];
}

/** The nodes of a whole chain in the order in which QEMU needs them made. */
export function blockdevChain(top: BlockImage): JsonObject[] {
  return [...imagesOf(top)].reverse().flatMap((image) => blockdevNodes(image));
}

/** The filter over the images of a disk that keeps what is read from below; undefined for a disk without one. */
export const copyOnReadNode = ({ driver, target }: DiskDef): string | undefined =>
  driver?.copy_on_read === true ? `libvirt-CoR-${target?.dev ?? ''}` : undefined;

/** qemuBlockStorageGetCopyOnReadProps */
export const blockdevCopyOnRead = (node: string, top: BlockImage): JsonObject => ({
  driver: 'copy-on-read',
  'node-name': node,
  file: top.formatNode,
  discard: 'unmap',
});

/** The node that the device of a disk is given. */
export const topNode = (disk: DiskDef, top: BlockImage): string => copyOnReadNode(disk) ?? top.formatNode;
