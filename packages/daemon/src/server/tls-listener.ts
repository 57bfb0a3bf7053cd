import { readFile } from 'node:fs/promises';
import { createServer, type Server as TlsServer, type TLSSocket } from 'node:tls';
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtkit/core/util';
import { closeServer, listening, peerName, type Listener } from './listeners.js';
import { distinguishedName, matchesAny } from './x509-name.js';

export interface TlsFiles {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  readonly crl?: string | undefined;
}

export interface TlsOptions {
  readonly host: string | undefined;
  readonly port: number;
  readonly files: TlsFiles;
  /** False accepts clients without a certificate. */
  readonly verify: boolean;
  /** Patterns of names that may connect; undefined allows every verified one. */
  readonly allowed: readonly string[] | undefined;
  /** Told of clients that were refused. */
  readonly onRefused: (peer: string, why: string) => void;
}

export interface TlsListener extends Listener {
  /** Takes changed certificate files into use for new connections. */
  reload(): Promise<void>;
}

/** How long a handshake may take, in milliseconds. */
const HANDSHAKE = 10_000;

/** A TLS port: both sides show certificates; the server says with one byte that it accepts the client's. */
export function tlsListener(options: TlsOptions): TlsListener {
  const { host, port, verify, allowed, onRefused } = options;
  const address = `${host ?? '*'}:${port}`;
  let server: TlsServer | undefined;
  return {
    address: `tls ${address}`,
    async listen(accept) {
      server = createServer({
        ...(await readFiles(options.files)),
        requestCert: true,
        rejectUnauthorized: verify,
        minVersion: 'TLSv1.2',
        handshakeTimeout: HANDSHAKE,
        noDelay: true,
      });
      server.on('tlsClientError', (error, socket) => onRefused(peerName(socket, 'unknown'), error.message));
      server.on('secureConnection', (socket) => {
        const peer = peerName(socket, 'unknown');
        socket.on('error', () => undefined);
        const name = clientName(socket);
        if (verify && allowed !== undefined && (name === undefined || !matchesAny(name, allowed))) {
          onRefused(peer, `the certificate of '${name ?? 'nobody'}' is not among those allowed by tls_allowed_dn_list`);
          socket.destroy();
          return;
        }
        socket.write(Buffer.from([1]));
        accept({ socket, kind: 'tls', readOnly: false, identity: name === undefined ? {} : { x509Name: name }, peer });
      });
      await listening(server, { port, backlog: 1000, ...(host === undefined ? {} : { host }) }, address);
    },
    async reload() {
      server?.setSecureContext(await readFiles(options.files));
    },
    close: () => closeServer(server),
  };
}

function clientName(socket: TLSSocket): string | undefined {
  const certificate = socket.getPeerX509Certificate();
  return certificate === undefined || !socket.authorized ? undefined : distinguishedName(certificate.subject);
}

async function readFiles(files: TlsFiles): Promise<{ ca: Buffer; cert: Buffer; key: Buffer; crl?: Buffer }> {
  const read = async (what: string, path: string): Promise<Buffer> =>
    readFile(path).catch((error: unknown) => {
      throw new LibvirtError(
        ErrorCode.SYSTEM_ERROR,
        ErrorDomain.RPC,
        `Cannot read ${what} '${path}': ${(error as Error).message}; create it, or set listen_tls = 0`,
        { cause: error },
      );
    });
  const [ca, cert, key] = await Promise.all([
    read('CA certificate', files.ca),
    read('server certificate', files.cert),
    read('server private key', files.key),
  ]);
  return { ca, cert, key, ...(files.crl === undefined ? {} : { crl: await read('revocation list', files.crl) }) };
}
