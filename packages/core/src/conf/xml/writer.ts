import type { XmlNode } from './node.js';

const SPECIAL = /[&<>"'\u0000-\u0008\u000b\u000c\u000e-\u001f]/;
const SPECIALS = /[&<>"'\u0000-\u0008\u000b\u000c\u000e-\u001f]/g;
const REFERENCES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' };

/** virBufferEscapeString: as text or between single quotes; control characters that XML cannot hold are left out. */
export function escapeXml(text: string): string {
  return SPECIAL.test(text) ? text.replace(SPECIALS, (c) => REFERENCES[c] ?? '') : text;
}

const INDENTS = Array.from({ length: 64 }, (_, depth) => '  '.repeat(depth));

/** Two blanks for every level, as libvirt prints. */
export function indentOf(depth: number): string {
  return INDENTS[depth] ?? '  '.repeat(depth);
}

/** One element on its own lines; `attrs` and `body` are already markup (` name='value'`, complete lines). */
export function formatElement(depth: number, name: string, attrs: string, body: string): string {
  const indent = indentOf(depth);
  return body === '' ? `${indent}<${name}${attrs}/>\n` : `${indent}<${name}${attrs}>\n${body}${indent}</${name}>\n`;
}

/** ` name='value'`, or nothing for an absent value. */
export function formatAttr(name: string, value: string | number | bigint | undefined): string {
  return value === undefined ? '' : ` ${name}='${typeof value === 'string' ? escapeXml(value) : value}'`;
}

/**
 * xmlNodeDump: an element that nobody here understands, kept as it came. Elements without text of their own are indented;
 * mixed content is left on one line.
 */
export function formatNode(node: XmlNode, depth: number): string {
  const attrs: Record<string, string> = Object.assign(Object.create(null), node.attrs);
  declareAll(node, NO_SCOPE, attrs);
  return `${indentOf(depth)}${dump({ ...node, attrs }, depth, true, NO_SCOPE)}\n`;
}

/** Prefixes that were declared further out in the document are declared on the element that is taken out of it. */
function declareAll(node: XmlNode, outer: Scope, attrs: Record<string, string>): void {
  let scope = outer;
  for (const name in node.attrs) if (isNamespace(name)) scope = { ...scope, [name]: node.attrs[name] as string };
  const colon = node.qname.indexOf(':');
  const key = colon < 0 ? 'xmlns' : `xmlns:${node.qname.slice(0, colon)}`;
  if (node.ns !== '' && scope[key] !== node.ns && colon >= 0) attrs[key] ??= node.ns;
  for (const child of node.children) declareAll(child, scope, attrs);
}

type Scope = Readonly<Record<string, string>>;
const NO_SCOPE: Scope = {};

function dump(node: XmlNode, depth: number, format: boolean, outer: Scope): string {
  let attrs = '';
  let scope = outer;
  const declare = (key: string, uri: string): void => void (scope = { ...scope, [key]: uri });
  for (const name in node.attrs) if (isNamespace(name)) declare(name, node.attrs[name] as string);
  // Declared further out in the document it came from: the element must stand on its own.
  const colon = node.qname.indexOf(':');
  const key = colon < 0 ? 'xmlns' : `xmlns:${node.qname.slice(0, colon)}`;
  if (node.ns !== '' && scope[key] !== node.ns) {
    declare(key, node.ns);
    attrs += rawAttr(key, node.ns);
  }
  for (const name in node.attrs) if (isNamespace(name)) attrs += rawAttr(name, node.attrs[name] as string);
  for (const name in node.attrs) if (!isNamespace(name)) attrs += rawAttr(name, node.attrs[name] as string);
  const content = node.mixed ?? (node.text === '' ? node.children : [node.text, ...node.children]);
  if (content.length === 0) return `<${node.qname}${attrs}/>`;
  const lines = format && !content.some((part) => typeof part === 'string');
  let body = '';
  for (const part of content) {
    if (lines) body += `\n${indentOf(depth + 1)}`;
    if (typeof part === 'string') body += rawText(part);
    else if ('comment' in part) body += `<!--${part.comment}-->`;
    else body += dump(part, depth + 1, lines, scope);
  }
  return `<${node.qname}${attrs}>${body}${lines ? `\n${indentOf(depth)}` : ''}</${node.qname}>`;
}

const isNamespace = (name: string): boolean => name === 'xmlns' || name.startsWith('xmlns:');

function rawAttr(name: string, value: string): string {
  const escaped = value.replace(/[&<>"\n\t\r]/g, (c) => REFERENCES[c] ?? `&#${c.charCodeAt(0)};`);
  return ` ${name}="${escaped}"`;
}

const rawText = (text: string): string =>
  text.replace(/[&<>]/g, (c) => REFERENCES[c] as string).replace(/\r/g, '&#13;');
