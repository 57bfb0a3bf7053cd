import { createHash, createHmac, pbkdf2Sync, randomBytes, timingSafeEqual } from 'node:crypto';
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtkit/core/util';
import type { SaslMechanism, SaslStep } from './sasl.js';

/** What a server keeps of a password (RFC 5803): enough to check one, not to know it. */
export interface ScramVerifier {
  readonly iterations: number;
  readonly salt: Uint8Array;
  readonly storedKey: Buffer;
  readonly serverKey: Buffer;
}

const ITERATIONS = 4096;
const KEY_LENGTH = 32;

const hmac = (key: Uint8Array, text: string | Uint8Array): Buffer => createHmac('sha256', key).update(text).digest();
const hash = (data: Uint8Array): Buffer => createHash('sha256').update(data).digest();

/** The verifier of a password, with a fresh salt unless one is given. */
export function scramVerifier(
  password: string,
  salt: Uint8Array = randomBytes(16),
  iterations = ITERATIONS,
): ScramVerifier {
  const salted = pbkdf2Sync(password.normalize('NFKC'), salt, iterations, KEY_LENGTH, 'sha256');
  return { iterations, salt, storedKey: hash(hmac(salted, 'Client Key')), serverKey: hmac(salted, 'Server Key') };
}

/** True if the password is that of the verifier. */
export function checkPassword(password: string, verifier: ScramVerifier): boolean {
  const { storedKey } = scramVerifier(password, verifier.salt, verifier.iterations);
  return timingSafeEqual(storedKey, verifier.storedKey);
}

/** A user's secret that belongs to nobody: unknown users get as far as wrong passwords, so that names cannot be probed. */
const decoy = (secret: Buffer, user: string): ScramVerifier => ({
  iterations: ITERATIONS,
  salt: hmac(secret, user).subarray(0, 16),
  storedKey: randomBytes(KEY_LENGTH),
  serverKey: randomBytes(KEY_LENGTH),
});
const DECOY_SECRET = randomBytes(32);

export const authFailed = (why: string): LibvirtError =>
  new LibvirtError(ErrorCode.AUTH_FAILED, ErrorDomain.RPC, 'authentication failed', { cause: new Error(why) });

/** The server's side of SCRAM-SHA-256 (RFC 5802, 7677) without channel binding. */
export class ScramServer implements SaslMechanism {
  #state:
    { bare: string; first: string; nonce: string; header: string; user: string; verifier: ScramVerifier } | undefined;
  #known = false;

  constructor(
    private readonly find: (user: string) => ScramVerifier | undefined,
    private readonly nonce = () => randomBytes(24).toString('base64'),
  ) {}

  step(data: Uint8Array): SaslStep {
    const text = Buffer.from(data).toString('utf8');
    return this.#state === undefined ? this.#first(text) : this.#final(text);
  }

  #first(text: string): SaslStep {
    const match = /^([ny]|p=[^,]*),(?:a=([^,]*))?,((?:m=[^,]*,)?n=([^,]*),r=([\x21-\x2b\x2d-\x7e]+)(?:,.*)?)$/.exec(
      text,
    );
    if (match === null) throw authFailed('malformed first message');
    const [, binding = '', , bare = '', encoded = '', clientNonce = ''] = match;
    if (binding.startsWith('p')) throw authFailed('channel binding is not offered');
    if (bare.startsWith('m=')) throw authFailed('unknown mandatory extension');
    const user = encoded.replaceAll('=2C', ',').replaceAll('=3D', '=');
    const found = this.find(user);
    this.#known = found !== undefined;
    const verifier = found ?? decoy(DECOY_SECRET, user);
    const nonce = clientNonce + this.nonce();
    const first = `r=${nonce},s=${Buffer.from(verifier.salt).toString('base64')},i=${verifier.iterations}`;
    this.#state = { bare, first, nonce, header: text.slice(0, text.length - bare.length), user, verifier };
    return { data: Buffer.from(first) };
  }

  #final(text: string): SaslStep {
    const { bare, first, nonce, header, user, verifier } = this.#state!;
    const match = /^(c=([^,]*),r=([^,]*)(?:,[^p][^,]*)*),p=([A-Za-z0-9+/]+={0,2})$/.exec(text);
    if (match === null) throw authFailed('malformed final message');
    const [, withoutProof = '', binding = '', echoed = '', proofText = ''] = match;
    if (echoed !== nonce) throw authFailed('the nonce does not match');
    if (Buffer.from(binding, 'base64').toString() !== header) throw authFailed('the channel binding does not match');
    const proof = Buffer.from(proofText, 'base64');
    const message = `${bare},${first},${withoutProof}`;
    const signature = hmac(verifier.storedKey, message);
    if (proof.length !== signature.length) throw authFailed('the proof has the wrong length');
    const clientKey = proof.map((byte, i) => byte ^ signature[i]!);
    if (!timingSafeEqual(hash(clientKey), verifier.storedKey) || !this.#known)
      throw authFailed(`wrong password of ${user}`);
    return { data: Buffer.from(`v=${hmac(verifier.serverKey, message).toString('base64')}`), user };
  }
}
