import type { ConfContext } from '../xml/index.js';
import type { DomainXmlOption } from './xml-option.js';

/** What a run over a domain's document is for, and under which driver's rules. */
export interface DomainContext extends ConfContext {
  readonly option: DomainXmlOption;
}

/** The driver's rules of a run; elements used outside of domains have none. */
export function optionOf(context: ConfContext): DomainXmlOption | undefined {
  return (context as Partial<DomainContext>).option;
}

/** VIR_DOMAIN_DEF_FEATURE_USER_ALIAS */
export function showsUserAliases(context: ConfContext): boolean {
  return optionOf(context)?.features.has('user-alias') ?? true;
}
