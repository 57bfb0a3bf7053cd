import { matchesAny } from '../server/x509-name.js';
import { PlainServer } from './plain.js';
import type { SaslMechanism } from './sasl.js';
import { authFailed, ScramServer, type ScramVerifier } from './scram.js';

export interface SaslOptions {
  readonly names: readonly string[];
  /** Nobody else can listen to the transport. */
  readonly confidential: boolean;
  readonly allowed: readonly string[] | undefined;
  readonly find: (user: string) => ScramVerifier | undefined;
}

/** The mechanisms that a socket offers, in order. */
export function saslMechanisms(options: SaslOptions): ReadonlyMap<string, () => SaslMechanism> {
  const { find, confidential, allowed } = options;
  const mechanisms = new Map<string, () => SaslMechanism>();
  const guarded = (mechanism: SaslMechanism): SaslMechanism => ({
    step(data) {
      const answer = mechanism.step(data);
      if (answer.user !== undefined && allowed !== undefined && !matchesAny(answer.user, allowed))
        throw authFailed(`${answer.user} is not among sasl_allowed_username_list`);
      return answer;
    },
  });
  for (const name of options.names) {
    if (name === 'SCRAM-SHA-256') mechanisms.set(name, () => guarded(new ScramServer(find)));
    // The password travels as it is.
    else if (name === 'PLAIN' && confidential) mechanisms.set(name, () => guarded(new PlainServer(find)));
  }
  return mechanisms;
}
