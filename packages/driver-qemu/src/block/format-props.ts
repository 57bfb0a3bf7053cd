import type { StorageFormat } from '@virtkit/core/conf';
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtkit/core/util';
import type { BlockImage, ImageKind } from './block-image.js';
import { cacheProps, checkNodeName } from './common-props.js';
import type { JsonObject } from './json.js';

/** QEMU's drivers by libvirt's formats; those without one cannot be opened. */
const DRIVERS: Readonly<Partial<Record<StorageFormat, string>>> = {
  raw: 'raw',
  fat: 'raw',
  iso: 'raw',
  bochs: 'bochs',
  cloop: 'cloop',
  dmg: 'dmg',
  ploop: 'parallels',
  qcow: 'qcow',
  qcow2: 'qcow2',
  qed: 'qed',
  vdi: 'vdi',
  vhd: 'vhdx',
  vmdk: 'vmdk',
  vpc: 'vpc',
};

const WITH_BACKING: ReadonlySet<StorageFormat> = new Set<StorageFormat>(['qcow', 'qcow2', 'qed', 'vmdk']);

/** Whether the image is raw LUKS, which QEMU counts as a format of its own. */
export function isRawLuks(image: ImageKind): boolean {
  return image.format === 'raw' && isQemuEncrypted(image) && image.encryption?.format === 'luks';
}

/** Whether QEMU, rather than the storage's library, decrypts. */
export function isQemuEncrypted({ encryption }: ImageKind): boolean {
  return encryption !== undefined && encryption.engine !== 'librbd';
}

export function sliceOf({ source }: ImageKind): { offset: number; size: number } | undefined {
  return source.source?.slices?.slice.find((slice) => slice.type === 'storage');
}

/** Whether the slice needs a node of its own, because the format node is not plain raw. */
export function needsSliceNode(image: ImageKind): boolean {
  return sliceOf(image) !== undefined && (image.format !== 'raw' || isRawLuks(image));
}

/** The `-blockdev` of the node between storage and format that shows only a slice. */
export function blockdevSlice(image: BlockImage): JsonObject | undefined {
  if (!needsSliceNode(image)) return undefined;
  const slice = sliceOf(image);
  const name = image.sliceNode ?? '';
  checkNodeName(name);
  return {
    driver: 'raw',
    'node-name': name,
    offset: slice?.offset,
    size: slice?.size,
    file: image.storageNode,
    'auto-read-only': true,
    discard: 'unmap',
    cache: cacheProps(image.cache),
  };
}

/** The `-blockdev` of the node that knows the image's format. */
export function blockdevFormat(image: BlockImage): JsonObject {
  checkNodeName(image.formatNode);
  const { backing } = image;
  const below = backing == null ? backing : backing.formatNode;
  return {
    'node-name': image.formatNode,
    'read-only': image.readonly,
    discard: image.discard,
    'detect-zeroes': detectZeroes(image),
    cache: cacheProps(image.cache),
    ...driverProps(image),
    file: needsSliceNode(image) ? image.sliceNode : image.storageNode,
    backing: WITH_BACKING.has(image.format) ? below : undefined,
  };
}

/** Zeroes can only be unmapped where discards are allowed. */
export function detectZeroes({ detectZeroes: mode, discard }: BlockImage): string | undefined {
  return mode === 'unmap' && discard !== 'unmap' ? 'on' : mode;
}

function driverProps(image: BlockImage): JsonObject {
  const { format, secrets, encryption } = image;
  const driver = DRIVERS[format];
  if (driver === undefined) {
    throw new LibvirtError(
      ErrorCode.INTERNAL_ERROR,
      ErrorDomain.QEMU,
      `QEMU cannot open images of format '${format}': convert the image, for example to qcow2`,
    );
  }
  if (isRawLuks(image)) return { driver: 'luks', 'key-secret': secrets.encryption };
  if (driver === 'raw') {
    const slice = sliceOf(image);
    return { driver, offset: slice?.offset, size: slice?.size };
  }
  return {
    driver,
    encrypt:
      (format === 'qcow2' || format === 'qcow') && isQemuEncrypted(image)
        ? { format: encryption?.format === 'luks' ? 'luks' : 'aes', 'key-secret': secrets.encryption }
        : undefined,
    'cache-size': format === 'qcow2' ? image.metadataCache : undefined,
  };
}
