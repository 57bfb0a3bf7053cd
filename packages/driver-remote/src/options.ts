import { parseUri } from '@virtkit/core';
import type { ConnectionUri } from '@virtkit/core/driver';
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtkit/core/util';
import type { Credentials } from './sasl.js';

/** Options of this driver in the host's configuration. */
export interface RemoteOptions {
  /** Milliseconds until a call without an answer raises OPERATION_TIMEOUT; 0 for never. Default 600,000. */
  readonly callDeadline: number;
  /** Seconds between keepalive pings on a silent connection, and how many may stay unanswered; 0 turns them off. Default 5, 5. */
  readonly keepaliveInterval: number;
  readonly keepaliveCount: number;
  /** A lost connection is opened again, with growing pauses up to this many milliseconds; 0 turns that off. Default 30,000. */
  readonly reconnect: number;
  /**
   * Who serves local URIs such as `qemu:///system`: the daemon that listens here (true, the default), nobody (false), or the
   * daemon at this URI, whose path means nothing: `remote+ssh://root@far/`.
   */
  readonly local: ConnectionUri | boolean;
  /** For SASL, where neither URI nor authentication file tell. */
  readonly credentials: Credentials | undefined;
}

const DEFAULTS: RemoteOptions = {
  callDeadline: 600_000,
  keepaliveInterval: 5,
  keepaliveCount: 5,
  reconnect: 30_000,
  local: true,
  credentials: undefined,
};

/** Checks what the configuration holds; raises CONFIG_UNSUPPORTED naming the option. */
export function remoteOptions(given: Readonly<Record<string, unknown>>): RemoteOptions {
  const options: Record<string, unknown> = { ...DEFAULTS };
  for (const [name, value] of Object.entries(given)) {
    if (!(name in DEFAULTS)) throw refuse(`unknown option "${name}": known are ${Object.keys(DEFAULTS).join(', ')}`);
    if (name === 'credentials') {
      const { username, password } = (value ?? {}) as Partial<Credentials>;
      if (typeof username !== 'string' || typeof password !== 'string')
        throw refuse('"credentials" must be { "username": …, "password": … }');
      options[name] = value;
    } else if (name === 'local') options[name] = daemonOf(value);
    else if (typeof value !== 'number' || !(value >= 0))
      throw refuse(`"${name}" must be a number that is not negative`);
    else options[name] = value;
  }
  return options as unknown as RemoteOptions;
}

function daemonOf(value: unknown): ConnectionUri | boolean {
  if (typeof value === 'boolean') return value;
  const uri = typeof value === 'string' && value.includes(':') ? parseUri(value) : undefined;
  if (uri !== undefined && (uri.host !== '' || uri.transport !== undefined)) return uri;
  throw refuse('"local" must be true, false, or the URI of a daemon, as "remote+ssh://root@example.org/"');
}

const refuse = (text: string): LibvirtError =>
  new LibvirtError(ErrorCode.CONFIG_UNSUPPORTED, ErrorDomain.REMOTE, `driver remote: ${text}`);
