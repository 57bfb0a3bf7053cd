import type { DiskDriverDef, StorageEncryptionDef, StorageFormat, StorageSource } from '@virtkit/core/conf';

/** Ids of the objects that hold what an image needs but XML only points to. */
export interface ImageSecrets {
  /** Password of the `<auth>` user. */
  readonly auth?: string | undefined;
  /** Passphrase of `<encryption>`. */
  readonly encryption?: string | undefined;
  /** The line of HTTP cookies. */
  readonly cookies?: string | undefined;
  /** TLS credentials. */
  readonly tls?: string | undefined;
}

/**
 * One image of a disk's chain, ready to be handed to QEMU: where it is and how it is written, with the names under which
 * QEMU is to know its nodes and the objects they need. Everything that takes the host to find out is settled.
 */
export interface BlockImage {
  readonly source: StorageSource;
  readonly format: StorageFormat;
  /** Node that does the I/O. */
  readonly storageNode: string;
  /** Node that narrows the I/O to a slice, where the format node cannot do it. */
  readonly sliceNode?: string | undefined;
  /** Node that knows the format. */
  readonly formatNode: string;
  readonly readonly: boolean;
  readonly encryption?: StorageEncryptionDef | undefined;
  readonly cache?: DiskDriverDef['cache'];
  readonly io?: DiskDriverDef['io'];
  readonly discard?: DiskDriverDef['discard'];
  readonly detectZeroes?: DiskDriverDef['detect_zeroes'];
  /** Bytes of the cache for tables of a qcow2 image. */
  readonly metadataCache?: number | undefined;
  readonly secrets: ImageSecrets;
  /** Object that makes persistent reservations. */
  readonly reservations?: string | undefined;
  /** The block device is a CD-ROM drive. */
  readonly hostCdrom?: boolean | undefined;
  /** A directory is shown as a floppy rather than as a disk. */
  readonly floppy?: boolean | undefined;
  /** The file was opened for QEMU, which finds it under this name. */
  readonly passedFile?: string | undefined;
  /** Numbers of the user and group that an NFS server is to see. */
  readonly nfsOwner?: { readonly user?: number | undefined; readonly group?: number | undefined } | undefined;
  /** Verbosity of the gluster library. */
  readonly glusterDebug?: number | undefined;
  /** The image below; null where the chain is known to end, undefined where QEMU is to find out. */
  readonly backing?: BlockImage | null | undefined;
}

/** What an image is. */
export type ImageKind = Pick<BlockImage, 'source' | 'format' | 'encryption'>;

/** Names of one image's nodes and objects. */
export type BlockImageNames = Pick<BlockImage, 'storageNode' | 'sliceNode' | 'formatNode' | 'secrets' | 'reservations'>;
