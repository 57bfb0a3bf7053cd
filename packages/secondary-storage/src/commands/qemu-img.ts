import type { StorageVolDef, VolumeEncryption } from '@virtkit/core/conf';
import { internalError, unsupported } from '../storage-errors.js';

/** An image that another is made from. */
export interface ImageSource {
  readonly path: string;
  readonly format: string;
  readonly encryption?: VolumeEncryption;
  /** Names the secret of the source's key. */
  readonly name: string;
}

export interface ImageOptions {
  /** VIR_STORAGE_VOL_CREATE_PREALLOC_METADATA */
  readonly preallocate?: boolean;
  readonly input?: ImageSource;
  /** Files that hold the passphrases, where there is encryption. */
  readonly secretFile?: string;
  readonly inputSecretFile?: string;
}

/** Arguments of the calls of qemu-img that make an image, one after the other. */
export function createImageArgs(vol: StorageVolDef, options: ImageOptions = {}): string[][] {
  const image = imageOf(vol);
  check(vol, image, options);
  const { input } = options;
  if (input === undefined) return [createArgs(vol, image, options)];
  // Encrypted images cannot be made and filled in one go.
  if (image.encryption === undefined) return [convertArgs(vol, image, input, options)];
  return [createArgs(vol, image, options), convertEncryptedArgs(vol, image, input, options)];
}

interface Image {
  readonly path: string;
  readonly format: string;
  readonly encryption: VolumeEncryption | undefined;
}

function imageOf(vol: StorageVolDef): Image {
  const { path = '', encryption } = vol.target;
  const type = vol.target.format?.type ?? 'raw';
  const plain = type === 'iso' ? 'raw' : type;
  return { path, format: plain === 'raw' && encryption?.format === 'luks' ? 'luks' : plain, encryption };
}

function check(vol: StorageVolDef, { format, encryption }: Image, { preallocate }: ImageOptions): void {
  const { features, compat } = vol.target;
  const old = (compat ?? '0.10') === '0.10';
  if (format !== 'qcow2') {
    if (preallocate === true)
      throw unsupported(`metadata preallocation only available with qcow2, not with format ${format}`);
    // Features say which level they need, if nothing else does.
    if (compat !== undefined)
      throw unsupported(`compatibility option only available with qcow2, not with format ${format}`);
  }
  if (preallocate === true && vol.backingStore?.path !== undefined)
    throw unsupported('metadata preallocation conflicts with backing store');
  if (features?.lazy_refcounts === true && old)
    throw unsupported('lazy_refcounts not supported with compat level 0.10');
  if (features?.extended_l2 === true && old) throw unsupported('extended_l2 not supported with compat level 0.10');
  if ((format === 'raw' || format === 'luks') && vol.backingStore?.path !== undefined)
    throw unsupported('cannot set backing store for raw volume');
  if (encryption === undefined) return;
  if (format === 'qcow2' && encryption.format !== 'luks')
    throw unsupported(`creation of qcow2 encrypted image is not supported`);
  if (format !== 'qcow2' && format !== 'luks') throw unsupported(`volume encryption unsupported with format ${format}`);
  if (encryption.secret.length !== 1) throw internalError('encrypted volumes have exactly one secret');
}

const secretId = (name: string): string => `${name}_encrypt0`;

const secretObject = (name: string, file: string | undefined): string[] => [
  '--object',
  `secret,id=${secretId(name)},file=${file ?? ''}`,
];

const kibibytes = (bytes: number): string => `${Math.ceil(bytes / 1024)}K`;

function createArgs(vol: StorageVolDef, image: Image, options: ImageOptions): string[] {
  const { format, path, encryption } = image;
  const { backingStore, capacity } = vol;
  const backing = options.input === undefined ? backingStore?.path : undefined;
  const args = ['create', '-f', format];
  if (backing !== undefined) args.push('-b', backing);
  if (encryption !== undefined) args.push(...secretObject(vol.name, options.secretFile));
  const parts = imageOptions(vol, image, options, backing !== undefined);
  if (parts.length > 0) args.push('-o', parts.join(','));
  args.push(path);
  // Without a size of its own the image is as large as the one behind it.
  if (capacity > 0 || backing === undefined) args.push(kibibytes(capacity));
  return args;
}

function imageOptions(
  vol: StorageVolDef,
  { format, encryption }: Image,
  options: ImageOptions,
  backed: boolean,
): string[] {
  const parts: string[] = [];
  if (backed) parts.push(`backing_fmt=${vol.backingStore?.format?.type ?? 'raw'}`);
  if (encryption !== undefined) parts.push(...encryptionOptions(vol.name, encryption, format === 'qcow2'));
  // The unit of the two differs, as in libvirt: nearly all that is given an allocation is allocated in full.
  if (options.preallocate === true)
    parts.push(`preallocation=${Math.ceil(vol.capacity / 1024) > vol.allocation ? 'metadata' : 'falloc'}`);
  const { nocow, compat, clusterSize, features } = vol.target;
  if (nocow === true) parts.push('nocow=on');
  if (format === 'qcow2') parts.push(`compat=${compat ?? '0.10'}`);
  if (clusterSize !== undefined) parts.push(`cluster_size=${clusterSize}`);
  if (features?.lazy_refcounts === true) parts.push('lazy_refcounts');
  if (features?.extended_l2 === true) parts.push('extended_l2=on');
  return parts;
}

function encryptionOptions(name: string, { cipher, ivgen }: VolumeEncryption, inQcow2: boolean): string[] {
  const prefix = inQcow2 ? 'encrypt.' : '';
  const parts = [...(inQcow2 ? ['encrypt.format=luks'] : []), `${prefix}key-secret=${secretId(name)}`];
  if (cipher !== undefined) {
    parts.push(`${prefix}cipher-alg=${cipher.name}-${cipher.size}`);
    if (cipher.mode !== undefined) parts.push(`${prefix}cipher-mode=${cipher.mode}`);
    if (cipher.hash !== undefined) parts.push(`${prefix}hash-alg=${cipher.hash}`);
  }
  if (ivgen !== undefined) {
    parts.push(`${prefix}ivgen-alg=${ivgen.name}`);
    if (ivgen.hash !== undefined) parts.push(`${prefix}ivgen-hash-alg=${ivgen.hash}`);
  }
  return parts;
}

function convertArgs(vol: StorageVolDef, image: Image, input: ImageSource, options: ImageOptions): string[] {
  const parts = imageOptions(vol, image, options, false);
  return [
    'convert',
    '-f',
    input.format === 'iso' ? 'raw' : input.format,
    '-O',
    image.format,
    ...(parts.length > 0 ? ['-o', parts.join(',')] : []),
    input.path,
    image.path,
  ];
}

/** `driver=…,file.filename=…`, with the key where there is one. */
function imageSpec(path: string, format: string, encryption: VolumeEncryption | undefined, name: string): string {
  const key = encryption === undefined ? '' : `,${format === 'qcow2' ? 'encrypt.' : ''}key-secret=${secretId(name)}`;
  return `driver=${format},file.filename=${path.replaceAll(',', ',,')}${key}`;
}

function convertEncryptedArgs(vol: StorageVolDef, image: Image, input: ImageSource, options: ImageOptions): string[] {
  const plain = input.format === 'iso' ? 'raw' : input.format;
  const inputFormat = plain === 'raw' && input.encryption?.format === 'luks' ? 'luks' : plain;
  return [
    'convert',
    '--image-opts',
    '-n',
    '--target-image-opts',
    ...secretObject(vol.name, options.secretFile),
    ...(input.encryption === undefined ? [] : secretObject(input.name, options.inputSecretFile)),
    imageSpec(input.path, inputFormat, input.encryption, input.name),
    imageSpec(image.path, image.format, image.encryption, vol.name),
  ];
}
