/** One element of a parsed document. Comments and processing instructions are gone, references are decoded. */
export interface XmlNode {
  /** Local name; a prefix bound to no namespace stays part of it, as in libxml2. */
  readonly name: string;
  /** URI of the element's namespace, '' for none. */
  readonly ns: string;
  /** The name as written, with its prefix. */
  readonly qname: string;
  /** Attributes by the name as written (an object without prototype); namespace declarations are among them. */
  readonly attrs: Readonly<Record<string, string>>;
  readonly children: readonly XmlNode[];
  /** All character data directly inside the element, CDATA included. */
  readonly text: string;
  /** Order of text, elements and comments; only where it says more than `text` and `children` do. */
  readonly mixed?: readonly XmlContent[];
  /** Line of the start tag, from 1. */
  readonly line: number;
}

export type XmlContent = XmlNode | string | { readonly comment: string };

/** The first child element of that name in no namespace. */
export function childOf(node: XmlNode, name: string): XmlNode | undefined {
  for (const child of node.children) if (child.name === name && child.ns === '') return child;
  return undefined;
}

/** All child elements of that name in no namespace. */
export function childrenOf(node: XmlNode, name: string): XmlNode[] {
  return node.children.filter((child) => child.name === name && child.ns === '');
}
