import type { Identity } from '@virtkit/core';
import type { SaslMechanism } from './sasl.js';

/** What a socket demands of its clients. */
export type AuthScheme = 'none' | 'sasl';

/** The state of one client's authentication. */
export class Authentication {
  complete: boolean;
  /** What it proved. */
  identity: Identity = {};
  /** The dialogue under way. */
  mechanism: SaslMechanism | undefined;

  constructor(
    readonly scheme: AuthScheme,
    /** By name; empty unless the scheme is sasl. */
    readonly mechanisms: ReadonlyMap<string, () => SaslMechanism>,
  ) {
    this.complete = scheme === 'none';
  }
}
