import { ErrorCode, ErrorDomain, LibvirtError } from '../../util/index.js';
import { type DomainXmlOption, domainXmlOption, type XmlNamespace } from '../domain/xml-option.js';
import { escapeXml, formatNode, indentOf, type Json, readXml, type XmlNode } from '../xml/index.js';

/** The elements of one driver's namespace, for who does not know the driver: as markup. */
export interface ForeignElements {
  uri: string;
  elements: string[];
}

/** The rules of a domain document whose driver is not known: what stands in namespaces is kept as markup, whatever it is. */
export function foreignOption(namespaces: ReadonlyMap<string, string>): DomainXmlOption {
  return domainXmlOption({
    features: ['user-alias', 'net-model-string', 'disk-fd', 'name-slash', 'wide-scsi'],
    namespace: [...namespaces].map(([prefix, uri]) => foreignNamespace(prefix, uri)),
  });
}

function foreignNamespace(prefix: string, uri: string): XmlNamespace {
  return {
    prefix,
    uri,
    decode(domain): ForeignElements | undefined {
      const elements = domain.children.filter(({ ns }) => ns === uri);
      if (elements.length === 0) return undefined;
      return { uri, elements: elements.map((node) => formatNode(node, 0).trimEnd()) };
    },
    encode(value, depth) {
      const { elements } = value as ForeignElements;
      // The root declares the prefix; each element does so as well, to be markup of its own.
      const declared = ` xmlns:${prefix}="${uri}"`;
      return elements
        .map((markup) => markup.replace(declared, '').replaceAll('\n', `\n${indentOf(depth)}`))
        .map((markup) => `${indentOf(depth)}${markup}\n`)
        .join('');
    },
  };
}

/** The namespaces of the elements directly inside `<domain>`, by the prefix they are written with. */
export function foreignNamespaces(domain: XmlNode): Map<string, string> {
  const found = new Map<string, string>();
  for (const { ns, qname } of domain.children) {
    if (ns === '' || [...found.values()].includes(ns)) continue;
    const colon = qname.indexOf(':');
    let prefix = colon < 0 ? 'ns' : qname.slice(0, colon);
    while (found.has(prefix)) prefix += '0';
    found.set(prefix, ns);
  }
  return found;
}

/** The namespaces of a domain in JSON; INVALID_ARG where they are not of {@link ForeignElements}' form. */
export function foreignNamespacesOf(json: Json | undefined, path: string): Map<string, string> {
  const found = new Map<string, string>();
  if (json === undefined) return found;
  if (!isObject(json)) throw refuse(path, 'an object is expected');
  for (const [prefix, space] of Object.entries(json)) {
    const place = `${path}.${prefix}`;
    if (!isObject(space) || typeof space.uri !== 'string' || !isTexts(space.elements))
      throw refuse(place, "an object is expected with 'uri', a text, and 'elements', a list of markup");
    for (const markup of space.elements) checkMarkup(markup, prefix, space.uri, place);
    found.set(prefix, space.uri);
  }
  return found;
}

const isObject = (json: Json | undefined): json is { readonly [key: string]: Json } =>
  typeof json === 'object' && json !== null && !Array.isArray(json);
const isTexts = (json: Json | undefined): json is readonly string[] =>
  Array.isArray(json) && json.every((item) => typeof item === 'string');

const refuse = (path: string, what: string): LibvirtError =>
  new LibvirtError(ErrorCode.INVALID_ARG, ErrorDomain.CONF, `${path}: ${what}`);

function checkMarkup(markup: string, prefix: string, uri: string, path: string): void {
  let root: XmlNode;
  try {
    root = readXml(`<x xmlns:${prefix}='${escapeXml(uri)}'>${markup}</x>`);
  } catch (error) {
    if (!LibvirtError.is(error)) throw error;
    throw refuse(path, `'${markup}' is no markup: ${error.detail}`);
  }
  const [element, ...others] = root.children;
  if (element?.ns !== uri || others.length > 0) throw refuse(path, `'${markup}' is not one element of '${uri}'`);
}
