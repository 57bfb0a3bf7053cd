import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, unlink } from 'node:fs/promises';
import { createServer, connect, type Server as NetServer, type Socket } from 'node:net';
import { dirname } from 'node:path';
import { ErrorDomain, LibvirtError } from '@virtkit/core/util';
import type { Transport } from './transport.js';

/** A listening socket. */
export interface Listener {
  /** For messages. */
  readonly address: string;
  listen(accept: (transport: Transport) => void): Promise<void>;
  close(): Promise<void>;
}

const BACKLOG = 1000;

export interface UnixOptions {
  readonly path: string;
  readonly readOnly: boolean;
  readonly mode: number;
  /** Owning group of the socket; undefined leaves the process's. */
  readonly gid?: number | undefined;
}

/** A socket in the file system. An old one in its place is removed if nobody listens on it any more. */
export function unixListener(options: UnixOptions): Listener {
  const { path, readOnly, mode, gid } = options;
  let server: NetServer | undefined;
  return {
    address: path,
    async listen(accept) {
      await mkdir(dirname(path), { recursive: true });
      await removeStale(path);
      server = plainServer('unix', readOnly, accept, path);
      // Nobody may connect before the mode is set. The socket is made before `listening` returns, so that nothing else in
      // this process creates files under this mask.
      const before = process.umask(0o777);
      let bound: Promise<void>;
      try {
        bound = listening(server, { path, backlog: BACKLOG }, path);
      } finally {
        process.umask(before);
      }
      await bound;
      if (gid !== undefined) await chown(path, process.getuid?.() ?? -1, gid);
      await chmod(path, mode);
    },
    close: () => closeServer(server),
  };
}

/** A TCP port without encryption. */
export function tcpListener(host: string | undefined, port: number): Listener {
  let server: NetServer | undefined;
  const address = `${host ?? '*'}:${port}`;
  return {
    address: `tcp ${address}`,
    async listen(accept) {
      server = plainServer('tcp', false, accept, address);
      await listening(server, { port, backlog: BACKLOG, ...(host === undefined ? {} : { host }) }, address);
    },
    close: () => closeServer(server),
  };
}

/** A socket that the service manager opened for us. */
export function inheritedListener(fd: number, kind: 'unix' | 'tcp', readOnly: boolean): Listener {
  let server: NetServer | undefined;
  return {
    address: `inherited descriptor ${fd}`,
    async listen(accept) {
      server = plainServer(kind, readOnly, accept, `descriptor ${fd}`);
      await listening(server, { fd }, `descriptor ${fd}`);
    },
    close: () => closeServer(server),
  };
}

function plainServer(
  kind: 'unix' | 'tcp',
  readOnly: boolean,
  accept: (transport: Transport) => void,
  address: string,
): NetServer {
  let count = 0;
  // What a client says waits in the kernel until the client is admitted.
  return createServer({ noDelay: true, pauseOnConnect: true }, (socket) =>
    accept({ socket, kind, readOnly, identity: { readOnly }, peer: peerName(socket, `${address}#${++count}`) }),
  );
}

export function peerName(socket: Socket, fallback: string): string {
  return socket.remoteAddress === undefined ? fallback : `${socket.remoteAddress}:${socket.remotePort}`;
}

export async function listening(server: NetServer, options: object, address: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options, () => {
      server.off('error', reject);
      resolve();
    });
  }).catch((error: unknown) => {
    throw LibvirtError.system(ErrorDomain.RPC, `Unable to listen on ${address}`, error);
  });
  // A failed accept (no descriptors left) must not end the daemon; the client sees its own error.
  server.on('error', () => undefined);
}

export async function closeServer(server: NetServer | undefined): Promise<void> {
  if (server?.listening) await new Promise<void>((resolve) => void server.close(() => resolve()).unref());
}

async function removeStale(path: string): Promise<void> {
  if (!existsSync(path)) return;
  const alive = await new Promise<boolean>((resolve) => {
    const probe = connect(path);
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', (error: NodeJS.ErrnoException) =>
      resolve(error.code !== 'ECONNREFUSED' && error.code !== 'ENOENT'),
    );
  });
  if (alive)
    throw LibvirtError.system(
      ErrorDomain.RPC,
      `Unable to listen on ${path}`,
      Object.assign(new Error('Address already in use'), { errno: 98 }),
      'another process listens there: end it, or choose another --root or --socket',
    );
  await unlink(path).catch(() => undefined);
}
