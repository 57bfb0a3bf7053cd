import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtkit/core/util';
import type { ConnectionUri } from '@virtkit/core/driver';

/** Where a daemon is reached. */
export type Endpoint =
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | {
      readonly kind: 'tls';
      readonly host: string;
      readonly port: number;
      readonly pki: PkiFiles;
      readonly verify: boolean;
    }
  | { readonly kind: 'command'; readonly program: string; readonly args: readonly string[] };

/** PEM files of a TLS client; each must exist. */
export interface PkiFiles {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** How a URI is served: where, what the daemon is asked to open, and how to authenticate. */
export interface Target {
  readonly endpoint: Endpoint;
  /** The URI sent to the daemon; null lets it choose. */
  readonly name: string | null;
  /** `none`, `sasl`, `sasl.MECHANISM`; undefined takes what the daemon wants. */
  readonly auth: string | undefined;
  readonly authFile: string | undefined;
  /** For SASL: who asks, and the name by which the authentication file knows the daemon. */
  readonly user: string | undefined;
  readonly host: string;
  /** A local URI, which another daemon serves as if it were its own. */
  readonly forwarded: boolean;
}

/** Parameters that are for this side; the rest go to the daemon. */
const OWN = new Set(
  'name command socket auth authfile sshauth netcat keyfile pkipath known_hosts known_hosts_verify tls_priority mode proxy no_sanity no_verify no_tty'.split(
    ' ',
  ),
);
const TRANSPORTS = ['tls', 'unix', 'ssh', 'ext', 'tcp', 'libssh2', 'libssh'];
const SYSTEM_SOCKETS = '/var/run/libvirt';

/**
 * Reads a connection URI as libvirt's remote driver does. Undefined declines: a local URI without a transport for which
 * no daemon listens. Raises INVALID_ARG for what cannot be reached at all.
 */
export function targetOf(uri: ConnectionUri, readOnly: boolean): Target | undefined {
  const { params } = uri;
  const transport = uri.transport ?? (uri.host === '' ? undefined : 'tls');
  if (transport !== undefined && !TRANSPORTS.includes(transport))
    throw invalid(
      `remote_open: transport in URL not recognised (should be ${TRANSPORTS.join('|')}), not '${transport}'`,
    );
  const common = {
    name: params.get('name') ?? daemonUri(uri),
    auth: params.get('auth') ?? undefined,
    authFile: params.get('authfile') ?? undefined,
    user: uri.user,
    host: uri.host || 'localhost',
    forwarded: false,
  };
  const { host } = common;
  const flag = (name: string): boolean => !['0', null].includes(params.get(name));
  switch (transport) {
    case undefined: {
      const path = socketPath(uri, readOnly);
      return params.has('socket') || existsSync(path) ? { ...common, endpoint: { kind: 'unix', path } } : undefined;
    }
    case 'unix':
      if (uri.host !== '' && uri.host !== 'localhost')
        throw invalid(
          `using unix socket and remote server '${uri.host}' is not supported: leave the host out, or use +ssh, +tls or +tcp`,
        );
      return { ...common, endpoint: { kind: 'unix', path: socketPath(uri, readOnly) } };
    case 'tcp':
      return { ...common, endpoint: { kind: 'tcp', host, port: uri.port ?? 16509 } };
    case 'tls':
      return {
        ...common,
        endpoint: {
          kind: 'tls',
          host,
          port: uri.port ?? 16514,
          pki: pkiFiles(params.get('pkipath')),
          verify: !flag('no_verify'),
        },
      };
    case 'ext': {
      const command = params.get('command');
      if (command === null) throw invalid(`'${uri.text}': the ext transport needs ?command=PROGRAM`);
      return { ...common, endpoint: { kind: 'command', program: command, args: [] } };
    }
    default:
      return { ...common, endpoint: sshCommand(uri, host, readOnly, flag('no_verify'), flag('no_tty')) };
  }
}

/**
 * A URI without host and transport, served by the daemon at another: `daemon` says where and how, the daemon is asked for
 * `uri` as it is. Undefined as for {@link targetOf}.
 */
export function forwardedTarget(uri: ConnectionUri, daemon: ConnectionUri, readOnly: boolean): Target | undefined {
  const target = targetOf(daemon, readOnly);
  return target && { ...target, name: daemonUri(uri), forwarded: true };
}

/** The URI as the daemon gets it: without transport, host, and the parameters that are for this side. */
function daemonUri(uri: ConnectionUri): string | null {
  if (uri.scheme === 'remote') return '';
  const rest = [...uri.params].filter(([name]) => !OWN.has(name));
  const query = rest.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&');
  return `${uri.scheme}://${uri.path}${query === '' ? '' : `?${query}`}`;
}

/** The socket of the monolithic daemon, or of the driver's own where that one is there. */
function socketPath(uri: ConnectionUri, readOnly: boolean, local = true): string {
  const given = uri.params.get('socket');
  if (given !== null) return given;
  const session = uri.path === '/session';
  const runtime = process.env['XDG_RUNTIME_DIR'] ?? join(homedir(), '.cache');
  const folder = session ? join(runtime, 'libvirt') : SYSTEM_SOCKETS;
  const suffix = readOnly && !session ? '-sock-ro' : '-sock';
  const mode = uri.params.get('mode') ?? 'auto';
  const direct = join(folder, `virt${uri.scheme === 'remote' ? 'proxy' : uri.scheme}d${suffix}`);
  if (mode === 'direct' || (mode === 'auto' && local && existsSync(direct))) return direct;
  return join(folder, `libvirt${suffix}`);
}

function pkiFiles(folder: string | null): PkiFiles {
  if (folder !== null)
    return { ca: join(folder, 'cacert.pem'), cert: join(folder, 'clientcert.pem'), key: join(folder, 'clientkey.pem') };
  const own = join(homedir(), '.pki/libvirt');
  if (existsSync(join(own, 'clientcert.pem'))) return pkiFiles(own);
  return {
    ca: '/etc/pki/CA/cacert.pem',
    cert: '/etc/pki/libvirt/clientcert.pem',
    key: '/etc/pki/libvirt/private/clientkey.pem',
  };
}

/** The system's ssh, running libvirt's helper over there, or netcat on the daemon's socket where there is no helper. */
function sshCommand(uri: ConnectionUri, host: string, readOnly: boolean, noVerify: boolean, noTty: boolean): Endpoint {
  const { params } = uri;
  const args = ['-T', '-e', 'none'];
  if (uri.port !== undefined) args.push('-p', String(uri.port));
  if (uri.user !== undefined) args.push('-l', uri.user);
  const keyfile = params.get('keyfile');
  if (keyfile !== null) args.push('-i', keyfile);
  if (noVerify) args.push('-o', 'StrictHostKeyChecking=no');
  if (noTty) args.push('-o', 'PasswordAuthentication=no', '-o', 'BatchMode=yes');
  const socket = socketPath(uri, readOnly, false);
  const netcat = `${quote(params.get('netcat') ?? 'nc')} -U ${quote(socket)}`;
  const helper = `virt-ssh-helper ${readOnly ? '-r ' : ''}${quote(daemonUri(uri) ?? '')}`;
  const proxy = params.get('proxy') ?? (params.has('socket') || params.has('netcat') ? 'netcat' : 'auto');
  const remote =
    proxy === 'netcat'
      ? netcat
      : proxy === 'native'
        ? helper
        : `if command -v virt-ssh-helper >/dev/null 2>&1; then ${helper}; else ${netcat}; fi`;
  args.push('--', host, `sh -c ${quote(remote)}`);
  return { kind: 'command', program: params.get('command') ?? 'ssh', args };
}

const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

const invalid = (text: string): LibvirtError => new LibvirtError(ErrorCode.INVALID_ARG, ErrorDomain.REMOTE, text);
