import type { DiskDef, NetworkSource, StorageFormat, StorageSource } from '@virtkit/core/conf';
import type { BlockImageNames, ImageKind } from './block-image.js';
import { needsSliceNode } from './format-props.js';

/** Whether a network source is reached through TLS; qemu.conf may say so where the source does not. */
export type UsesTls = (source: NetworkSource) => boolean;

/** The names that libvirt gives the nodes and objects of the image with this number. */
export function numberedNames(
  number: number,
  image: ImageKind,
  usesTls: UsesTls = (source) => source.tls === true,
): BlockImageNames {
  const base = `libvirt-${number}`;
  const storage = `${base}-storage`;
  const format = `${base}-format`;
  const { source: storageSource, encryption } = image;
  const auth = storageSource.source?.auth;
  const reservations = storageSource.source?.reservations;
  const network = storageSource.type === 'network' ? storageSource.source : undefined;
  return {
    storageNode: storage,
    formatNode: format,
    sliceNode: needsSliceNode(image) ? `${base}-slice-sto` : undefined,
    reservations: reservations && (reservations.managed ? MANAGED_RESERVATIONS : `pr-helper-${storage}`),
    secrets: {
      auth: auth && `${storage}-auth-secret0`,
      encryption: encryption && `${format}-encryption-secret0`,
      cookies: network?.cookies && `${storage}-httpcookie-secret0`,
      tls: network !== undefined && usesTls(network) ? `obj${storage}_tls0` : undefined,
    },
  };
}

/** The object of the helper that we start ourselves; all disks of a domain share it. */
export const MANAGED_RESERVATIONS = 'pr-helper0';

/** The number that an image's names bear; live XML shows it as the `index` of the source. */
export const numberOf = ({ storageNode }: BlockImageNames): number => Number(/^libvirt-(\d+)-/.exec(storageNode)?.[1]);

/** An image that is to stand in a disk's place, with the disk's caching; what lies below it is put there later. */
export function imageInPlaceOf(disk: DiskDef, number: number, source: StorageSource, format: StorageFormat) {
  const { cache, io, discard } = disk.driver ?? {};
  const image = {
    source,
    format,
    readonly: false,
    backing: null,
    ...(cache !== undefined && { cache }),
    ...(io !== undefined && { io }),
    ...(discard !== undefined && { discard }),
  };
  return { ...image, ...numberedNames(number, image) };
}
