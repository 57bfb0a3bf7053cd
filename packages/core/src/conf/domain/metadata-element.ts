import { formatNode, readXml, type XmlNode } from '../xml/index.js';

const isDeclaration = (name: string): boolean => name === 'xmlns' || name.startsWith('xmlns:');

/** A node with its elements renamed, taken out of the namespace `uri`; `declare` is the prefix to declare it under again. */
function rewrite(node: XmlNode, uri: string, name: (node: XmlNode) => string, declare?: string): XmlNode {
  const attrs: Record<string, string> = {};
  for (const [key, value] of Object.entries(node.attrs)) if (!(isDeclaration(key) && value === uri)) attrs[key] = value;
  const children = node.children.map((child) => rewrite(child, uri, name));
  const mixed = node.mixed?.map((part) =>
    typeof part === 'object' && 'children' in part ? (children[node.children.indexOf(part)] as XmlNode) : part,
  );
  return {
    ...node,
    ns: node.ns === uri ? '' : node.ns,
    qname: name(node),
    attrs: declare === undefined ? attrs : { [`xmlns:${declare}`]: uri, ...attrs },
    children,
    ...(mixed === undefined ? {} : { mixed }),
  };
}

/** The children of `<metadata>`, given as markup. */
function elementsOf(metadata: string | undefined): readonly XmlNode[] {
  return metadata === undefined ? [] : readXml(metadata).children;
}

/** virDomainObjGetMetadata of one application's element: without the namespace that it is kept under. */
export function metadataElement(metadata: string | undefined, uri: string): string | undefined {
  const found = elementsOf(metadata).find(({ ns }) => ns === uri);
  return (
    found &&
    formatNode(
      rewrite(found, uri, (node) => (node.ns === uri ? node.name : node.qname)),
      0,
    ).trimEnd()
  );
}

/** `<metadata>` with the element of one application set, or removed where `element` is null. */
export function withMetadataElement(
  metadata: string | undefined,
  element: string | null,
  key: string,
  uri: string,
): string {
  const elements = elementsOf(metadata).filter(({ ns }) => ns !== uri);
  if (element !== null) {
    // A prefix that nobody declared is part of the name.
    const prefixed = (node: XmlNode): string => (node.ns === '' ? `${key}:${node.name}` : node.qname);
    elements.push(rewrite(readXml(element, 'metadata_xml'), uri, prefixed, key));
  }
  if (elements.length === 0) return '<metadata/>';
  return `<metadata>\n${elements.map((node) => formatNode(node, 1)).join('')}</metadata>`;
}
