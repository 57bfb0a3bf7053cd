import type { BackingStoreDef, DiskDef, StorageSource } from '@virtkit/core/conf';
import type { BlockImage, BlockImageNames, ImageKind } from './block-image.js';

/** What the host knows of an image's place. */
export type ImageFacts = Pick<BlockImage, 'hostCdrom' | 'passedFile' | 'nfsOwner' | 'glusterDebug'>;

export interface ChainOptions {
  /** Names for the next image of the chain; the topmost is asked for first. */
  names(image: ImageKind, depth: number): BlockImageNames;
  facts?: ((source: StorageSource, depth: number) => ImageFacts) | undefined;
  /** Where the topmost image is if not where the disk says: a volume that was looked up. */
  source?: StorageSource | undefined;
}

/** The images of a disk, each with what it inherits from the disk; undefined for a drive without a medium. */
export function imageChain(disk: DiskDef, options: ChainOptions): BlockImage | undefined {
  const source = options.source ?? sourceOfDisk(disk);
  if (source === undefined) return undefined;
  const { driver } = disk;
  const cache = cacheMode(disk);
  const floppy = disk.device === 'floppy' || undefined;
  return build(source, driver?.type ?? 'raw', driver?.metadata_cache?.max_size, disk.backingStore, 0);

  function build(
    from: StorageSource,
    format: BlockImage['format'],
    metadataCache: number | undefined,
    below: BackingStoreDef | undefined,
    depth: number,
  ): BlockImage {
    const encryption = from.source?.encryption;
    const facts = options.facts?.(from, depth);
    const names = options.names({ source: from, format, encryption }, depth);
    return {
      source: from,
      format,
      storageNode: names.storageNode,
      sliceNode: names.sliceNode,
      formatNode: names.formatNode,
      readonly: depth > 0 || disk.readonly === true,
      encryption,
      cache,
      io: driver?.io,
      discard: driver?.discard,
      detectZeroes: depth > 0 ? undefined : driver?.detect_zeroes,
      metadataCache,
      secrets: names.secrets,
      reservations: names.reservations,
      hostCdrom: facts?.hostCdrom,
      floppy,
      passedFile: facts?.passedFile,
      nfsOwner: facts?.nfsOwner ?? nfsOwner(from),
      glusterDebug: facts?.glusterDebug,
      backing:
        below === undefined
          ? undefined
          : below.type === 'none'
            ? null
            : build(
                below,
                below.format?.type ?? 'raw',
                below.format?.metadata_cache?.max_size,
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
  const { auth, encryption } = disk;
  if (auth === undefined && encryption === undefined) return { type, source } as StorageSource;
  return {
    type,
    source: { ...source, auth: source.auth ?? auth, encryption: source.encryption ?? encryption },
  } as StorageSource;
}

/** Owners given by number need nobody to look them up. */
function nfsOwner(source: StorageSource): BlockImage['nfsOwner'] {
  const identity = source.type === 'network' ? source.source?.identity : undefined;
  return identity && { user: numberOf(identity.user), group: numberOf(identity.group) };
}

function numberOf(name: string | undefined): number | undefined {
  return name !== undefined && /^\+?\d+$/.test(name) ? Number(name) : undefined;
}
