import { type FileHandle, open } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import { type BackingStoreDef, type DiskDef, type DomainDef, imagePath, type StorageFormat } from '@virtkit/core/conf';
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtkit/core/util';

const QCOW2_MAGIC = 0x514649fb;
const BACKING_FORMAT = 0xe2792aca;
/** More images than this above one another are a mistake, or a ring. */
const DEEPEST = 200;

/** What the header of an image says of the image below. */
interface ImageHeader {
  readonly format: 'qcow2' | 'raw';
  readonly backing?: { readonly file: string; readonly format: string | undefined };
}

function storageError(code: ErrorCode, detail: string, cause?: unknown): LibvirtError {
  const { errno } = (cause ?? {}) as { errno?: number };
  return new LibvirtError(code, ErrorDomain.STORAGE, detail, {
    ...(cause !== undefined && { cause }),
    ...(errno !== undefined && { int1: Math.abs(errno) }),
  });
}

async function readBytes(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
}

async function readHeader(path: string): Promise<ImageHeader> {
  const file = await open(path, 'r');
  try {
    const head = await readBytes(file, 0, 104);
    if (head.length < 72 || head.readUInt32BE(0) !== QCOW2_MAGIC) return { format: 'raw' };
    const offset = Number(head.readBigUInt64BE(8));
    const size = head.readUInt32BE(16);
    if (offset === 0 || size === 0 || size > 1023) return { format: 'qcow2' };
    const backing = (await readBytes(file, offset, size)).toString('utf8');
    const extensions = head.readUInt32BE(4) >= 3 && head.length >= 104 ? head.readUInt32BE(100) : 72;
    const area = await readBytes(file, extensions, Math.max(0, Math.min(offset - extensions, 65_536)));
    return { format: 'qcow2', backing: { file: backing, format: extensionOf(area, BACKING_FORMAT) } };
  } finally {
    await file.close();
  }
}

function extensionOf(area: Buffer, wanted: number): string | undefined {
  for (let at = 0; at + 8 <= area.length;) {
    const [type, length] = [area.readUInt32BE(at), area.readUInt32BE(at + 4)];
    if (type === 0) return undefined;
    if (type === wanted) return area.toString('utf8', at + 8, at + 8 + length);
    at += 8 + Math.ceil(length / 8) * 8;
  }
  return undefined;
}

/** The images below one that is known to be of this format; undefined where only QEMU can tell. */
async function chainBelow(path: string, format: string, depth: number): Promise<BackingStoreDef | undefined> {
  if (format === 'raw') return { type: 'none' };
  if (format !== 'qcow2') return undefined;
  if (depth > DEEPEST) throw storageError(ErrorCode.INTERNAL_ERROR, `backing store for ${path} is self-referential`);
  const { backing } = await readHeader(path);
  if (backing === undefined) return { type: 'none' };
  if (/^[\w+-]+:/.test(backing.file)) return undefined;
  const below = isAbsolute(backing.file) ? backing.file : join(dirname(path), backing.file);
  const found = await readHeader(below).catch((error: unknown) => {
    throw storageError(
      ErrorCode.SYSTEM_ERROR,
      `Cannot access backing file '${below}' of storage file '${path}': ${(error as Error).message}`,
      error,
    );
  });
  // What a guest wrote into a raw image must not decide how it is read: only the harmless guess is taken.
  if (backing.format === undefined && found.backing !== undefined)
    throw storageError(
      ErrorCode.OPERATION_INVALID,
      `format of backing image '${below}' of image '${path}' was not specified in the image metadata: ` +
        `qemu-img rebase -u -b BACKING -F FORMAT '${path}' records it`,
    );
  const type = (backing.format ?? found.format) as StorageFormat;
  const next = await chainBelow(below, type, depth + 1);
  return {
    type: 'file',
    source: { file: below },
    format: { type },
    ...(next !== undefined && { backingStore: next }),
  };
}

/**
 * qemuDomainDetermineDiskChain: a copy of the definition in which disks whose images are local say what lies below them,
 * where their document does not. Raises SYSTEM_ERROR for an image that is missing.
 */
export async function withBackingChains(def: DomainDef): Promise<DomainDef> {
  const disk = await Promise.all(
    def.devices.disk.map(async (one): Promise<DiskDef> => {
      const path = imagePath(one);
      if (path === undefined || one.backingStore !== undefined) return one;
      const backingStore = await chainBelow(path, one.driver?.type ?? 'raw', 0);
      return backingStore === undefined ? one : { ...one, backingStore };
    }),
  );
  return { ...def, devices: { ...def.devices, disk } };
}
