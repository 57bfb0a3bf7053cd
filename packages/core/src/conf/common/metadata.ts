import type { XmlContent, XmlNode } from '../xml/index.js';

/** virXMLNodeSanitizeNamespaces: every application has one element, in a namespace of its own. */
export function oneOfEachNamespace(node: XmlNode): XmlNode {
  const seen = new Set<string>();
  const kept = (part: XmlContent): boolean => {
    if (typeof part === 'string' || 'comment' in part) return true;
    if (part.ns === '' || seen.has(part.ns)) return false;
    seen.add(part.ns);
    return true;
  };
  if (node.mixed !== undefined) return { ...node, mixed: node.mixed.filter(kept) };
  return { ...node, children: node.children.filter(kept) };
}
