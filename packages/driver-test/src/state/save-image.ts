import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { internalError, systemError } from '../errors.js';

const MAGIC = Buffer.from('TestGuestMagic\0');
const LENGTH_BYTES = 4;

/** Writes `data` to a file that only its owner may read; `doing` and `opening` say what failed. */
function writeFile(path: string, data: Uint8Array, failed: (action: string) => string): void {
  let fd: number;
  try {
    fd = openSync(path, 'w', 0o600);
  } catch (error) {
    throw systemError(failed('open'), error);
  }
  try {
    for (let at = 0; at < data.length;) at += writeSync(fd, data, at);
  } catch (error) {
    throw systemError(failed('write'), error);
  } finally {
    closeSync(fd);
  }
}

/** Saves a domain: its document behind a mark, which is all that a guest of this driver has. */
export function writeSaveImage(path: string, name: string, xml: string): void {
  const document = Buffer.from(xml);
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeInt32LE(document.length);
  writeFile(
    path,
    Buffer.concat([MAGIC, length, document]),
    (action) => `saving domain '${name}' to '${path}': ${action} failed`,
  );
}

/** The document in a saved image; SYSTEM_ERROR or INTERNAL_ERROR where the file is none. */
export function readSaveImage(path: string): string {
  let data: Buffer;
  try {
    data = readFileSync(path);
  } catch (error) {
    // A folder can be opened, but not read.
    const opened = (error as NodeJS.ErrnoException).code === 'EISDIR';
    throw systemError(`${opened ? 'incomplete save header in' : 'cannot read domain image'} '${path}'`, error);
  }
  const truncated = (what: string): Error => systemError(`${what} in '${path}'`, new Error('the file is too short'));
  if (data.length < MAGIC.length) throw truncated('incomplete save header');
  if (!data.subarray(0, MAGIC.length).equals(MAGIC)) throw internalError(`mismatched header magic in '${path}'`);
  const start = MAGIC.length + LENGTH_BYTES;
  if (data.length < start) throw truncated('failed to read metadata length');
  const length = data.readInt32LE(MAGIC.length);
  if (length < 1) throw internalError(`length of metadata out of range in '${path}'`);
  if (data.length < start + length) throw truncated('incomplete metadata');
  return data.toString('utf8', start, start + length);
}

/** A core dump of a guest without memory: the mark alone. */
export function writeCoreDump(path: string, name: string): void {
  writeFile(path, MAGIC, (action) => `domain '${name}' coredump: failed to ${action} ${path}`);
}
