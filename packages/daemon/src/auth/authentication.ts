import type { Identity } from '@virtkit/core';
import type { SaslMechanism } from './sasl.js';

/** What a socket demands of its clients. */
export type AuthScheme = 'none' | 'sasl';

const NO_MECHANISMS: ReadonlyMap<string, () => SaslMechanism> = new Map();

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
    readonly mechanisms: ReadonlyMap<string, () => SaslMechanism> = NO_MECHANISMS,
  ) {
    this.complete = scheme === 'none';
  }
}
