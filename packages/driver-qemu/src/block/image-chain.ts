import type { BackingStoreDef, DiskDef, StorageSource } from '@virtkit/core/conf';
import type { BlockImage, BlockImageNames } from './block-image.js';

/** What the host knows of an image's place. */
export type ImageFacts = Pick<BlockImage, 'hostCdrom' | 'passedFile' | 'nfsOwner' | 'glusterDebug'>;

export interface ChainOptions {
  /** Names for the next image of the chain; the topmost is asked for first. */
  names(image: Omit<BlockImage, keyof BlockImageNames>, depth: number): BlockImageNames;
  facts?(source: StorageSource, depth: number): ImageFacts;
  /** Where the topmost image is if not where the disk says: a volume that was looked up. */
  source?: StorageSource;
}

/** The images of a disk, each with what it inherits from the disk; undefined for a drive without a medium. */
export function imageChain(disk: DiskDef, options: ChainOptions): BlockImage | undefined {
  const source = options.source ?? sourceOfDisk(disk);
  if (source === undefined) return undefined;
  const { driver } = disk;
  const cache = cacheMode(disk);
  const inherited = {
    ...(cache !== undefined && { cache }),
    ...(driver?.io !== undefined && { io: driver.io }),
    ...(driver?.discard !== undefined && { discard: driver.discard }),
    ...(disk.device === 'floppy' && { floppy: true }),
  };
  const top = {
    format: driver?.type ?? 'raw',
    readonly: disk.readonly === true,
    ...(driver?.detect_zeroes !== undefined && { detectZeroes: driver.detect_zeroes }),
    ...(driver?.metadata_cache?.max_size !== undefined && { metadataCache: driver.metadata_cache.max_size }),
  } as const;
  return build(source, { ...top, ...inherited }, disk.backingStore, 0);

  function build(
    from: StorageSource,
    own: Pick<BlockImage, 'format' | 'readonly' | 'metadataCache' | 'detectZeroes'> & typeof inherited,
    below: BackingStoreDef | undefined,
    depth: number,
  ): BlockImage {
    const encryption = from.source?.encryption;
    const bare = {
      source: from,
      ...own,
      ...(encryption !== undefined && { encryption }),
      ...nfsOwner(from),
      ...options.facts?.(from, depth),
    };
    const image = { ...bare, ...options.names(bare, depth) };
    if (below === undefined) return image;
    if (below.type === 'none') return { ...image, backing: null };
    const metadata = below.format?.metadata_cache?.max_size;
    return {
      ...image,
      backing: build(
        below,
        {
          format: below.format?.type ?? 'raw',
          readonly: true,
          ...(metadata !== undefined && { metadataCache: metadata }),
          ...inherited,
        },
        below.backingStore,
        depth + 1,
      ),
    };
  }
}

/** qemuDomainPrepareDiskCachemode: a disk that several guests write to must not be cached by any of their hosts. */
export function cacheMode({ driver, shareable, readonly }: DiskDef): BlockImage['cache'] {
  const cache = driver?.cache ?? 'default';
  if (cache === 'default') return shareable === true && readonly !== true ? 'none' : undefined;
  return cache;
}

/** `<auth>` and `<encryption>` may stand in the disk itself. */
function sourceOfDisk(disk: DiskDef): StorageSource | undefined {
  const { type, source } = disk;
  if (source === undefined) return undefined;
  const { auth = disk.auth, encryption = disk.encryption } = source;
  return {
    type,
    source: { ...source, ...(auth !== undefined && { auth }), ...(encryption !== undefined && { encryption }) },
  } as StorageSource;
}

/** Owners given by number need nobody to look them up. */
function nfsOwner(source: StorageSource): Pick<BlockImage, 'nfsOwner'> {
  const identity = source.type === 'network' ? source.source?.identity : undefined;
  if (identity === undefined) return {};
  const user = numberOf(identity.user);
  const group = numberOf(identity.group);
  return { nfsOwner: { ...(user !== undefined && { user }), ...(group !== undefined && { group }) } };
}

function numberOf(name: string | undefined): number | undefined {
  return name !== undefined && /^\+?\d+$/.test(name) ? Number(name) : undefined;
}
