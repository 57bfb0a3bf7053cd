/** What a mechanism answers: more data for the client, and perhaps the user that it proved to be. */
export interface SaslStep {
  readonly data: Uint8Array | undefined;
  /** Set when the dialogue is complete. */
  readonly user?: string;
}

/** One SASL dialogue on the server's side. Raises AUTH_FAILED. */
export interface SaslMechanism {
  step(data: Uint8Array): SaslStep;
}
