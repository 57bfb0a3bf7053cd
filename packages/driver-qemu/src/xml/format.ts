import { type DomainDef, type DomainFormatOptions, type DomainXmlOption, formatDomain } from '@virtkit/core/conf';
import { migratableDef } from './migratable.js';

/** qemuDomainDefFormatXML: the document of a domain; one for other hosts is without what those could do without. */
export function formatQemuDomain(def: DomainDef, option: DomainXmlOption, format: DomainFormatOptions = {}): string {
  if (format.migratable !== true) return formatDomain(def, option, format);
  // A host that shall run the domain needs its passwords.
  return formatDomain(migratableDef(def, option, format.inactive !== false), option, { ...format, secure: true });
}
