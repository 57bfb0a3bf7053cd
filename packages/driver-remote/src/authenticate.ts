import { readFileSync } from 'node:fs';
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtkit/core/util';
import { type Procedure, remote } from './protocol/index.js';
import type { RpcClient } from './rpc-client.js';
import { type Credentials, MECHANISMS, saslClient } from './sasl.js';

export const AuthType = { NONE: 0, SASL: 1, POLKIT: 2 } as const;

export interface AuthOptions {
  /** `none`, `polkit`, `sasl`, `sasl.MECHANISM`; undefined takes what the daemon wants. */
  readonly auth: string | undefined;
  readonly authFile: string | undefined;
  readonly user: string | undefined;
  readonly host: string;
  readonly credentials: Credentials | undefined;
  /** Whether passwords may be sent as they are. */
  readonly private: boolean;
  readonly deadline: number;
}

const procedure = (name: string): Procedure => remote.byName.get(name)!;

/** The first calls of a connection: asks what the daemon wants, and does it. */
export async function authenticate(client: RpcClient, options: AuthOptions): Promise<void> {
  const call = async (name: string, values: readonly unknown[] = []): Promise<readonly unknown[]> =>
    (await client.call(procedure(name), values, options.deadline)).values;
  const [types] = (await call('authList')) as [readonly number[]];
  const wanted =
    options.auth === undefined
      ? types[0]
      : options.auth.startsWith('sasl')
        ? AuthType.SASL
        : options.auth === 'polkit'
          ? AuthType.POLKIT
          : AuthType.NONE;
  if (wanted === undefined || !types.includes(wanted))
    throw new LibvirtError(
      ErrorCode.AUTH_FAILED,
      ErrorDomain.REMOTE,
      `requested authentication type '${options.auth ?? 'any'}' rejected: the daemon offers ${types.join(', ') || 'none'}`,
    );
  if (wanted === AuthType.POLKIT) await call('authPolkit');
  if (wanted === AuthType.SASL) await sasl(call, options);
}

async function sasl(
  call: (name: string, values?: readonly unknown[]) => Promise<readonly unknown[]>,
  options: AuthOptions,
): Promise<void> {
  const [list] = (await call('authSaslInit')) as [string];
  const offered = list.split(/[\s,]+/);
  const only = options.auth?.startsWith('sasl.') ? options.auth.slice(5) : undefined;
  const usable = MECHANISMS.filter(
    (name) => offered.includes(name) && (only === undefined || only === name) && (name !== 'PLAIN' || options.private),
  );
  const mechanism = usable[0];
  if (mechanism === undefined)
    throw new LibvirtError(
      ErrorCode.AUTH_FAILED,
      ErrorDomain.REMOTE,
      `no SASL mechanism in common: the daemon offers ${list}, this client ${MECHANISMS.join(', ')} (PLAIN only over TLS or a unix socket)`,
    );
  const client = saslClient(mechanism, credentialsOf(options));
  const bytes = (text: string): Uint8Array => Buffer.from(text, 'utf8');
  let reply = await call('authSaslStart', [mechanism, 0, bytes(client.first())]);
  for (let step = 0; step < 10; step++) {
    const [complete, , data] = reply as [number, number, Uint8Array];
    const challenge = Buffer.from(data).toString('utf8').replace(/\0$/, '');
    if (complete !== 0) {
      client.verify(challenge);
      return;
    }
    const answer = client.next(challenge);
    reply = await call('authSaslStep', [answer === undefined ? 1 : 0, bytes(answer ?? '')]);
  }
  throw new LibvirtError(ErrorCode.AUTH_FAILED, ErrorDomain.REMOTE, 'SASL: the daemon asks without end');
}

function credentialsOf({ user, host, authFile, credentials }: AuthOptions): Credentials {
  const stored = authFile === undefined ? undefined : fromAuthFile(authFile, host);
  const username = user ?? stored?.username ?? credentials?.username;
  const password = stored?.password ?? credentials?.password;
  if (username !== undefined && password !== undefined) return { username, password };
  throw new LibvirtError(
    ErrorCode.AUTH_FAILED,
    ErrorDomain.REMOTE,
    `the daemon wants a user name and a password: give them by ?authfile=FILE or the driver's option "credentials"`,
  );
}

/** libvirt's auth.conf: `[auth-libvirt-HOST] credentials=NAME` points to `[credentials-NAME]` with authname and password. */
function fromAuthFile(file: string, host: string): Partial<Credentials> | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw LibvirtError.system(ErrorDomain.REMOTE, `cannot read the authentication file ${file}`, cause);
  }
  const groups = new Map<string, Map<string, string>>();
  let current = new Map<string, string>();
  for (const line of text.split('\n')) {
    const header = /^\s*\[(.+)\]\s*$/.exec(line)?.[1];
    const [, key, value] = /^\s*([^#=\s]+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (header !== undefined) groups.set(header, (current = new Map<string, string>()));
    else if (key !== undefined) current.set(key, value ?? '');
  }
  const name = (groups.get(`auth-libvirt-${host}`) ?? groups.get('auth-libvirt-default'))?.get('credentials');
  const found = name === undefined ? undefined : groups.get(`credentials-${name}`);
  if (found === undefined) return undefined;
  const username = found.get('authname') ?? found.get('username');
  const password = found.get('password');
  return { ...(username === undefined ? {} : { username }), ...(password === undefined ? {} : { password }) };
}
