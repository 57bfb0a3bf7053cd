import type { DomainDef } from '@virtkit/core/conf';
import { DomainModificationImpact, ErrorDomain } from '@virtkit/core/util';
import { invalidArgument, operationInvalid } from '../errors.js';
import type { DomainObject } from './domain-object.js';

const { LIVE, CONFIG } = DomainModificationImpact;

/** virDomainObjCheckActive */
export function requireActive(dom: DomainObject): void {
  if (!dom.active) throw operationInvalid('domain is not running', ErrorDomain.DOMAIN);
}

/** virDomainObjUpdateModificationImpact: which definitions a change concerns. */
export function impactOf(dom: DomainObject, flags: number): { readonly live: boolean; readonly config: boolean } {
  const asked = flags & (LIVE | CONFIG);
  const live = asked === 0 ? dom.active : (asked & LIVE) !== 0;
  const config = asked === 0 ? !dom.active : (asked & CONFIG) !== 0;
  if (live) requireActive(dom);
  if (config && !dom.persistent)
    throw operationInvalid('transient domains do not have any persistent config', ErrorDomain.DOMAIN);
  return { live, config };
}

/** As {@link impactOf}, for functions that work on one definition at a time. */
export function oneImpactOf(dom: DomainObject, flags: number): { readonly live: boolean } {
  if ((flags & LIVE) !== 0 && (flags & CONFIG) !== 0)
    throw invalidArgument("Flags 'VIR_DOMAIN_AFFECT_LIVE' and 'VIR_DOMAIN_AFFECT_CONFIG' are mutually exclusive");
  return impactOf(dom, flags);
}

/** virDomainObjGetOneDef: the definition that `flags` ask for. */
export function oneDef(dom: DomainObject, flags: number): DomainDef {
  return oneImpactOf(dom, flags).live ? dom.live : dom.config;
}

/** Replaces one definition by what `change` makes of it; nothing happens where that raises. */
export function changeOne(
  dom: DomainObject,
  flags: number,
  change: (def: DomainDef, live: boolean) => DomainDef,
): void {
  const { live } = oneImpactOf(dom, flags);
  if (live) dom.setLive(change(dom.live, true));
  else dom.setConfig(change(dom.config, false));
}

/** Replaces the live and the stored definition, as asked; nothing happens where one of them cannot be. */
export function changeAll(
  dom: DomainObject,
  flags: number,
  change: (def: DomainDef, live: boolean) => DomainDef,
): void {
  const { live, config } = impactOf(dom, flags);
  const newLive = live ? change(dom.live, true) : undefined;
  const newConfig = config ? change(dom.config, false) : undefined;
  if (newLive !== undefined) dom.setLive(newLive);
  if (newConfig !== undefined) dom.setConfig(newConfig);
}
