import { XMLParser } from 'fast-xml-parser';
import type { XmlNode } from './node.js';
import { readXml } from './reader.js';
import { MAX_DEPTH, TreeBuilder, xmlProblem } from './tree-builder.js';

type Entry = { readonly [name: string]: unknown; readonly ':@'?: Record<string, string> };

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  ignoreDeclaration: true,
  ignorePiTags: true,
  commentPropName: '#comment',
  processEntities: true,
  htmlEntities: true,
  maxNestedTags: MAX_DEPTH + 1,
  onDangerousProperty: (name) => name,
});

/**
 * The same tree as {@link readXml}'s, built by fast-xml-parser. That parser by itself accepts trailing junk, two roots, raw
 * `<` in attributes and undefined entities, so the document's form is checked first; lines are not known to it (0).
 */
export function readXmlFast(text: string): XmlNode {
  readXml(text);
  const tree = new TreeBuilder(text.includes('xmlns'));
  for (const entry of parse(text)) feed(tree, entry);
  return tree.root as XmlNode;
}

function parse(text: string): Entry[] {
  try {
    return parser.parse(text.replace(/\r\n?/g, '\n')) as Entry[];
  } catch (error) {
    // It refuses a few names that would be dangerous in plain objects (`__proto__`).
    throw xmlProblem((error as Error).message, 1, 1, { cause: error });
  }
}

function feed(tree: TreeBuilder, entry: Entry): void {
  for (const name of Object.keys(entry)) {
    if (name === ':@') continue;
    const value = entry[name];
    if (name === '#text') tree.text(String(value));
    else if (name === '#comment') tree.comment(((value as Entry[])[0]?.['#text'] as string | undefined) ?? '');
    else {
      const attrs = Object.assign(Object.create(null), entry[':@']) as Record<string, string>;
      tree.open(name, attrs, 0);
      for (const child of value as Entry[]) feed(tree, child);
      tree.close();
    }
  }
}
