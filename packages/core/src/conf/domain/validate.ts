import { domainDevices } from './device-list.js';
import type { DomainDef } from './domain-def.js';
import type { DomainParseOptions, DomainXmlOption } from './xml-option.js';

/** virDomainDefValidate: what no driver can make sense of, then what the domain's own driver refuses. */
export function validateDomain(def: DomainDef, option: DomainXmlOption, parse: DomainParseOptions = {}): void {
  const { validate } = option;
  validate.domain?.(def, parse);
  if (validate.device !== undefined) for (const device of domainDevices(def)) validate.device(device, def, parse);
}
