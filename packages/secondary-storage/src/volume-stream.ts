import { type FileHandle, open } from 'node:fs/promises';
import type { StreamDriver } from '@virtkit/core/driver';
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtkit/core/util';
import { systemError } from './storage-errors.js';

const CHUNK = 256 * 1024;

/** A volume's contents, from `offset` on; `length` 0 means to the end. Zeroes are holes where the reader wants them. */
export async function downloadStream(
  path: string,
  offset: number,
  length: number,
  sparse: boolean,
): Promise<StreamDriver> {
  const file = await openFile(path, 'r');
  const { size } = await file.stat();
  const end = length === 0 ? size : Math.min(size, offset + length);
  let at = offset;
  const done = once(() => file.close());
  /** Counts on while there is nothing but zeroes. */
  const skipZeroes = async (): Promise<number> => {
    const start = at;
    const buffer = Buffer.alloc(CHUNK);
    while (at < end) {
      const { bytesRead } = await file.read(buffer, 0, Math.min(CHUNK, end - at), at);
      if (bytesRead === 0 || !isZero(buffer.subarray(0, bytesRead))) break;
      at += bytesRead;
    }
    return at - start;
  };
  return {
    async streamRecv(max, into) {
      if (at >= end) return null;
      const wanted = Math.min(max, CHUNK, end - at);
      const buffer =
        into === undefined ? Buffer.allocUnsafeSlow(wanted) : Buffer.from(into.buffer, into.byteOffset, into.length);
      const { bytesRead } = await file.read(buffer, 0, wanted, at);
      if (bytesRead === 0) return null;
      at += bytesRead;
      const data = buffer.subarray(0, bytesRead);
      return sparse && isZero(data) ? { hole: bytesRead + (await skipZeroes()) } : data;
    },
    streamFinish: done,
    streamAbort: () => void done(),
  };
}

/** Takes a volume's contents, from `offset` on; more than `length` is refused as a full disk would be. */
export async function uploadStream(
  path: string,
  offset: number,
  length: number,
  finished: () => Promise<void>,
): Promise<StreamDriver> {
  const file = await openFile(path, 'r+');
  let at = offset;
  const limit = length === 0 ? Infinity : offset + length;
  const room = (wanted: number): void => {
    if (at + wanted <= limit) return;
    throw new LibvirtError(
      ErrorCode.SYSTEM_ERROR,
      ErrorDomain.STREAMS,
      'cannot write to stream: No space left on device',
      { int1: 28 },
    );
  };
  const close = once(() => file.close());
  return {
    async streamSend(data) {
      room(data.length);
      for (let done = 0; done < data.length;) {
        const { bytesWritten } = await file.write(data, done, data.length - done, at);
        done += bytesWritten;
        at += bytesWritten;
      }
    },
    async streamSendHole(size) {
      room(size);
      const { size: now } = await file.stat();
      if (at < now) await zero(file, at, Math.min(now, at + size));
      at += size;
      if (at > now) await file.truncate(at);
    },
    async streamFinish() {
      await file.sync();
      await close();
      await finished();
    },
    streamAbort: () => void close(),
  };
}

async function openFile(path: string, flags: string): Promise<FileHandle> {
  return open(path, flags).catch((error: unknown) => {
    throw systemError(`Unable to open stream for '${path}'`, error);
  });
}

function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => (done ??= work());
}

const ZERO = Buffer.alloc(CHUNK);
const isZero = (data: Buffer): boolean => data.length <= CHUNK && data.equals(ZERO.subarray(0, data.length));

async function zero(file: FileHandle, start: number, end: number): Promise<void> {
  for (let at = start; at < end;) {
    const { bytesWritten } = await file.write(ZERO, 0, Math.min(CHUNK, end - at), at);
    at += bytesWritten;
  }
}
