import { constants, type FileHandle, open, stat } from 'node:fs/promises';
import { ErrorDomain, LibvirtError } from '@virtkit/core/util';
import { operationFailed } from '../errors.js';
import {
  decodeHeader,
  encodeHeader,
  HEADER_SIZE,
  type SaveHeader,
  SaveImageProblem,
  usableHeader,
} from './save-header.js';

/** Room behind a document, so that a longer one fits into the file later. */
const ROOM = 64 * 1024;

const LONGEST_ON_DEVICE = 64 * 1024 * 1024;

/** What a save image tells of its guest; the guest's part follows at {@link streamStart}. */
export interface SaveImage {
  readonly header: SaveHeader;
  readonly xml: string;
  readonly cookie: string | undefined;
}

/** Where the guest's part begins in the file. */
export const streamStart = ({ dataLength }: SaveHeader): number => HEADER_SIZE + dataLength;

const text = (value: string): Buffer => Buffer.from(`${value}\0`);

/** A new image's header, and what comes before the guest's part. */
export function newSaveImage(
  what: { readonly xml: string; readonly cookie: string | undefined },
  how: { readonly running: boolean; readonly format: number },
): { readonly header: SaveHeader; readonly data: Buffer } {
  const xml = text(what.xml);
  const cookie = what.cookie === undefined ? Buffer.alloc(0) : text(what.cookie);
  const data = Buffer.concat([xml, cookie, Buffer.alloc(ROOM)]);
  const cookieOffset = what.cookie === undefined ? 0 : xml.length;
  return { header: { ...how, dataLength: data.length, cookieOffset }, data };
}

/** Opens a file that should be an image. Raises SYSTEM_ERROR. */
export async function openImage(path: string, flags: number): Promise<FileHandle> {
  if ((await stat(path).catch(() => undefined))?.isFIFO() === true)
    throw operationFailed(`'${path}' is a pipe: an image must be a file, for it is read more than once`);
  return open(path, flags).catch((error: unknown) => {
    throw LibvirtError.system(ErrorDomain.QEMU, `Failed to open file '${path}'`, error);
  });
}

/** Reads all that comes before the guest's part, and leaves the file there. Raises OPERATION_FAILED. */
export async function readImage(file: FileHandle): Promise<SaveImage> {
  const header = usableHeader(decodeHeader(await exactly(file, HEADER_SIZE)));
  const stat = await file.stat();
  const { dataLength, cookieOffset } = header;
  const xmlLength = cookieOffset > 0 ? cookieOffset : dataLength;
  // A length that the file does not have costs no memory; devices do not tell how much they hold.
  const most = stat.isFile() ? stat.size - HEADER_SIZE : LONGEST_ON_DEVICE;
  const data = most < xmlLength ? Buffer.alloc(0) : await exactly(file, Math.min(dataLength, most));
  if (data.length < xmlLength) throw operationFailed('failed to read domain XML');
  if (data.length < dataLength || xmlLength > dataLength) throw operationFailed('failed to read cookie');
  return {
    header,
    xml: terminated(data.subarray(0, xmlLength)),
    cookie: cookieOffset > 0 ? terminated(data.subarray(cookieOffset)) : undefined,
  };
}

const terminated = (bytes: Buffer): string => {
  const end = bytes.indexOf(0);
  return bytes.toString('utf8', 0, end < 0 ? bytes.length : end);
};

/** As many bytes as there are, at most `length`, from where the file stands. */
async function exactly(file: FileHandle, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(length);
  let read = 0;
  while (read < length) {
    const { bytesRead } = await file.read(bytes, read, length - read, null);
    if (bytesRead === 0) break;
    read += bytesRead;
  }
  return bytes.subarray(0, read);
}

/** Reads an image by its path. */
export async function readImageFile(path: string): Promise<SaveImage> {
  const file = await openImage(path, constants.O_RDONLY);
  try {
    return await readImage(file);
  } finally {
    await file.close();
  }
}

/** Whether a file is what an interrupted save leaves, so that it may go; undefined when it cannot be read. */
export async function isWorthless(path: string): Promise<boolean> {
  const file = await openImage(path, constants.O_RDONLY);
  try {
    const found = decodeHeader(await exactly(file, HEADER_SIZE));
    return found instanceof SaveImageProblem && found.removable;
  } finally {
    await file.close();
  }
}

/**
 * Puts another document into an image, in one write. `change` says which, and whether the guest is to run. Raises OPERATION_FAILED
 * when there is no room for it.
 */
export async function rewriteImage(
  path: string,
  change: (image: SaveImage) => Promise<{ readonly xml: string; readonly running: boolean } | undefined>,
): Promise<void> {
  const file = await openImage(path, constants.O_RDWR);
  try {
    const image = await readImage(file);
    const changed = await change(image);
    if (changed === undefined) return;
    const { dataLength } = image.header;
    const xml = text(changed.xml);
    const cookie = image.cookie === undefined ? Buffer.alloc(0) : text(image.cookie);
    if (xml.length + cookie.length > dataLength) throw operationFailed('new xml too large to fit in file');
    const header: SaveHeader = {
      ...image.header,
      running: changed.running,
      cookieOffset: image.cookie === undefined ? 0 : xml.length,
    };
    const bytes = Buffer.alloc(HEADER_SIZE + dataLength);
    Buffer.concat([encodeHeader(header, { whole: true }), xml, cookie]).copy(bytes);
    for (let done = 0; done < bytes.length;)
      done += (await file.write(bytes, done, bytes.length - done, done)).bytesWritten;
    await file.sync();
  } catch (error) {
    throw LibvirtError.is(error)
      ? error
      : LibvirtError.system(ErrorDomain.QEMU, `failed to write the save image '${path}'`, error);
  } finally {
    await file.close();
  }
}
