import { ErrorCode, ErrorDomain, generateUuid, LibvirtError, parseUuid } from '../../util/index.js';
import { childOf, type ElementCodec, escapeXml, type Field, indentOf, reqCustom, type XmlNode } from '../xml/index.js';

/** The text of the first child element of that name; undefined for none or an empty one. */
export function textOf(node: XmlNode, name: string): string | undefined {
  const text = childOf(node, name)?.text;
  return text === '' ? undefined : text;
}

/** virXMLCheckIllegalChars: a name that may not hold any of `illegal`. */
export function checkName(name: string, illegal: string, element = 'name'): void {
  const found = [...illegal].find((char) => name.includes(char));
  if (found !== undefined)
    throw new LibvirtError(ErrorCode.XML_DETAIL, ErrorDomain.XML, `invalid char in ${element}: ${found}`);
}

/** `<name>`, which must be there: NO_NAME of the subsystem otherwise, or the given error. */
export function nameField(domain: ErrorDomain, illegal = '', missing?: () => LibvirtError): Field<string, false> {
  return reqCustom<string>({
    reason: "a missing name is an error of the object's own subsystem",
    covers: { elements: ['name'] },
    decode(node) {
      const name = textOf(node, 'name');
      if (name === undefined) throw missing?.() ?? new LibvirtError(ErrorCode.NO_NAME, domain);
      checkName(name, illegal);
      return name;
    },
    body: (name, depth) => `${indentOf(depth)}<name>${escapeXml(name)}</name>\n`,
  });
}

/** `<uuid>`; a new one is made up where there is none. */
export function uuidField(
  domain: ErrorDomain,
  malformed: () => LibvirtError = () => new LibvirtError(ErrorCode.INTERNAL_ERROR, domain, 'malformed uuid element'),
): Field<string, false> {
  return reqCustom<string>({
    reason: 'a missing UUID is made up',
    covers: { elements: ['uuid'] },
    decode(node, context) {
      const text = textOf(node, 'uuid');
      if (text === undefined && context.verbatim === true) return undefined as never;
      const uuid = text === undefined ? generateUuid() : parseUuid(text);
      if (uuid === undefined) throw malformed();
      return uuid;
    },
    body: (uuid, depth) => `${indentOf(depth)}<uuid>${uuid}</uuid>\n`,
  });
}

/** A child element that is always in the model: read as an empty one where the document has none. */
export function orEmpty<T>(codec: ElementCodec<T>): Field<T, false> {
  return reqCustom<T>({
    reason: 'an absent element means an empty one',
    covers: { elements: [codec as ElementCodec<unknown>] },
    model: codec,
    decode: (node, context) => codec.decode(childOf(node, codec.name) ?? emptyNode(codec.name, node.line), context),
    body: (value, depth, context) => codec.encode(value, depth, context),
  });
}

const emptyNode = (name: string, line: number): XmlNode => ({
  name,
  ns: '',
  qname: name,
  attrs: {},
  children: [],
  text: '',
  line,
});
