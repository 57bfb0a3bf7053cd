import type { NetworkSource } from '@virtkit/core/conf';
import type { BlockImage, BlockImageNames } from './block-image.js';
import { needsSliceNode } from './format-props.js';

/** Whether a network source is reached through TLS; qemu.conf may say so where the source does not. */
export type UsesTls = (source: NetworkSource) => boolean;

/** The names that libvirt gives the nodes and objects of the image with this number. */
export function numberedNames(
  number: number,
  image: Omit<BlockImage, keyof BlockImageNames>,
  usesTls: UsesTls = (source) => source.tls === true,
): BlockImageNames {
  const base = `libvirt-${number}`;
  const storage = `${base}-storage`;
  const format = `${base}-format`;
  const { source: storageSource, encryption } = image;
  const { auth, reservations } = storageSource.source ?? {};
  const network = storageSource.type === 'network' ? storageSource.source : undefined;
  const slice = needsSliceNode({ ...image, storageNode: '', formatNode: '', secrets: {} });
  return {
    storageNode: storage,
    formatNode: format,
    ...(slice && { sliceNode: `${base}-slice-sto` }),
    ...(reservations !== undefined && {
      reservations: reservations.managed ? MANAGED_RESERVATIONS : `pr-helper-${storage}`,
    }),
    secrets: {
      ...(auth !== undefined && { auth: `${storage}-auth-secret0` }),
      ...(encryption !== undefined && { encryption: `${format}-encryption-secret0` }),
      ...(network?.cookies !== undefined && { cookies: `${storage}-httpcookie-secret0` }),
      ...(network !== undefined && usesTls(network) && { tls: `obj${storage}_tls0` }),
    },
  };
}

/** The object of the helper that we start ourselves; all disks of a domain share it. */
export const MANAGED_RESERVATIONS = 'pr-helper0';

/** The number that an image's names bear; live XML shows it as the `index` of the source. */
export const numberOf = ({ storageNode }: BlockImageNames): number => Number(/^libvirt-(\d+)-/.exec(storageNode)?.[1]);
