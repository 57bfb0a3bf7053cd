import type { StorageEncryptionDef, StorageFormat } from '@virtkit/core/conf';
import { backingString } from './backing-string.js';
import type { BlockImage } from './block-image.js';
import { isQemuEncrypted, isRawLuks } from './format-props.js';
import type { JsonObject } from './json.js';
import { locationProps } from './storage-props.js';

/** What blockdev-create makes. */
export interface NewImage {
  readonly image: BlockImage;
  /** Bytes that the guest sees. */
  readonly capacity: number;
  /** Bytes to set aside. */
  readonly physical: number;
  readonly backing?: BlockImage;
  /** Version of a qcow2 image by libvirt's name. */
  readonly compat?: '0.10' | '1.1';
  readonly clusterSize?: number;
}

const NETWORK = new Set(['gluster', 'rbd', 'sheepdog', 'ssh', 'nfs']);

/** The arguments of blockdev-create for the place of the image; undefined where it must exist already. */
export function createStorageProps({ image, physical }: NewImage): JsonObject | undefined {
  const { source } = image;
  if (source.type === 'file') {
    return { driver: 'file', filename: source.source?.file, size: physical };
  }
  if (source.type !== 'network' || source.source === undefined || !NETWORK.has(source.source.protocol))
    return undefined;
  const { driver, ...location } = locationProps(image);
  return { driver, location, size: physical };
}

/** Which formats record the image below, and its format. */
const BACKING: Readonly<Partial<Record<StorageFormat, { format: boolean }>>> = {
  qcow: { format: false },
  qcow2: { format: true },
  qed: { format: true },
  vmdk: { format: false },
};

const DRIVERS: Readonly<Partial<Record<StorageFormat, string>>> = {
  qcow: 'qcow',
  qcow2: 'qcow2',
  qed: 'qed',
  vmdk: 'vmdk',
  vdi: 'vdi',
  vpc: 'vpc',
  vhd: 'vhdx',
  ploop: 'parallels',
};

/** The arguments of blockdev-create for the format; undefined where the place is all there is to make. */
export function createFormatProps(target: NewImage): JsonObject | undefined {
  const { image, capacity: size, backing } = target;
  const file = image.storageNode;
  if (isRawLuks(image)) return { ...luksProps(image), driver: 'luks', file, size };
  const driver = DRIVERS[image.format];
  if (driver === undefined) return undefined;
  const records = BACKING[image.format];
  return {
    driver,
    file,
    size,
    version: image.format === 'qcow2' && target.compat !== undefined ? QCOW2_VERSIONS[target.compat] : undefined,
    'cluster-size': image.format === 'qcow2' ? target.clusterSize : undefined,
    'backing-file': records !== undefined && backing !== undefined ? backingString(backing) : undefined,
    'backing-fmt': records?.format === true && backing !== undefined ? backingFormat(backing) : undefined,
    encrypt: isQemuEncrypted(image) ? { ...luksProps(image), format: 'luks' } : undefined,
  };
}

const QCOW2_VERSIONS = { '0.10': 'v2', '1.1': 'v3' } as const;

function backingFormat(image: BlockImage): string {
  return isRawLuks(image) ? 'luks' : image.format;
}

function luksProps({ encryption, secrets }: BlockImage): JsonObject {
  const { cipher, ivgen }: Pick<StorageEncryptionDef, 'cipher' | 'ivgen'> = encryption ?? {};
  return {
    'key-secret': secrets.encryption,
    'cipher-alg': cipher && `${cipher.name}-${cipher.size}`,
    'cipher-mode': cipher?.mode,
    'hash-alg': cipher?.hash,
    'ivgen-alg': ivgen?.name,
    'ivgen-hash-alg': ivgen?.hash,
  };
}
