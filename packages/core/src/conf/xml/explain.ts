import { ErrorCode, ErrorDomain, LibvirtError } from '../../util/index.js';
import type { ElementCodec } from './codec.js';
import type { FieldDoc } from './field.js';
import type { XmlNode } from './node.js';
import { suggest } from './problems.js';

/** A name in a document that nothing reads. */
export interface UnknownName {
  readonly kind: 'element' | 'attribute';
  readonly name: string;
  /** The way from the root, for example `domain/devices/disk`. */
  readonly path: string;
  readonly line: number;
  /** The known name that was probably meant. */
  readonly suggestion?: string;
}

/** Lists what a document holds and its codec does not read: libvirt drops it without a word. */
export function explainUnknown<T>(codec: ElementCodec<T>, node: XmlNode): UnknownName[] {
  const found: UnknownName[] = [];
  walk(codec as ElementCodec<unknown>, node, node.name, found);
  return found;
}

/**
 * VIR_*_DEFINE_VALIDATE: raises XML_INVALID_SCHEMA for the first name that the grammar does not know, saying where it is
 * and what may have been meant. Values are the parser's matter.
 */
export function refuseUnknown<T>(codec: ElementCodec<T>, node: XmlNode): void {
  const [first] = explainUnknown(codec, node);
  if (first === undefined) return;
  const hint = first.suggestion === undefined ? '' : ` (did you mean '${first.suggestion}'?)`;
  throw new LibvirtError(
    ErrorCode.XML_INVALID_SCHEMA,
    ErrorDomain.XML,
    `unknown ${first.kind} '${first.name}' in ${first.path} at line ${first.line}${hint}`,
  );
}

interface Known {
  readonly attributes: Set<string>;
  /** Child elements; undefined stands for one that is not looked into. */
  readonly elements: Map<string, ElementCodec<unknown> | 'leaf' | undefined>;
}

function known(codec: ElementCodec<unknown>, node: XmlNode): Known {
  const { fields, variants } = codec.describe();
  const branch = variants && variants.branches.get(node.attrs[variants.tag] ?? '');
  const branches = variants === undefined ? [] : branch !== undefined ? [branch] : [...variants.branches.values()];
  const attributes = new Set<string>();
  const elements: Known['elements'] = new Map();
  for (const field of [...fields, ...branches.flat()]) collect(field, attributes, elements);
  return { attributes, elements };
}

function collect(field: FieldDoc, attributes: Set<string>, elements: Known['elements']): void {
  for (const name of field.covers?.attributes ?? []) if (field.kind === 'text') attributes.add(name);
  if (field.kind === 'attribute') attributes.add(field.name);
  else if (field.kind === 'custom') {
    for (const name of field.covers?.attributes ?? []) attributes.add(name);
    for (const part of field.covers?.elements ?? [])
      if (typeof part === 'string') elements.set(part, undefined);
      else elements.set(part.name, part);
  } else if (field.kind !== 'text')
    elements.set(field.name, field.codec?.() ?? (field.kind === 'raw' || field.covers ? undefined : 'leaf'));
}

function walk(codec: ElementCodec<unknown>, node: XmlNode, path: string, found: UnknownName[]): void {
  const { attributes, elements } = known(codec, node);
  for (const name in node.attrs)
    if (!attributes.has(name) && !name.startsWith('xml'))
      found.push(unknown('attribute', name, path, node.line, attributes));
  for (const child of node.children) {
    if (child.ns !== '') continue;
    const inner = elements.get(child.name);
    if (!elements.has(child.name)) found.push(unknown('element', child.name, path, child.line, elements.keys()));
    else if (inner === 'leaf') {
      for (const name in child.attrs) found.push(unknown('attribute', name, `${path}/${child.name}`, child.line, []));
    } else if (inner !== undefined) walk(inner, child, `${path}/${child.name}`, found);
  }
}

function unknown(
  kind: UnknownName['kind'],
  name: string,
  path: string,
  line: number,
  candidates: Iterable<string>,
): UnknownName {
  const suggestion = suggest(name, candidates);
  return { kind, name, path, line, ...(suggestion === undefined ? {} : { suggestion }) };
}
