import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { connect as connectNet, isIP, type OnReadOpts, type Socket } from 'node:net';
import { Duplex, type Readable, type Writable } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { ErrorCode, ErrorDomain, LibvirtError, rpcError } from '@virtkit/core/util';
import type { Endpoint, PkiFiles } from '../endpoint.js';

/** The way to a daemon. */
export interface Line {
  readonly socket: Duplex;
  /** Takes what arrives, from now on; the bytes are the listener's during the call only. */
  listen(listener: (bytes: Buffer) => void): void;
}

/** Opens the way to a daemon. Raises SYSTEM_ERROR naming the address and what would help. */
export async function dial(endpoint: Endpoint, signal?: AbortSignal): Promise<Line> {
  if (endpoint.kind === 'tls' || endpoint.kind === 'command') {
    const socket = endpoint.kind === 'tls' ? await dialTls(endpoint, signal) : dialCommand(endpoint);
    return { socket, listen: (listener) => socket.on('data', listener) };
  }
  let take: (bytes: Buffer) => void = () => undefined;
  const socket = await dialPlain(
    endpoint,
    {
      buffer: INPUT,
      callback(length, buffer) {
        take((buffer as Buffer).subarray(0, length));
        return true;
      },
    },
    signal,
  );
  return { socket, listen: (listener) => (take = listener) };
}

/** Sockets are read one after the other, and what they say is used up at once: one buffer serves all. */
const INPUT = Buffer.allocUnsafeSlow(65536);

function dialPlain(
  endpoint: Extract<Endpoint, { kind: 'unix' | 'tcp' }>,
  onread: OnReadOpts,
  signal?: AbortSignal,
): Promise<Socket> {
  switch (endpoint.kind) {
    case 'unix':
      return dialSocket(
        connectNet({ path: endpoint.path, onread }),
        `Failed to connect socket to '${endpoint.path}'`,
        'does the daemon run, and may this user use the socket?',
        signal,
      );
    case 'tcp':
      return dialSocket(
        connectNet({ host: endpoint.host, port: endpoint.port, noDelay: true, onread }),
        `unable to connect to server at '${endpoint.host}:${endpoint.port}'`,
        'does the daemon listen there?',
        signal,
      );
  }
}

function dialSocket<S extends Socket>(
  socket: S,
  what: string,
  remedy: string,
  signal?: AbortSignal,
  ready = 'connect',
): Promise<S> {
  return new Promise((resolve, reject) => {
    const fail = (cause: Error): void => {
      socket.destroy();
      reject(LibvirtError.system(ErrorDomain.RPC, what, cause, remedy));
    };
    const onAbort = (): void => fail(signal!.reason as Error);
    if (signal?.aborted) return onAbort();
    signal?.addEventListener('abort', onAbort, { once: true });
    socket.once('error', fail);
    socket.once(ready, () => {
      signal?.removeEventListener('abort', onAbort);
      socket.removeListener('error', fail);
      resolve(socket);
    });
  });
}

async function dialTls(endpoint: Extract<Endpoint, { kind: 'tls' }>, signal?: AbortSignal): Promise<Duplex> {
  const { host, port, pki, verify } = endpoint;
  const socket = connectTls({
    host,
    port,
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...readPki(pki),
    rejectUnauthorized: verify,
  });
  socket.setNoDelay(true);
  await dialSocket(
    socket,
    `unable to make a TLS connection to '${host}:${port}'`,
    `the server's certificate must be signed by ${pki.ca} and name this host`,
    signal,
    'secureConnect',
  );
  // The server looks at our certificate and then says yes with one byte, or hangs up.
  await new Promise<void>((resolve, reject) => {
    const refuse = (cause?: unknown): void =>
      reject(
        new LibvirtError(
          ErrorCode.GNUTLS_ERROR,
          ErrorDomain.RPC,
          `the server at '${host}:${port}' did not accept our certificate ${pki.cert}: is its name in the server's allow-list?`,
          { cause },
        ),
      );
    socket.once('error', refuse);
    socket.once('close', refuse);
    socket.once('readable', function onReadable() {
      const byte = socket.read(1) as Buffer | null;
      if (byte === null) return void socket.once('readable', onReadable);
      socket.removeListener('error', refuse);
      socket.removeListener('close', refuse);
      if (byte[0] === 1) resolve();
      else refuse();
    });
  });
  return socket;
}

function readPki({ ca, cert, key }: PkiFiles): { ca: Buffer; cert: Buffer; key: Buffer } {
  const read = (what: string, file: string): Buffer => {
    try {
      return readFileSync(file);
    } catch (cause) {
      throw LibvirtError.system(
        ErrorDomain.RPC,
        `Cannot read ${what} '${file}'`,
        cause,
        'give its folder by ?pkipath=',
      );
    }
  };
  return { ca: read('CA certificate', ca), cert: read('client certificate', cert), key: read('client key', key) };
}

/** A program whose standard input and output are the connection; what it says on stderr explains its end. */
function dialCommand({ program, args }: Extract<Endpoint, { kind: 'command' }>): Duplex {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr = (stderr + chunk.toString()).slice(-4096)));
  const duplex = Duplex.from({ readable: child.stdout as Readable, writable: child.stdin as Writable }) as Duplex;
  child.on('error', (cause) => duplex.destroy(LibvirtError.system(ErrorDomain.RPC, `cannot run ${program}`, cause)));
  child.on('close', (status) => {
    if (!duplex.destroyed)
      duplex.destroy(
        status === 0
          ? undefined
          : rpcError(`End of file while reading data: ${stderr.trim() || `${program} ended with ${status}`}`),
      );
  });
  duplex.on('close', () => child.kill());
  return duplex;
}
