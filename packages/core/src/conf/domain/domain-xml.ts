import { confContext, readXml, requireRoot, type Withheld, type XmlNode } from '../xml/index.js';
import type { DomainContext } from './context.js';
import { domain } from './domain-codec.js';
import type { DomainDef } from './domain-def.js';
import { arrangeDomain, postParseDomain } from './post-parse.js';
import { checkIdentity } from './read-order.js';
import { checkDocument, validateDomain } from './validate.js';
import { type DomainParseOptions, type DomainXmlOption, plainXmlOption } from './xml-option.js';

/** What libvirt calls a domain's document in its errors. */
export const DOMAIN_DOCUMENT = 'domain_definition';

/**
 * virDomainDefParseString: reads a domain under a driver's rules, fills in what is not said, and checks it. Raises
 * XML_DETAIL, XML_ERROR or CONFIG_UNSUPPORTED for a document that cannot be a domain.
 */
export function parseDomain(
  text: string,
  option: DomainXmlOption = plainXmlOption,
  parse: DomainParseOptions = {},
): DomainDef {
  return parseDomainNode(readXml(text, DOMAIN_DOCUMENT), option, parse);
}

/** virDomainDefParseNode: as {@link parseDomain}, for a domain inside another document. */
export function parseDomainNode(
  node: XmlNode,
  option: DomainXmlOption = plainXmlOption,
  parse: DomainParseOptions = {},
): DomainDef {
  requireRoot(node, 'domain');
  checkIdentity(node, option);
  const live = parse.inactive === false;
  const { shows } = confContext({ live, status: parse.status === true, secure: true });
  const context: DomainContext = { shows, option };
  const def = domain.decode(node, context);
  checkDocument(def);
  if (parse.skipPostParse !== true) {
    arrangeDomain(def, option);
    postParseDomain(def, option, parse);
  }
  if (parse.skipValidate !== true) validateDomain(def, option, parse);
  return def;
}

/** VIR_DOMAIN_XML_* and virDomainDefFormatFlags */
export interface DomainFormatOptions {
  /** Without run-time facts, as it would be started next. The default for a domain that does not run. */
  readonly inactive?: boolean;
  /** With passwords; a document for another host has them anyway. */
  readonly secure?: boolean;
  /** For a host that may be older. */
  readonly migratable?: boolean;
  readonly status?: boolean;
  /** Is told what was left out. */
  readonly withheld?: Withheld;
}

/** virDomainDefFormat: the document of a domain, under the rules of its driver. */
export function formatDomain(
  def: DomainDef,
  option: DomainXmlOption = plainXmlOption,
  format: DomainFormatOptions = {},
): string {
  return domain.encode(def, 0, domainContext(option, format));
}

/** The context of a format run, for parts of a domain printed alone. */
export function domainContext(option: DomainXmlOption, format: DomainFormatOptions = {}): DomainContext {
  const { inactive = true, migratable = false, secure = migratable, status = false, withheld } = format;
  const { shows } = confContext({ live: !inactive, secure, migratable, status });
  return { shows, option, ...(withheld && { withheld }) };
}
