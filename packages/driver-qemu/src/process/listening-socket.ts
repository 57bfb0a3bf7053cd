import { open, rename, unlink } from 'node:fs/promises';
import { type Server, createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { ErrorDomain, LibvirtError } from '@virtkit/core/util';

/** Longest path that a unix socket's address can hold. */
const LONGEST = 107;

/**
 * Gives `use` a path by which the socket can be bound or connected to, also when its real path is too long for a unix
 * socket's address: then it goes through a descriptor of the socket's directory.
 */
export async function withSocketPath<T>(path: string, use: (path: string) => Promise<T>): Promise<T> {
  if (Buffer.byteLength(path) + '.new'.length <= LONGEST) return use(path);
  const directory = await open(dirname(path), 'r');
  try {
    return await use(join(`/proc/self/fd/${directory.fd}`, path.slice(dirname(path).length + 1)));
  } finally {
    await directory.close();
  }
}

/** A listening unix socket to be inherited by a process that we start. */
export interface ListeningSocket {
  readonly fd: number;
  /** Closes our copy; the path stays. Must be called before anybody connects, lest we accept. */
  close(): Promise<void>;
}

/**
 * Binds and listens, so that one can connect before the process that inherits the socket has begun to run, and need not
 * ask again and again whether its socket is there yet.
 */
export async function listenForChild(path: string): Promise<ListeningSocket> {
  try {
    return await withSocketPath(path, async (reachable) => {
      const server = createServer();
      // Node removes the path it has bound when it closes the server: let that be another name.
      const bound = `${reachable}.new`;
      await unlink(bound).catch(() => undefined);
      await listen(server, bound);
      await rename(bound, reachable);
      const { fd } = (server as unknown as { readonly _handle: { readonly fd: number } })._handle;
      return { fd, close: () => new Promise<void>((resolve) => server.close(() => resolve())) };
    });
  } catch (error) {
    throw LibvirtError.system(ErrorDomain.QEMU, `unable to create the monitor socket '${path}'`, error);
  }
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      server.removeListener('error', reject);
      resolve();
    });
  });
}
