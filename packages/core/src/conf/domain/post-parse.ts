import type { DomainDef } from './domain-def.js';
import type { DomainParseOptions, DomainXmlOption } from './xml-option.js';
import { domainDevices } from './device-list.js';

/** virDomainDefPostParse: fills in what the document left open, the same for all drivers, with the driver's hooks between. */
export function postParseDomain(def: DomainDef, option: DomainXmlOption, parse: DomainParseOptions = {}): void {
  const { postParse } = option;
  postParse.basic?.(def, parse);
  if (postParse.device !== undefined) for (const device of domainDevices(def)) postParse.device(device, def, parse);
  postParse.domain?.(def, parse);
  postParse.assignAddresses?.(def, parse);
}
