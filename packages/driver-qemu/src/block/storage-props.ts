import type { PciLocation } from '@virtkit/core/conf';
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtkit/core/util';
import type { BlockImage } from './block-image.js';
import { cacheProps, checkNodeName } from './common-props.js';
import type { JsonObject } from './json.js';
import { networkProps } from './network-props.js';

const refused = (detail: string) => new LibvirtError(ErrorCode.CONFIG_UNSUPPORTED, ErrorDomain.QEMU, detail);

/** qemuBlockStorageSourceGetBackendProps: the driver that does the I/O and what it is told of the image's place. */
export function locationProps(image: BlockImage): JsonObject {
  const { source: storage } = image;
  switch (storage.type) {
    case 'file':
      return fileProps(image, 'file', storage.source?.file);
    case 'block':
      return fileProps(image, image.hostCdrom === true ? 'host_cdrom' : 'host_device', storage.source?.dev);
    case 'dir':
      if (image.format !== 'fat') {
        throw refused(`a directory can only be a disk of format 'fat', not '${image.format}'`);
      }
      return {
        driver: 'vvfat',
        dir: storage.source?.dir,
        floppy: image.floppy === true,
        rw: !image.readonly,
      };
    case 'network':
      if (storage.source === undefined) throw refused('a network disk without a source cannot be opened');
      return networkProps(storage.source, image);
    case 'nvme':
      if (storage.source === undefined) throw refused('an NVMe disk without a source cannot be opened');
      return { driver: 'nvme', device: pciText(storage.source.address), namespace: storage.source.namespace };
    case 'volume':
      throw refused('the storage volume of a disk was not looked up before the disk was described to QEMU');
    case 'vhostuser':
      throw refused('a vhost-user disk is a device of its own and has no block nodes');
  }
}

function fileProps(image: BlockImage, driver: string, path: string | undefined): JsonObject {
  return {
    driver,
    filename: image.passedFile ?? path,
    aio: image.io,
    'pr-manager': image.reservations,
  };
}

function pciText({ domain, bus, slot, function: fn }: PciLocation): string {
  const hex = (value: number, digits: number) => value.toString(16).padStart(digits, '0');
  return `${hex(domain, 4)}:${hex(bus, 2)}:${hex(slot, 2)}.${hex(fn, 1)}`;
}

export interface StorageNodeOptions {
  /** QEMU may open for reading first and for writing when a user needs it; else the image's own mode counts. */
  readonly autoReadonly?: boolean;
  /** Whether discards reach the host. */
  readonly discard?: boolean;
}

/** The `-blockdev` of the node that does the image's I/O. */
export function blockdevStorage(image: BlockImage, options: StorageNodeOptions = {}): JsonObject {
  const { discard = true, autoReadonly = image.passedFile === undefined } = options;
  checkNodeName(image.storageNode);
  return Object.assign({}, locationProps(image), {
    'node-name': image.storageNode,
    cache: cacheProps(image.cache),
    'auto-read-only': autoReadonly ? true : undefined,
    'read-only': autoReadonly ? undefined : image.readonly,
    discard: discard ? 'unmap' : undefined,
  });
}
