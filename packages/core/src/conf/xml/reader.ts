import { SaxesParser } from 'saxes';
import { findMalformation } from './malformed.js';
import type { XmlNode } from './node.js';
import { readPlainXml } from './plain-reader.js';
import { MAX_LENGTH, TreeBuilder, xmlProblem } from './tree-builder.js';

/**
 * virXMLParse: reads one well-formed document; anything else raises XML_DETAIL with line and column. `document` is what
 * errors call it.
 *
 * Refused besides what XML forbids: document type declarations (and so every entity but the five of XML), nesting deeper
 * than 256 and documents over 10 million characters.
 */
export function readXml(text: string, document = 'XML document'): XmlNode {
  if (text.length > MAX_LENGTH)
    throw xmlProblem(`the document is longer than ${MAX_LENGTH} characters`, 1, undefined, { document });
  return readPlainXml(text) ?? readAnyXml(text, document);
}

/** As {@link readXml}, by the full parser whatever the document. */
export function readAnyXml(text: string, document = 'XML document'): XmlNode {
  const parser = new SaxesParser({ position: true, xmlns: false });
  const tree = new TreeBuilder(text.includes('xmlns'), document);
  const fail = (what: string): never => {
    const known = findMalformation(text);
    if (known !== undefined) throw xmlProblem(known.text, known.line, known.column, { document, placed: true });
    throw xmlProblem(what, parser.line, parser.columnIndex + 1, { document });
  };
  parser.on('error', (error) => fail(error.message.replace(/^\d+:\d+: /, '').replace(/\.$/, '')));
  parser.on('doctype', () => fail('a document type declaration (DOCTYPE) is not accepted'));
  parser.on('opentag', (tag) => tree.open(tag.name, tag.attributes, parser.line));
  parser.on('closetag', () => tree.close());
  parser.on('text', (data) => tree.text(data));
  parser.on('cdata', (data) => tree.text(data));
  parser.on('comment', (data) => tree.comment(data));
  parser.write(text).close();
  return tree.root as XmlNode; // saxes refuses a document without root element
}
