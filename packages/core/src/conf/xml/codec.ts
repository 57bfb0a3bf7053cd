import { ErrorCode, ErrorDomain, LibvirtError } from '../../util/index.js';
import { type ConfContext, isShown, PLAIN, READ_ALWAYS } from './context.js';
import type { Bound, Field, FieldDoc, Fields, Model } from './field.js';
import type { XmlNode } from './node.js';
import { invalidAttribute, missingAttribute } from './problems.js';
import { readXml } from './reader.js';
import type { Scalar } from './scalars.js';
import { formatElement, indentOf } from './writer.js';

/** What is known of an element without running its codec. */
export interface ElementDoc {
  readonly name: string;
  readonly fields: readonly FieldDoc[];
  /** For tagged unions: the fields besides, by the tag's value. */
  readonly variants?: { readonly tag: string; readonly branches: ReadonlyMap<string, readonly FieldDoc[]> };
}

/** One element: its grammar, both ways. */
export interface ElementCodec<T> {
  readonly name: string;
  decode(node: XmlNode, context: ConfContext): T;
  /** Complete lines, indented by `depth` levels; '' for an element that is left out. */
  encode(model: T, depth: number, context: ConfContext): string;
  describe(): ElementDoc;
}

export interface ElementOptions<T> {
  /** Written only if it has an attribute or content (libvirt's virXMLFormatElement). */
  readonly omitEmpty?: boolean;
  /** Written with a start and an end tag even without content, where libvirt does so. */
  readonly keepOpen?: boolean;
  /** Before reading: the element as it is to be read, for example with its parts in another order. */
  readonly prepare?: (node: XmlNode) => XmlNode;
  /** After reading: checks of the grammar itself, and what one value says about another. May change `model`. */
  readonly after?: (model: T, node: XmlNode, context: ConfContext) => void;
  /** Before writing: the model to write instead; undefined leaves the element out. Must not change `model`. */
  readonly before?: (model: T, context: ConfContext) => T | undefined;
}

type EmptyForm = 'omit' | 'open' | 'close';

const emptyForm = (options: Pick<ElementOptions<never>, 'omitEmpty' | 'keepOpen'>): EmptyForm =>
  options.omitEmpty === true ? 'omit' : options.keepOpen === true ? 'open' : 'close';

/** How one property is written: what every element of every document goes through, so kept together and small. */
interface Writer {
  readonly needs: number;
  readonly attr: Bound['attr'];
  readonly body: Bound['body'];
}

/** The same for reading. */
interface Reader<F> {
  readonly needs: number;
  readonly read: F;
}

/** How an element's own attributes and text are read, in the order of its fields. */
interface OwnPlan {
  readonly readers: readonly Reader<NonNullable<Bound['own']>>[];
  /** Places of those that are needed whatever the element has. */
  readonly always: readonly number[];
  /** Places of the others by the attribute they are about: most elements have few of those that they may have. */
  readonly byAttribute: ReadonlyMap<string, number>;
}

interface Plan {
  readonly own: OwnPlan;
  readonly children: ReadonlyMap<string, Reader<NonNullable<Bound['child']>>>;
  readonly finish: readonly NonNullable<Bound['finish']>[];
  readonly writers: readonly Writer[];
  /** Places among them by the model's property: most models have few of those that they may have. */
  readonly byKey: ReadonlyMap<string, number>;
  readonly text: Bound | undefined;
  readonly docs: readonly FieldDoc[];
}

function compile(fields: FieldSet): Plan {
  const bounds = Object.entries(fields).map(([key, field]) => field.bind(key));
  return {
    own: compileOwn(bounds),
    children: new Map(
      bounds.flatMap(({ names = [], needs, child }) =>
        child ? names.map((name) => [name, { needs: toRead(needs), read: child }] as const) : [],
      ),
    ),
    finish: bounds.flatMap(({ finish }) => finish ?? []),
    writers: bounds.map(({ needs, attr, body }) => ({ needs, attr, body })),
    byKey: new Map(bounds.map(({ doc }, place) => [doc.key, place])),
    text: bounds.find((bound) => bound.text),
    docs: bounds.map((bound) => bound.doc),
  };
}

function compileOwn(bounds: readonly Bound[]): OwnPlan {
  const readers: Reader<NonNullable<Bound['own']>>[] = [];
  const always: number[] = [];
  const byAttribute = new Map<string, number>();
  for (const { attribute, needs, own } of bounds) {
    if (own === undefined) continue;
    // Several fields may be about one attribute.
    if (attribute === undefined || byAttribute.has(attribute)) always.push(readers.length);
    else byAttribute.set(attribute, readers.length);
    readers.push({ needs: toRead(needs), read: own });
  }
  return { readers, always, byAttribute };
}

type FieldSet = Readonly<Record<string, { bind(key: string): Bound }>>;

const UNION: unique symbol = Symbol('union');

/** The fields of a tagged union: one attribute says which of several sets the element has. Made by {@link variants}. */
export interface Variants<T> {
  /** Only for type checking; never there. */
  readonly [UNION]?: T;
  readonly tag: string;
  readonly branches: Readonly<Record<string, FieldSet | Variants<unknown>>>;
  readonly first: FieldSet;
  readonly options: VariantOptions<string>;
}

export interface VariantOptions<V extends string> {
  /** The tag's value where the attribute is absent. */
  readonly fallback?: V;
  /** An empty tag says the same as none. */
  readonly emptyIsAbsent?: boolean;
  /** The fallback is not written. */
  readonly hideFallback?: boolean;
  readonly invalid?: (value: string, node: XmlNode) => LibvirtError;
  readonly missing?: (node: XmlNode) => LibvirtError;
}

type Branch<T, K extends keyof T, V> = T extends unknown ? (V extends T[K] ? T : never) : never;

/**
 * A tagged union: attribute `tag` decides which fields follow. Each branch lists all its fields in document order (spread
 * what is common) or is a union itself; `first` are attributes that stand before the tag.
 */
export function variants<T extends object, K extends keyof T & string, F extends keyof T = never>(
  tag: K,
  branches: {
    readonly [V in T[K] & string]: Fields<Omit<Branch<T, K, V>, K | F>> | Variants<Omit<Branch<T, K, V>, K | F>>;
  },
  options: VariantOptions<T[K] & string> & { readonly first?: Fields<Pick<T, F>> } = {},
): Variants<T> {
  return { tag, branches, first: options.first ?? {}, options } as unknown as Variants<T>;
}

/** An element from the description of its fields. The closures are built once, here. */
export function elementOf<T extends object>(
  name: string,
  fields: Fields<T> | Variants<T>,
  options: ElementOptions<T> = {},
): ElementCodec<T> {
  return build(name, fields as unknown as FieldSet | Variants<T>, options);
}

type Shape = Readonly<Record<string, Field<unknown>>>;
type ValueOf<F> = F extends Field<infer T> ? T : never;
type OptionalKeys<F extends Shape> = { [K in keyof F]: F[K] extends Field<unknown, true> ? K : never }[keyof F];
type ModelOf<F extends Shape> = { [K in Exclude<keyof F, OptionalKeys<F>>]: ValueOf<F[K]> } & {
  [K in OptionalKeys<F>]?: ValueOf<F[K]>;
};

/** As {@link elementOf}, for small parts whose type nobody needs to name: it follows from the fields. */
export function part<F extends Shape>(
  name: string,
  fields: F,
  options: ElementOptions<ModelOf<F>> = {},
): ElementCodec<ModelOf<F>> {
  return build(name, fields, options);
}

/** A set of fields, or a choice between sets, made ready. */
interface Grammar {
  decodeInto(node: XmlNode, out: Model, context: ConfContext): void;
  /** The attributes that decide which set of fields a model has. */
  tags(model: Model, context: ConfContext): string;
  planOf(model: Model): Plan;
  readonly docs: readonly FieldDoc[];
  readonly variants?: ElementDoc['variants'];
}

function build<T extends object>(
  name: string,
  fields: FieldSet | Variants<unknown>,
  options: ElementOptions<T>,
): ElementCodec<T> {
  // Made ready at first use: a process uses few of the elements that there are.
  let made: Grammar | undefined;
  const grammar = (): Grammar => (made ??= grammarOf(name, fields));
  const { prepare, after, before } = options;
  const empty = emptyForm(options);
  return {
    name,
    decode(given, context) {
      const node = prepare === undefined ? given : prepare(given);
      const out: Model = {};
      grammar().decodeInto(node, out, context);
      after?.(out as T, node, context);
      return out as T;
    },
    encode(model, depth, context) {
      const shown = (before === undefined ? model : before(model, context)) as Model | undefined;
      if (shown === undefined) return '';
      const { planOf, tags } = grammar();
      return encodeWith(name, planOf(shown), shown, depth, context, tags(shown, context), empty);
    },
    describe() {
      const { docs, variants: inner } = grammar();
      return { name, fields: docs, ...(inner && { variants: inner }) };
    },
  };
}

function grammarOf(name: string, fields: FieldSet | Variants<unknown>): Grammar {
  if (isVariants(fields)) return unionGrammar(name, fields);
  const plan = compile(fields);
  return {
    decodeInto: (node, out, context) => decodeInto(plan, node, out, context),
    tags: () => '',
    planOf: () => plan,
    docs: plan.docs,
  };
}

function isVariants(fields: object): fields is Variants<unknown> {
  return 'branches' in fields && 'tag' in fields && typeof fields.tag === 'string';
}

function unionGrammar(name: string, union: Variants<unknown>): Grammar {
  const { tag, options } = union;
  const { fallback } = options;
  const first = compile(union.first);
  const grammars = new Map(
    Object.entries(union.branches).map(([value, fields]) => [value, grammarOf(name, fields)] as const),
  );
  const scalar: Scalar<string> = {
    type: { kind: 'enum', values: [...grammars.keys()] },
    parse: (text) => (grammars.has(text) ? text : undefined),
    format: (value) => value,
  };
  const chosen = (model: Model): Grammar => {
    const grammar = grammars.get(model[tag] as string);
    if (grammar !== undefined) return grammar;
    throw new LibvirtError(
      ErrorCode.INTERNAL_ERROR,
      ErrorDomain.CONF,
      `<${name}> has no ${tag} '${String(model[tag])}'`,
    );
  };
  return {
    decodeInto(node, out, context) {
      readOwn(first.own, node, out, context);
      const given = node.attrs[tag];
      const value = given === undefined || (given === '' && options.emptyIsAbsent === true) ? fallback : given;
      if (value === undefined) throw (options.missing ?? ((n) => missingAttribute(n, tag)))(node);
      const grammar = grammars.get(value);
      if (grammar === undefined)
        throw (options.invalid ?? ((v, n) => invalidAttribute(n, tag, v, scalar as Scalar<unknown>)))(value, node);
      out[tag] = value;
      grammar.decodeInto(node, out, context);
    },
    tags(model, context) {
      let attrs = '';
      for (const { needs, attr } of first.writers) if (isShown(context, needs)) attrs += attr?.(model, context) ?? '';
      const value = model[tag] as string;
      if (value !== fallback || options.hideFallback !== true) attrs += ` ${tag}='${value}'`;
      return attrs + chosen(model).tags(model, context);
    },
    planOf: (model) => chosen(model).planOf(model),
    docs: [
      ...first.docs,
      { key: tag, kind: 'attribute', name: tag, required: fallback === undefined, type: scalar.type },
    ],
    variants: { tag, branches: new Map([...grammars].map(([value, grammar]) => [value, allDocs(grammar)])) },
  };
}

/** The fields of a branch; of one that is a union itself, those of all its branches. */
function allDocs({ docs, variants: inner }: Grammar): readonly FieldDoc[] {
  return inner === undefined ? docs : [...docs, ...[...inner.branches.values()].flat()];
}

/** What a context must show for a field to be read. */
const toRead = (needs: number): number => needs & ~READ_ALWAYS;

function decodeInto({ own, children, finish }: Plan, node: XmlNode, out: Model, context: ConfContext): void {
  readOwn(own, node, out, context);
  const nodes = node.children;
  for (let i = 0; i < nodes.length; i++) {
    const child = nodes[i] as XmlNode;
    if (child.ns !== '') continue;
    const reader = children.get(child.name);
    if (reader !== undefined && (reader.needs === 0 || isShown(context, reader.needs)))
      reader.read(child, out, context);
  }
  for (let i = 0; i < finish.length; i++) (finish[i] as Plan['finish'][number])(node, out);
}

function readOwn({ readers, always, byAttribute }: OwnPlan, node: XmlNode, out: Model, context: ConfContext): void {
  const places = always.slice();
  if (byAttribute.size > 0)
    for (const name in node.attrs) {
      const place = byAttribute.get(name);
      if (place !== undefined) insert(places, place);
    }
  for (let i = 0; i < places.length; i++) {
    const { needs, read } = readers[places[i] as number] as OwnPlan['readers'][number];
    if (needs === 0 || isShown(context, needs)) read(node, out, context);
  }
}

/** Adds a number to a short list in ascending order. */
function insert(sorted: number[], value: number): void {
  let at = sorted.length;
  while (at > 0 && (sorted[at - 1] as number) > value) {
    sorted[at] = sorted[at - 1] as number;
    at--;
  }
  sorted[at] = value;
}

function encodeWith(
  name: string,
  plan: Plan,
  model: Model,
  depth: number,
  context: ConfContext,
  start: string,
  empty: EmptyForm,
): string {
  let attrs = start;
  const { writers, byKey } = plan;
  const places: number[] = [];
  for (const key in model) {
    const place = model[key] === undefined ? undefined : byKey.get(key);
    if (place !== undefined) insert(places, place);
  }
  for (let i = 0; i < places.length; i++) {
    const { needs, attr } = writers[places[i] as number] as Writer;
    if (attr !== undefined && (needs === 0 || isShown(context, needs))) attrs += attr(model, context);
  }
  if (plan.text !== undefined && isShown(context, plan.text.needs)) {
    const text = plan.text.text?.(model);
    if (text) return `${indentOf(depth)}<${name}${attrs}>${text}</${name}>\n`;
  }
  let body = '';
  for (let i = 0; i < places.length; i++) {
    const { needs, body: write } = writers[places[i] as number] as Writer;
    if (write !== undefined && (needs === 0 || isShown(context, needs))) body += write(model, depth + 1, context);
  }
  if (body === '') {
    if (empty === 'omit' && attrs === '') return '';
    if (empty === 'open') return `${indentOf(depth)}<${name}${attrs}>\n${indentOf(depth)}</${name}>\n`;
  }
  return formatElement(depth, name, attrs, body);
}

/** Reads a whole document whose root must be this element. */
export function parseDocument<T>(codec: ElementCodec<T>, text: string, context: ConfContext = PLAIN): T {
  const root = readXml(text, documentName(codec.name));
  requireRoot(root, codec.name);
  return codec.decode(root, context);
}

/** What libvirt calls the documents with these root elements in its errors. */
const DOCUMENT_NAMES: Readonly<Record<string, string>> = {
  domain: 'domain_definition',
  network: 'network_definition',
  networkport: 'networkport_definition',
  pool: 'storage_pool_definition',
  source: 'storage_source_specification',
  volume: 'storage_volume_definition',
  secret: 'definition_of_secret',
  device: 'node_device_definition',
  interface: 'interface_definition',
  filter: 'nwfilter_definition',
  filterbinding: 'nwfilterbinding_definition',
  domainsnapshot: 'domain_snapshot',
  domaincheckpoint: 'domain_checkpoint',
  domainbackup: 'domain_backup',
};

/** What libvirt calls a document with this root element in its errors. */
export const documentName = (root: string): string | undefined => DOCUMENT_NAMES[root];

/** XML_ERROR unless the document's root element has that name. */
export function requireRoot(root: XmlNode, name: string): void {
  if (root.name !== name)
    throw new LibvirtError(
      ErrorCode.XML_ERROR,
      ErrorDomain.XML,
      `expecting root element of '${name}', not '${root.name}'`,
    );
}

/** A whole document. */
export function formatDocument<T>(codec: ElementCodec<T>, model: T, context: ConfContext = PLAIN): string {
  return codec.encode(model, 0, context);
}
