import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ElementCodec, type FieldDoc, readXml, type XmlNode } from '@virtkit/core/conf';

const SCHEMAS = '/usr/share/libvirt/schemas';

/** Whether libvirt's schemas are on this machine. */
export const hasSchemas = existsSync(join(SCHEMAS, 'domaincommon.rng'));

export interface Coverage {
  readonly elements: number;
  readonly attributes: number;
  /** Paths of what the schema has and no codec reads. */
  readonly missing: readonly string[];
}

export type Codec = ElementCodec<unknown>;

/** What the codecs of one place read there; several codecs where the place depends on an attribute. */
function readBy(codecs: readonly Codec[]): { attributes: Set<string>; elements: Map<string, Codec[]> } {
  const attributes = new Set<string>();
  const elements = new Map<string, Codec[]>();
  const add = (name: string, codec?: Codec): void => {
    const known = elements.get(name) ?? [];
    elements.set(name, codec === undefined || known.includes(codec) ? known : [...known, codec]);
  };
  const visit = (field: FieldDoc): void => {
    for (const name of field.covers?.attributes ?? []) if (field.kind !== 'leaf') attributes.add(name);
    for (const part of field.covers?.elements ?? [])
      if (typeof part === 'string') add(part);
      else add(part.name, part);
    if (field.kind === 'attribute') attributes.add(field.name);
    else if (field.kind !== 'text' && field.kind !== 'custom') add(field.name, field.codec?.());
  };
  for (const codec of codecs) {
    const doc = codec.describe();
    doc.fields.forEach(visit);
    for (const fields of doc.variants?.branches.values() ?? []) fields.forEach(visit);
  }
  return { attributes, elements };
}

/** Which of the elements and attributes a schema defines the codecs read; `root` is the name of the element and its define. */
export function rngCoverage(files: readonly string[], define: string, root: string, codec: Codec): Coverage {
  const defines = new Map<string, XmlNode[]>();
  const load = (file: string): void => {
    for (const node of readXml(readFileSync(join(SCHEMAS, `${file}.rng`), 'utf8')).children) collect(node);
  };
  const collect = (node: XmlNode): void => {
    const { name } = node.attrs;
    if (node.name === 'define' && name !== undefined)
      defines.set(name, [...(defines.get(name) ?? []), ...node.children]);
    else if (node.name === 'include' && node.children.length > 0) node.children.forEach(collect);
  };
  files.forEach(load);

  /** The attributes and elements a pattern allows directly. */
  function parts(
    nodes: readonly XmlNode[],
    seen: Set<string>,
    found: { attribute: Set<string>; element: XmlNode[] },
  ): void {
    for (const node of nodes) {
      if (node.name === 'attribute') namesOf(node).forEach((name) => found.attribute.add(name));
      else if (node.name === 'element') found.element.push(node);
      else if (node.name === 'ref') {
        const name = node.attrs.name ?? '';
        if (!seen.has(name)) {
          seen.add(name);
          parts(defines.get(name) ?? [], seen, found);
        }
      } else parts(node.children, seen, found);
    }
  }

  function namesOf(node: XmlNode): string[] {
    if (node.attrs.name !== undefined) return [node.attrs.name];
    const [first] = node.children;
    if (first?.name === 'name') return [first.text.trim()];
    return first?.name === 'choice'
      ? first.children.filter(({ name }) => name === 'name').map(({ text }) => text.trim())
      : [];
  }

  const total = { element: new Set<string>(), attribute: new Set<string>() };
  const missing: string[] = [];
  const visited = new Set<string>();
  const walk = (content: readonly XmlNode[], codecs: readonly Codec[], path: string): void => {
    const found = { attribute: new Set<string>(), element: [] as XmlNode[] };
    parts(content, new Set(), found);
    const { attributes, elements } = readBy(codecs);
    for (const name of found.attribute) {
      if (total.attribute.has(`${path}@${name}`)) continue;
      total.attribute.add(`${path}@${name}`);
      if (!attributes.has(name)) missing.push(`${path}@${name}`);
    }
    for (const element of found.element) {
      if (element.attrs.ns !== undefined) continue;
      for (const name of namesOf(element)) {
        const inner = `${path}/${name}`;
        if (!total.element.has(inner)) {
          total.element.add(inner);
          if (!elements.has(name)) missing.push(inner);
        }
        const next = elements.get(name) ?? [];
        const key = `${inner} ${element.line} ${next.length}`;
        if (next.length > 0 && inner.split('/').length < 12 && !visited.has(key)) {
          visited.add(key);
          walk(element.children, next, inner);
        }
      }
    }
  };
  const start = (defines.get(define) ?? []).find(({ name }) => name === 'element') as XmlNode;
  walk(start.children, [codec], root);
  return { elements: total.element.size, attributes: total.attribute.size, missing: missing.sort() };
}
