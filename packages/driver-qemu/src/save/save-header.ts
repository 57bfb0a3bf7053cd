import { operationFailed } from '../errors.js';

const MAGIC = 'LibvirtQemudSave';
/** What a file begins with that is not whole yet. */
const PARTIAL = 'LibvirtQemudPart';
const VERSION = 2;

export const HEADER_SIZE = 92;
const MAGIC_SIZE = MAGIC.length;

/** virQEMUSaveHeader: the numbers before the document of a save image. */
export interface SaveHeader {
  /** Bytes between header and the guest's part: document, cookie, and room for longer ones. */
  readonly dataLength: number;
  /** Whether the guest runs on once it is restored. */
  readonly running: boolean;
  /** Index in SAVE_FORMATS. */
  readonly format: number;
  /** Where the cookie begins within the data; 0 without one. */
  readonly cookieOffset: number;
}

/** Where the numbers are: after the magic, in the byte order of the host that wrote the file. */
const AT = { version: 16, dataLength: 20, running: 24, format: 28, cookieOffset: 32 } as const;

export const wholeMagic = (): Buffer => Buffer.from(MAGIC, 'latin1');

export function encodeHeader(header: SaveHeader, { whole }: { whole: boolean }): Buffer {
  const bytes = Buffer.alloc(HEADER_SIZE);
  bytes.write(whole ? MAGIC : PARTIAL, 'latin1');
  bytes.writeUInt32LE(VERSION, AT.version);
  bytes.writeUInt32LE(header.dataLength, AT.dataLength);
  bytes.writeUInt32LE(header.running ? 1 : 0, AT.running);
  bytes.writeUInt32LE(header.format, AT.format);
  bytes.writeUInt32LE(header.cookieOffset, AT.cookieOffset);
  return bytes;
}

/** Why a file is no save image; `removable` when it holds nothing that anybody could want back. */
export class SaveImageProblem {
  constructor(
    readonly detail: string,
    readonly removable = false,
  ) {}
}

/** Reads a header, also one of the other byte order. */
export function decodeHeader(bytes: Buffer): SaveHeader | SaveImageProblem {
  if (bytes.length < HEADER_SIZE) return new SaveImageProblem('failed to read qemu header', true);
  const magic = bytes.toString('latin1', 0, MAGIC_SIZE);
  if (magic === PARTIAL) return new SaveImageProblem('save image is incomplete', true);
  if (magic !== MAGIC) return new SaveImageProblem('image magic is incorrect');
  const swapped = bytes.readUInt32LE(AT.version) > VERSION && bytes.readUInt32BE(AT.version) <= VERSION;
  const number = (at: number) => (swapped ? bytes.readUInt32BE(at) : bytes.readUInt32LE(at));
  const version = number(AT.version);
  if (version > VERSION) return new SaveImageProblem(`image version is not supported (${version} > ${VERSION})`);
  const dataLength = number(AT.dataLength);
  if (dataLength === 0 || dataLength > 0x7fff_ffff)
    return new SaveImageProblem(`invalid header data length: ${dataLength}`);
  return {
    dataLength,
    running: number(AT.running) !== 0,
    format: number(AT.format),
    cookieOffset: number(AT.cookieOffset),
  };
}

/** Raises OPERATION_FAILED with the reason why it is no usable image. */
export function usableHeader(found: SaveHeader | SaveImageProblem): SaveHeader {
  if (found instanceof SaveImageProblem) throw operationFailed(found.detail);
  return found;
}
