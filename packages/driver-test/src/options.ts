import { ErrorCode, ErrorDomain, LibvirtError } from '@virtkit/core/util';
import { checkFaultRules, type FaultRule } from './faults/fault-rule.js';

/** The driver's options in a host's configuration. */
export interface TestDriverOptions {
  /** Faults for every connection of the host. */
  readonly faults: readonly FaultRule[];
  /** Who connections are, for node files that ask. */
  readonly credentials: { readonly user: string; readonly password?: string } | undefined;
}

const KEYS = ['faults', 'credentials'];

/** Checks what the configuration says; CONFIG_UNSUPPORTED names what is wrong. */
export function checkOptions(options: Readonly<Record<string, unknown>>): TestDriverOptions {
  const refuse = (text: string): never => {
    throw new LibvirtError(ErrorCode.CONFIG_UNSUPPORTED, ErrorDomain.TEST, `options of the test driver: ${text}`);
  };
  for (const key of Object.keys(options))
    if (!KEYS.includes(key)) refuse(`unknown option "${key}": known are ${KEYS.join(', ')}`);
  const { faults, credentials } = options as { faults?: unknown; credentials?: unknown };
  if (credentials !== undefined) {
    const { user, password } = (credentials ?? {}) as { user?: unknown; password?: unknown };
    if (typeof user !== 'string' || (password !== undefined && typeof password !== 'string'))
      refuse('"credentials" must be { "user": text, "password": text }');
  }
  return { faults: checkFaultRules(faults), credentials: credentials as TestDriverOptions['credentials'] };
}
