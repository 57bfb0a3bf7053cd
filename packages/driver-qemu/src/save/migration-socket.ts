import { unlink } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { open } from 'node:fs/promises';
import { ErrorDomain, LibvirtError } from '@virtkit/core/util';

/** Longest path that a unix socket's address can hold. */
const LONGEST = 107;

/**
 * Gives `use` a path of a socket in `dir` that this process and QEMU can bind and connect to; where the real one is too long, one
 * through a descriptor of ours.
 */
async function withSharedPath<T>(path: string, use: (path: string) => Promise<T>): Promise<T> {
  if (Buffer.byteLength(path) <= LONGEST) return use(path);
  const directory = await open(dirname(path), 'r');
  try {
    return await use(join(`/proc/${process.pid}/fd/${directory.fd}`, path.slice(dirname(path).length + 1)));
  } finally {
    await directory.close();
  }
}

const remove = (path: string): Promise<void> => unlink(path).catch(() => undefined);

/**
 * Listens at `path` until QEMU, told by `tell` where, has connected. Nothing has been read from the socket yet, so that it may be
 * handed to another process; `failed` rejects when QEMU will not come any more.
 */
export async function acceptFromQemu(
  path: string,
  tell: (uri: string) => Promise<unknown>,
  failed: Promise<never>,
): Promise<Socket> {
  await remove(path);
  return withSharedPath(path, async (shared) => {
    const server = createServer({ pauseOnConnect: true });
    try {
      const accepted = new Promise<Socket>((resolve, reject) => {
        server.once('connection', resolve);
        server.once('error', (error) =>
          reject(LibvirtError.system(ErrorDomain.QEMU, `unable to listen on the socket '${path}'`, error)),
        );
      });
      accepted.catch(() => undefined);
      await listening(server, shared, accepted);
      await tell(`unix:${shared}`);
      return await Promise.race([accepted, failed]);
    } finally {
      server.close();
      await remove(path);
    }
  });
}

function listening(server: Server, path: string, failed: Promise<unknown>): Promise<unknown> {
  return Promise.race([new Promise<void>((resolve) => server.listen(path, resolve)), failed]);
}

/** Has QEMU listen at `path`, as `tell` tells it to, and connects. */
export async function connectToQemu(path: string, tell: (uri: string) => Promise<unknown>): Promise<Socket> {
  await remove(path);
  return withSharedPath(path, async (shared) => {
    try {
      await tell(`unix:${shared}`);
      return await new Promise<Socket>((resolve, reject) => {
        const socket = connect(shared);
        socket.once('connect', () => resolve(socket));
        socket.once('error', (error) =>
          reject(LibvirtError.system(ErrorDomain.QEMU, `unable to connect to QEMU's socket '${path}'`, error)),
        );
      });
    } finally {
      await remove(path);
    }
  });
}
