import { createHash, createHmac, pbkdf2Sync, randomBytes, timingSafeEqual } from 'node:crypto';
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtkit/core/util';

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** A SASL mechanism at the client's end: each step answers what the server sent. */
export interface SaslClient {
  readonly name: string;
  first(): string;
  /** Undefined: nothing to send any more. */
  next(challenge: string): string | undefined;
  /** Raises if the server has not proven that it knows the password, where the mechanism has such a proof. */
  verify(final: string): void;
}

/** The mechanisms that we speak, best first. */
export const MECHANISMS = ['SCRAM-SHA-256', 'PLAIN'] as const;

export function saslClient(mechanism: string, credentials: Credentials): SaslClient {
  return mechanism === 'PLAIN' ? plain(credentials) : scram(credentials);
}

function plain({ username, password }: Credentials): SaslClient {
  return {
    name: 'PLAIN',
    first: () => `\0${username}\0${password}`,
    next: () => undefined,
    verify: () => undefined,
  };
}

/** RFC 5802 and 7677, without channel binding. */
function scram({ username, password }: Credentials): SaslClient {
  const nonce = randomBytes(18).toString('base64');
  const bare = `n=${username.replaceAll('=', '=3D').replaceAll(',', '=2C')},r=${nonce}`;
  let expected: Buffer | undefined;
  return {
    name: 'SCRAM-SHA-256',
    first: () => `n,,${bare}`,
    next(challenge) {
      if (expected !== undefined) {
        this.verify(challenge);
        return undefined;
      }
      const { r = '', s = '', i = '' } = attributes(challenge);
      if (!r.startsWith(nonce) || r === nonce) throw refused('the server changed our nonce');
      const salted = pbkdf2Sync(password.normalize('NFKC'), Buffer.from(s, 'base64'), Number(i), 32, 'sha256');
      const hmac = (key: Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
      const clientKey = hmac(salted, 'Client Key');
      const storedKey = createHash('sha256').update(clientKey).digest();
      const withoutProof = `c=biws,r=${r}`;
      const message = `${bare},${challenge},${withoutProof}`;
      const signature = hmac(storedKey, message);
      const proof = clientKey.map((byte, at) => byte ^ signature[at]!);
      expected = hmac(hmac(salted, 'Server Key'), message);
      return `${withoutProof},p=${Buffer.from(proof).toString('base64')}`;
    },
    verify(final) {
      const { v, e } = attributes(final);
      if (e !== undefined) throw refused(e);
      const given = Buffer.from(v ?? '', 'base64');
      if (expected === undefined || given.length !== expected.length || !timingSafeEqual(given, expected))
        throw refused('the server did not prove that it knows the password');
      expected = undefined;
      this.verify = () => undefined;
    },
  };
}

const attributes = (message: string): Record<string, string> =>
  Object.fromEntries(message.split(',').map((part) => [part.slice(0, 1), part.slice(2)]));

const refused = (text: string): LibvirtError =>
  new LibvirtError(ErrorCode.AUTH_FAILED, ErrorDomain.RPC, `SASL: ${text}`);
