import { access, open, rm, stat } from 'node:fs/promises';
import {
  childOf,
  type DiskDef,
  imagePath,
  readXml,
  sourceOf,
  type StorageFormat,
  type StorageSource,
} from '@virtkit/core/conf';
import { DomainBlockCopyFlags as Copy, ErrorDomain, LibvirtError, type UndoStack } from '@virtkit/core/util';
import { configUnsupported, invalidArg } from '../errors.js';
import { qemuImg } from '../moments/qemu-img.js';
import type { Level } from './chain.js';

/** What a copy is to become. */
export interface CopyTarget {
  readonly place: StorageSource;
  readonly format: StorageFormat | undefined;
}

/** virDomainDiskDefParse of a copy's place: only where it is, and how it is written. */
export function parseCopyTarget(xml: string): CopyTarget {
  const root = readXml(xml, 'disk');
  const type = root.attrs.type ?? 'file';
  const source = childOf(root, 'source');
  if ((type !== 'file' && type !== 'block') || source === undefined)
    throw configUnsupported('non-file destination not supported yet');
  const place = { type, source: sourceOf[type].decode(source, {} as never) } as StorageSource;
  return { place, format: childOf(root, 'driver')?.attrs.type as StorageFormat | undefined };
}

/** How an image that is there is written. */
export async function probeFormat(path: string): Promise<StorageFormat> {
  const info = JSON.parse(await qemuImg('info', '-U', '--output=json', path)) as { format: StorageFormat };
  return info.format;
}

export interface CopyFile {
  readonly disk: DiskDef;
  readonly path: string;
  readonly format: StorageFormat;
  readonly size: number;
  /** The image that both stand on, for a shallow copy. */
  readonly shared: Level | undefined;
  readonly flags: number;
}

/** Makes the file of a copy, or finds it there. */
export async function prepareCopy({ disk, path, format, size, shared, flags }: CopyFile, undo: UndoStack) {
  const target = disk.target?.dev ?? '';
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw LibvirtError.system(ErrorDomain.QEMU, `unable to stat for disk ${target}: ${path}`, error);
  });
  if ((flags & Copy.REUSE_EXT) !== 0) {
    if (found !== undefined) return;
    await access(path).catch((error: unknown) => {
      throw LibvirtError.system(ErrorDomain.QEMU, `missing destination file for disk ${target}: ${path}`, error);
    });
    return;
  }
  if (found?.isBlockDevice() === true) return;
  if (found !== undefined && found.size > 0)
    throw invalidArg(`external destination file for disk ${target} already exists and is not a block device: ${path}`);
  const file = await open(path, 'w', 0o600).catch((error: unknown) => {
    throw LibvirtError.system(ErrorDomain.QEMU, 'failed to create copy target', error);
  });
  if (found === undefined) undo.push(() => rm(path, { force: true }));
  try {
    if (format === 'raw') await file.truncate(size);
  } finally {
    await file.close();
  }
  if (format === 'raw') return;
  const below = shared === undefined ? undefined : imagePath(shared.place);
  const backing = below === undefined || shared === undefined ? [] : ['-u', '-b', below, '-F', shared.format.type];
  await qemuImg('create', '-f', format, ...backing, path, String(size));
}
