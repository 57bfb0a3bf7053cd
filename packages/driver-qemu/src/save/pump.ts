import { createReadStream, createWriteStream } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { ErrorDomain, LibvirtError } from '@virtkit/core/util';
import { startFilter } from './filter-process.js';
import type { FilterProgram } from './save-formats.js';

/** Chunks that are big enough for a disk and small enough for the event loop. */
const CHUNK = 256 * 1024;

/** dd goes round the page cache; what it cannot write in whole blocks it writes through it. */
const directWriter = (path: string): FilterProgram => ({
  program: 'dd',
  args: [`of=${path}`, 'oflag=direct', 'conv=notrunc,fsync', 'iflag=fullblock', 'bs=1M', 'status=none'],
});
const directReader = (path: string): FilterProgram => ({
  program: 'dd',
  args: [`if=${path}`, 'iflag=direct,fullblock', 'bs=1M', 'status=none'],
});

/** A file that a guest's memory goes to or comes from. */
export interface StreamFile {
  readonly path: string;
  readonly file: FileHandle;
  /** Where the guest's part begins. */
  readonly start: number;
  readonly bypassCache: boolean;
  readonly filter: FilterProgram | undefined;
}

const failure = (verb: string, path: string) => (error: unknown) => {
  throw LibvirtError.is(error) ? error : LibvirtError.system(ErrorDomain.QEMU, `unable to ${verb} '${path}'`, error);
};

/**
 * Writes all that comes from QEMU into the file, whose position is at `start`. `head` is what the file holds before that: it is written
 * again where the whole file goes round the cache.
 */
export async function pumpToFile(socket: Socket, target: StreamFile, head: Buffer): Promise<void> {
  const { file, path, filter, bypassCache } = target;
  if (!bypassCache && filter !== undefined) {
    const { done } = startFilter(filter, [socket, file.fd]);
    // It has a copy: when it ends QEMU shall notice.
    socket.destroy();
    return done;
  }
  const stages = filter === undefined ? undefined : startFilter(filter, [socket, 'pipe']);
  if (stages !== undefined) socket.destroy();
  const source = stages?.child.stdout ?? socket;
  try {
    if (!bypassCache) {
      const sink = createWriteStream(path, { fd: file.fd, autoClose: false, highWaterMark: CHUNK });
      await pipeline(source, sink);
      return;
    }
    const writer = startFilter(directWriter(path), ['pipe', 'ignore']);
    const { stdin } = writer.child;
    if (stdin === null) throw new Error('no pipe');
    stdin.write(head);
    // When the writer fails its own words tell more than a broken pipe.
    const moved = pipeline(source, stdin).catch(async (error: unknown) => {
      await writer.done;
      throw error;
    });
    await Promise.all([moved, writer.done, stages?.done]);
  } catch (error) {
    failure('write', path)(error);
  } finally {
    socket.destroy();
    stages?.child.kill();
  }
}

/** Writes the guest's part of the file, whose position is at `start`, to QEMU. What QEMU does not take is no error here: QEMU says why. */
export async function pumpToQemu(source: StreamFile, socket: Socket): Promise<void> {
  const { file, path, start, filter, bypassCache } = source;
  try {
    if (!bypassCache && filter === undefined) {
      await pipeline(createReadStream(path, { fd: file.fd, autoClose: false, highWaterMark: CHUNK }), socket);
      return;
    }
    if (!bypassCache && filter !== undefined) {
      const { done } = startFilter(filter, [file.fd, socket]);
      socket.destroy();
      await done;
      return;
    }
    const reader = startFilter(directReader(path), ['ignore', 'pipe']);
    const { stdout } = reader.child;
    if (stdout === null) throw new Error('no pipe');
    const rest = behind(stdout, start);
    if (filter === undefined) await pipeline(rest, socket);
    else {
      const stage = startFilter(filter, ['pipe', socket]);
      socket.destroy();
      if (stage.child.stdin === null) throw new Error('no pipe');
      await pipeline(rest, stage.child.stdin);
      await stage.done;
    }
    await reader.done;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EPIPE' && code !== 'ECONNRESET' && code !== 'ERR_STREAM_PREMATURE_CLOSE')
      failure('read', path)(error);
  } finally {
    socket.destroy();
  }
}

/** A stream without its first bytes. */
async function* behind(stream: AsyncIterable<Buffer>, skip: number): AsyncGenerator<Buffer> {
  let left = skip;
  for await (const chunk of stream) {
    if (left >= chunk.length) left -= chunk.length;
    else {
      yield left === 0 ? chunk : chunk.subarray(left);
      left = 0;
    }
  }
}
