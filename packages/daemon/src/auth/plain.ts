import type { SaslMechanism, SaslStep } from './sasl.js';
import { authFailed, checkPassword, type ScramVerifier, scramVerifier } from './scram.js';

/** The server's side of PLAIN (RFC 4616): the password itself, so only where nobody can listen. */
export class PlainServer implements SaslMechanism {
  constructor(private readonly find: (user: string) => ScramVerifier | undefined) {}

  step(data: Uint8Array): SaslStep {
    const [authorize = '', user = '', password, ...rest] = Buffer.from(data).toString('utf8').split('\0');
    if (password === undefined || rest.length > 0 || user === '') throw authFailed('malformed message');
    if (authorize !== '' && authorize !== user) throw authFailed(`${user} may not act as ${authorize}`);
    const verifier = this.find(user);
    // The work is the same for unknown users, so that the time tells nothing.
    const right = checkPassword(password, verifier ?? UNKNOWN());
    if (!right || verifier === undefined) throw authFailed(`wrong password of ${user}`);
    return { data: undefined, user };
  }
}

let unknown: ScramVerifier | undefined;
const UNKNOWN = (): ScramVerifier => (unknown ??= scramVerifier('no password is this one'));
