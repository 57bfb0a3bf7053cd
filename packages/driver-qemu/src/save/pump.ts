import type { FileHandle } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { ErrorDomain, LibvirtError } from '@virtkit/core/util';
import { type FilterProcess, startFilter } from './filter-process.js';
import type { FilterProgram } from './save-formats.js';

/** Chunks that are big enough for a disk and small enough for the event loop. */
const CHUNK = 256 * 1024;

/** dd goes round the page cache; what it cannot write in whole blocks it writes through it. */
const directWriter = (path: string): FilterProgram => ({
  program: 'dd',
  args: [`of=${path}`, 'oflag=direct', 'conv=notrunc,fsync', 'iflag=fullblock', 'bs=1M', 'status=none'],
});
/** A process can be ended while it waits for whoever reads from a pipe. */
const COPY: FilterProgram = { program: 'cat', args: [] };
const directReader = (path: string): FilterProgram => ({
  program: 'dd',
  args: [`if=${path}`, 'iflag=direct,fullblock', 'bs=1M', 'status=none'],
});

/** A file that a guest's memory comes from. */
export interface SourceFile {
  readonly path: string;
  readonly file: FileHandle;
  /** Where the guest's part begins. */
  readonly start: number;
  readonly bypassCache: boolean;
  readonly filter: FilterProgram | undefined;
}

/** A file that a guest's memory goes to. */
export interface SinkFile extends Omit<SourceFile, 'start'> {
  /** It is a file of a file system, whose writes come to an end; pipes and devices may keep a writer for ever. */
  readonly regular: boolean;
}

/** What a file has from where it stands. Streams of Node.js would close the descriptor, which is not theirs. */
async function* chunksOf(file: FileHandle): AsyncGenerator<Buffer> {
  for (;;) {
    const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(CHUNK), 0, CHUNK, null);
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
  }
}

/** Writes all of it from where the file stands. */
async function writeAll(file: FileHandle, chunks: AsyncIterable<Buffer> | Iterable<Buffer>): Promise<void> {
  for await (const chunk of chunks)
    for (let done = 0; done < chunk.length;) {
      const { bytesWritten } = await file.write(chunk, done, chunk.length - done, null);
      done += bytesWritten;
    }
}

const failure = (verb: string, path: string, error: unknown): LibvirtError =>
  LibvirtError.is(error) ? error : LibvirtError.system(ErrorDomain.QEMU, `unable to ${verb} '${path}'`, error);

/**
 * Writes `head` and all that comes from QEMU into a file that is open at its beginning. Ends early, and leaves no process, when
 * `signal` is aborted.
 */
export async function pumpToFile(socket: Socket, sink: SinkFile, head: Buffer, signal: AbortSignal): Promise<void> {
  const { file, path, filter, bypassCache, regular } = sink;
  const running: FilterProcess[] = [];
  const start = (program: FilterProgram, ends: readonly unknown[]): FilterProcess => {
    const process = startFilter(program, ends);
    running.push(process);
    return process;
  };
  const stop = () => {
    socket.destroy();
    for (const { child } of running) child.kill();
  };
  signal.addEventListener('abort', stop, { once: true });
  try {
    signal.throwIfAborted();
    if (regular && !bypassCache) {
      await writeAll(file, [head]);
      if (filter === undefined) {
        await pipeline(socket, (chunks: AsyncIterable<Buffer>) => writeAll(file, chunks), { signal });
        return;
      }
      const { done } = start(filter, [socket, file.fd]);
      // It has a copy: when it ends QEMU shall notice.
      socket.destroy();
      await done;
      return;
    }
    const stage = filter && start(filter, [socket, 'pipe']);
    if (stage !== undefined) socket.destroy();
    const writer = bypassCache ? start(directWriter(path), ['pipe', 'ignore']) : start(COPY, ['pipe', file.fd]);
    const { stdin } = writer.child;
    if (stdin === null) throw new Error('no pipe');
    stdin.write(head);
    // When the writer fails its own words tell more than a broken pipe.
    const moved = pipeline(stage?.child.stdout ?? socket, stdin, { signal }).catch(async (error: unknown) => {
      await writer.done;
      throw error;
    });
    await Promise.all([moved, writer.done, stage?.done]);
  } catch (error) {
    throw failure('write', path, error);
  } finally {
    signal.removeEventListener('abort', stop);
    stop();
  }
}

/** Writes the guest's part of the file, whose position is at `start`, to QEMU. What QEMU does not take is no error here: QEMU says why. */
export async function pumpToQemu(source: SourceFile, socket: Socket): Promise<void> {
  const { file, path, start, filter, bypassCache } = source;
  try {
    if (!bypassCache && filter === undefined) {
      await pipeline(chunksOf(file), socket);
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
      throw failure('read', path, error);
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
