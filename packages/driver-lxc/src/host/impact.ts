import { DomainModificationImpact } from '@virtkit/core/util';
import { invalidArg, notRunning } from '../errors.js';

const { LIVE, CONFIG } = DomainModificationImpact;

/** virDomainObjUpdateModificationImpact, for a domain that does not run: only its definition can be meant. */
export function requireConfig(flags: number): void {
  if ((flags & LIVE) !== 0) throw notRunning();
}

/** virDomainObjGetOneDef: as {@link requireConfig}, for questions about one definition. */
export function requireOneConfig(flags: number): void {
  if ((flags & LIVE) !== 0 && (flags & CONFIG) !== 0)
    throw invalidArg("Flags 'VIR_DOMAIN_AFFECT_LIVE' and 'VIR_DOMAIN_AFFECT_CONFIG' are mutually exclusive");
  requireConfig(flags);
}
