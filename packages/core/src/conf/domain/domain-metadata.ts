import { DomainMetadataType, ErrorCode, ErrorDomain, LibvirtError } from '../../util/index.js';
import type { DomainDef } from './domain-def.js';
import { metadataElement, withMetadataElement } from './metadata-element.js';

const { DESCRIPTION, TITLE, ELEMENT } = DomainMetadataType;

function invalid(detail: string): LibvirtError {
  return new LibvirtError(ErrorCode.INVALID_ARG, ErrorDomain.DOMAIN, detail);
}

function plain(message: string): LibvirtError {
  return LibvirtError.received(ErrorCode.INVALID_ARG, ErrorDomain.DOMAIN, message, { str1: '%s', str2: message });
}

/** The definition with another title or description, or without one. */
function withText(def: DomainDef, key: 'title' | 'description', text: string | null): DomainDef {
  const { [key]: _, ...rest } = def;
  return text === null || text === '' ? rest : { ...rest, [key]: text };
}

/** What virDomainSetMetadata says of its arguments, before it looks for the domain. Raises INVALID_ARG. */
export function checkDomainMetadata(type: number, text: string | null, key: string | null, uri: string | null): void {
  if (type === TITLE && text?.includes('\n') === true) throw plain("metadata title can't contain newlines");
  const wrong = (name: string, must: string): Error => plain(`${name} in virDomainSetMetadata ${must}`);
  if (type === TITLE || type === DESCRIPTION) {
    if (uri !== null) throw wrong('uri', 'must be NULL');
    if (key !== null) throw wrong('key', 'must be NULL');
  }
  if (type === ELEMENT) {
    if (uri === null) throw wrong('uri', 'must not be NULL');
    if (key === null && text !== null) throw wrong('key', 'must not be NULL');
  }
}

/** virDomainDefSetMetadata: null removes. Raises INVALID_ARG. */
export function withDomainMetadata(
  def: DomainDef,
  type: number,
  text: string | null,
  key: string | null,
  uri: string | null,
): DomainDef {
  checkDomainMetadata(type, text, key, uri);
  switch (type) {
    case DESCRIPTION:
      return withText(def, 'description', text);
    case TITLE:
      return withText(def, 'title', text);
    case ELEMENT:
      return { ...def, metadata: withMetadataElement(def.metadata, text, key ?? '', uri ?? '') };
    default:
      throw invalid(`unknown metadata type '${type}'`);
  }
}

/** virDomainObjGetMetadata of a definition. Raises NO_DOMAIN_METADATA where there is none. */
export function domainMetadata(def: DomainDef, type: number, uri: string | null): string {
  const found = readMetadata(def, type, uri);
  if (found === undefined)
    throw new LibvirtError(
      ErrorCode.NO_DOMAIN_METADATA,
      ErrorDomain.DOMAIN,
      'Requested metadata element is not present',
    );
  return found;
}

function readMetadata(def: DomainDef, type: number, uri: string | null): string | undefined {
  switch (type) {
    case DESCRIPTION:
      return def.description;
    case TITLE:
      return def.title;
    case ELEMENT:
      return metadataElement(def.metadata, uri ?? '');
    default:
      throw invalid(`unknown metadata type '${type}'`);
  }
}
