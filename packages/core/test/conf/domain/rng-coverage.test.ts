import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { domain, type ElementCodec, type FieldDoc, readXml, type XmlNode } from '@virtkit/core/conf';
import { describe, expect, it } from 'vitest';

const schemas = '/usr/share/libvirt/schemas';

type Codec = ElementCodec<unknown>;

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
    for (const part of field.covers?.elements ?? []) typeof part === 'string' ? add(part) : add(part.name, part);
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

describe.skipIf(!existsSync(join(schemas, 'domaincommon.rng')))('codecs against the RNG schema of domains', () => {
  const defines = new Map<string, XmlNode[]>();
  const load = (file: string): void => {
    for (const node of readXml(readFileSync(join(schemas, file), 'utf8')).children) collect(node);
  };
  const collect = (node: XmlNode): void => {
    const { name } = node.attrs;
    if (node.name === 'define' && name !== undefined)
      defines.set(name, [...(defines.get(name) ?? []), ...node.children]);
    else if (node.name === 'include' && node.children.length > 0) node.children.forEach(collect);
  };
  const FILES = ['basictypes', 'storagecommon', 'networkcommon', 'nwfilter_params', 'cputypes', 'domaincommon'];
  if (existsSync(schemas)) for (const file of readdirSync(schemas)) if (FILES.includes(file.slice(0, -4))) load(file);

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

  it('reads nearly every element and attribute there is', () => {
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
    const start = (defines.get('domain') ?? []).find(({ name }) => name === 'element') as XmlNode;
    walk(start.children, [domain as Codec], 'domain');
    const all = total.element.size + total.attribute.size;
    console.info(
      `RNG: ${total.element.size} elements, ${total.attribute.size} attributes by path; ` +
        `${(100 * (1 - missing.length / all)).toFixed(1)} % read; not read: ${missing.sort().join(' ') || 'none'}`,
    );
    expect(all).toBeGreaterThan(1000);
    expect(missing.length / all).toBeLessThan(0.02);
  });

  it('counts the fields that are not declarative', () => {
    const reasons = new Set<string>();
    const seen = new Set<Codec>();
    const walk = (codec: Codec): void => {
      if (seen.has(codec)) return;
      seen.add(codec);
      const doc = codec.describe();
      const fields = [...doc.fields, ...[...(doc.variants?.branches.values() ?? [])].flat()];
      for (const field of fields) {
        if (field.kind === 'custom') reasons.add(field.reason ?? '');
        const inner = field.codec?.();
        if (inner !== undefined) walk(inner);
        for (const part of field.covers?.elements ?? []) if (typeof part !== 'string') walk(part);
      }
    };
    walk(domain as Codec);
    console.info(`${seen.size} elements; reasons for code of their own:\n  ${[...reasons].join('\n  ')}`);
    expect(reasons).not.toContain('');
    expect(reasons.size).toBeLessThan(20);
  });
});
