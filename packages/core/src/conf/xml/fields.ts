import type { LibvirtError } from '../../util/index.js';
import type { ElementCodec } from './codec.js';
import type { ConfContext } from './context.js';
import { type Covers, type Field, type FieldDoc, makeField, type Model } from './field.js';
import type { XmlNode } from './node.js';
import { invalidAttribute, invalidText, missingAttribute, missingElement } from './problems.js';
import type { Scalar } from './scalars.js';
import { escapeXml, formatNode, indentOf } from './writer.js';

export interface FieldOptions {
  /** The name in the document, where it is not the property's. */
  readonly name?: string;
  /** An empty value, or an element that says nothing, says the same as none: where libvirt reads through XPath. */
  readonly emptyIsAbsent?: boolean;
  /** For a child element: the attribute without which it says nothing, and is not kept. */
  readonly nothingWithout?: string;
  /** A value that says the same as none, and is not kept. */
  readonly unset?: string | number | boolean;
  /** A value that is none says the same as none, too. */
  readonly lenient?: boolean;
  /** What {@link attrOr} assumes is not written. */
  readonly hideFallback?: boolean;
  /** The error for a second element of the name; without it the first counts. */
  readonly twice?: () => LibvirtError;
  /** The error for a value that is none, where libvirt has one of its own. */
  readonly invalid?: (value: string, node: XmlNode) => LibvirtError;
  /** The error for a missing value, where libvirt has one of its own. */
  readonly missing?: (node: XmlNode) => LibvirtError;
}

type Out<T> = T extends undefined ? never : T;
type AnyCodec = ElementCodec<unknown>;
type CodecRef<T> = ElementCodec<T> | (() => ElementCodec<T>);

function deref<T>(ref: CodecRef<T>): () => ElementCodec<T> {
  return typeof ref === 'function' ? ref : () => ref;
}

const written = <T>(scalar: Scalar<T>): ((value: T) => string) =>
  scalar.plain === true ? scalar.format : (value) => escapeXml(scalar.format(value));

function attribute<T, O extends boolean>(
  optional: O,
  scalar: Scalar<T>,
  options: FieldOptions,
  fallback?: { readonly value: T },
): Field<T, O> {
  return makeField<T, O>(optional, (key) => {
    const name = options.name ?? key;
    const invalid =
      options.invalid ?? ((value, node) => invalidAttribute(node, name, value, scalar as Scalar<unknown>));
    const missing = options.missing ?? ((node) => missingAttribute(node, name));
    const write = written(scalar);
    const start = ` ${name}='`;
    const hidden = options.hideFallback === true ? fallback?.value : undefined;
    return {
      needs: 0,
      doc: {
        key,
        kind: 'attribute',
        name,
        required: !optional && fallback === undefined,
        type: scalar.type,
        ...(fallback !== undefined && hidden === undefined && { fallback: scalar.format(fallback.value) }),
      },
      attribute: optional ? name : undefined,
      own(node, out, context) {
        const text = node.attrs[name];
        if (text === undefined || (text === '' && options.emptyIsAbsent === true)) {
          if (fallback !== undefined) {
            if (hidden === undefined || context.verbatim !== true) out[key] = fallback.value;
          } else if (!optional) throw missing(node);
          return;
        }
        const value = scalar.parse(text);
        if (value === undefined) {
          if (options.lenient === true && optional) return;
          throw invalid(text, node);
        }
        if (value === options.unset && optional) return;
        out[key] = value;
      },
      attr(model) {
        const value = model[key];
        return value === undefined || value === hidden ? '' : `${start}${write(value as T)}'`;
      },
    };
  });
}

/** An attribute that may be absent. */
export const attr = <T>(scalar: Scalar<T>, options: FieldOptions = {}): Field<T, true> =>
  attribute(true, scalar, options);

/** An attribute that must be there. */
export const req = <T>(scalar: Scalar<T>, options: FieldOptions = {}): Field<T, false> =>
  attribute(false, scalar, options);

/** An attribute that may be absent and then means `value`; it is written even then, unless it is to be hidden. */
export const attrOr = <T>(scalar: Scalar<T>, value: Out<T>, options: FieldOptions = {}): Field<T, false> =>
  attribute(false, scalar, options, { value });

function content<T, O extends boolean>(optional: O, scalar: Scalar<T>, options: FieldOptions): Field<T, O> {
  const invalid = options.invalid ?? ((value, node) => invalidText(node, value, scalar as Scalar<unknown>));
  const write = written(scalar);
  return makeField<T, O>(optional, (key) => ({
    needs: 0,
    doc: { key, kind: 'text', name: '', required: !optional, type: scalar.type },
    own(node, out) {
      if (optional && node.text === '') return;
      const value = scalar.parse(node.text);
      if (value === undefined)
        throw node.text === '' && options.missing ? options.missing(node) : invalid(node.text, node);
      out[key] = value;
    },
    text: (model) => (model[key] === undefined ? '' : write(model[key] as T)),
  }));
}

/** The text between the element's tags. */
export const text = <T>(scalar: Scalar<T>, options: FieldOptions = {}): Field<T, false> =>
  content(false, scalar, options);

/** The text between the element's tags, absent when empty. */
export const optText = <T>(scalar: Scalar<T>, options: FieldOptions = {}): Field<T, true> =>
  content(true, scalar, options);

function element<T, O extends boolean>(optional: O, ref: CodecRef<T>, options: FieldOptions): Field<T, O> {
  const codec = deref(ref);
  return makeField<T, O>(optional, (key) => {
    const name = options.name ?? (typeof ref === 'function' ? key : ref.name);
    const missing = options.missing ?? ((node) => missingElement(node, name));
    return {
      needs: 0,
      doc: { key, kind: 'element', name, required: !optional, codec: codec as () => AnyCodec },
      names: [name],
      child(node, out, context) {
        if (out[key] === undefined) {
          const model = codec().decode(node, context);
          if (!saysNothing(model as Model, options)) out[key] = model;
        } else if (options.twice !== undefined) throw options.twice();
      },
      ...(!optional && {
        finish(node: XmlNode, out: Model) {
          if (out[key] === undefined) throw missing(node);
        },
      }),
      body: (model, depth, context) =>
        model[key] === undefined ? '' : codec().encode(model[key] as T, depth, context),
    };
  });
}

/** A child element that may be absent; of several the first counts. */
export const child = <T>(codec: CodecRef<T>, options: FieldOptions = {}): Field<T, true> =>
  element(true, codec, options);

/** A child element that must be there. */
export const reqChild = <T>(codec: CodecRef<T>, options: FieldOptions = {}): Field<T, false> =>
  element(false, codec, options);

/** Whether an element is as good as absent; see {@link FieldOptions}. */
function saysNothing(model: Model, { emptyIsAbsent, nothingWithout }: FieldOptions): boolean {
  if (emptyIsAbsent === true && Object.keys(model).length === 0) return true;
  return nothingWithout !== undefined && model[nothingWithout] === undefined;
}

function elements<T, O extends boolean>(optional: O, ref: CodecRef<T>, options: FieldOptions): Field<T[], O> {
  const codec = deref(ref);
  return makeField<T[], O>(optional, (key) => {
    const name = options.name ?? (typeof ref === 'function' ? key : ref.name);
    return {
      needs: 0,
      doc: {
        key,
        kind: 'list',
        name,
        required: false,
        ...(!optional && { always: true as const }),
        codec: codec as () => AnyCodec,
      },
      names: [name],
      child(node, out, context) {
        if (out[key] !== undefined && options.twice !== undefined) throw options.twice();
        const item = codec().decode(node, context);
        if (out[key] === undefined) out[key] = [item];
        else (out[key] as T[]).push(item);
      },
      ...(!optional && {
        finish(_node: XmlNode, out: Model) {
          if (out[key] === undefined) out[key] = [];
        },
      }),
      body(model, depth, context) {
        let body = '';
        const items = model[key] as readonly T[] | undefined;
        if (items !== undefined) for (const item of items) body += codec().encode(item, depth, context);
        return body;
      },
    };
  });
}

/** Any number of child elements; an empty array for none. */
export const list = <T>(codec: CodecRef<T>, options: FieldOptions = {}): Field<T[], false> =>
  elements(false, codec, options);

/** Any number of child elements; absent for none. */
export const optList = <T>(codec: CodecRef<T>, options: FieldOptions = {}): Field<T[], true> =>
  elements(true, codec, options);

function textElement<T, O extends boolean>(optional: O, scalar: Scalar<T>, options: FieldOptions): Field<T, O> {
  const write = written(scalar);
  return makeField<T, O>(optional, (key) => {
    const name = options.name ?? key;
    const invalid = options.invalid ?? ((value, node) => invalidText(node, value, scalar as Scalar<unknown>));
    return {
      needs: 0,
      doc: { key, kind: 'leaf', name, required: !optional, type: scalar.type },
      names: [name],
      child(node, out) {
        if (out[key] !== undefined) return;
        if (node.text === '' && optional) return;
        const value = scalar.parse(node.text);
        if (value === undefined) throw invalid(node.text, node);
        if (value === options.unset) return;
        out[key] = value;
      },
      ...(!optional && {
        finish(node: XmlNode, out: Model) {
          if (out[key] === undefined) throw (options.missing ?? ((n: XmlNode) => missingElement(n, name)))(node);
        },
      }),
      body(model, depth) {
        const value = model[key];
        return value === undefined ? '' : `${indentOf(depth)}<${name}>${write(value as T)}</${name}>\n`;
      },
    };
  });
}

/** A child element that holds nothing but text; absent when empty. */
export const leaf = <T>(scalar: Scalar<T>, options: FieldOptions = {}): Field<T, true> =>
  textElement(true, scalar, options);

/** A child element that holds nothing but text and must be there. */
export const reqLeaf = <T>(scalar: Scalar<T>, options: FieldOptions = {}): Field<T, false> =>
  textElement(false, scalar, options);

/** Any number of child elements that hold nothing but text; absent for none. */
export function leaves<T>(scalar: Scalar<T>, options: FieldOptions = {}): Field<T[], true> {
  const write = written(scalar);
  return makeField<T[], true>(true, (key) => {
    const name = options.name ?? key;
    return {
      needs: 0,
      doc: { key, kind: 'leaves', name, required: false, type: scalar.type },
      names: [name],
      child(node, out) {
        const value = scalar.parse(node.text);
        if (value === undefined)
          throw (options.invalid ?? ((v, n) => invalidText(n, v, scalar as Scalar<unknown>)))(node.text, node);
        ((out[key] ??= []) as T[]).push(value);
      },
      body(model, depth) {
        let body = '';
        for (const value of (model[key] as T[] | undefined) ?? [])
          body += `${indentOf(depth)}<${name}>${write(value)}</${name}>\n`;
        return body;
      },
    };
  });
}

/** The field, without the elements that `accepts` says nothing is to be made of; it may raise instead. */
export const filtered = <T, O extends boolean>(field: Field<T, O>, accepts: (node: XmlNode) => boolean): Field<T, O> =>
  makeField<T, O>(field.optional as O, (key) => {
    const bound = field.bind(key);
    return {
      ...bound,
      child(node, out, context) {
        if (accepts(node)) bound.child?.(node, out, context);
      },
    };
  });

/** An element without content whose presence says yes. */
export function flag(options: FieldOptions = {}): Field<true, true> {
  return makeField<true, true>(true, (key) => {
    const name = options.name ?? key;
    return {
      needs: 0,
      doc: { key, kind: 'flag', name, required: false, type: { kind: 'boolean' } },
      names: [name],
      child(_node, out) {
        out[key] = true;
      },
      body: (model, depth) => (model[key] === true ? `${indentOf(depth)}<${name}/>\n` : ''),
    };
  });
}

export interface RawOptions {
  readonly name?: string;
  /** Changes the element before it is kept. */
  readonly prepare?: (node: XmlNode) => XmlNode;
}

/** A child element kept as it came, as markup without indentation of the whole. */
export function raw(options: RawOptions = {}): Field<string, true> {
  return makeField<string, true>(true, (key) => {
    const name = options.name ?? key;
    return {
      needs: 0,
      doc: { key, kind: 'raw', name, required: false },
      names: [name],
      child(node, out) {
        if (out[key] === undefined) out[key] = formatNode(options.prepare?.(node) ?? node, 0).trimEnd();
      },
      body(model, depth) {
        const markup = model[key] as string | undefined;
        return markup === undefined ? '' : `${indentOf(depth)}${markup.replaceAll('\n', `\n${indentOf(depth)}`)}\n`;
      },
    };
  });
}

export interface CustomSpec<T> {
  /** Why the declarative fields do not do. */
  readonly reason: string;
  readonly covers: Covers;
  /** The element whose model the value is, if it is one's. */
  readonly model?: ElementCodec<T>;
  readonly decode: (node: XmlNode, context: ConfContext) => T | undefined;
  /** Markup for the start tag: ` name='value'`. */
  readonly attrs?: (value: T, context: ConfContext) => string;
  /** Complete lines between the tags. */
  readonly body?: (value: T, depth: number, context: ConfContext) => string;
}

function customField<T, O extends boolean>(optional: O, spec: CustomSpec<T>): Field<T, O> {
  return makeField<T, O>(optional, (key) => {
    const { attrs, body } = spec;
    const doc: FieldDoc = {
      key,
      kind: 'custom',
      name: '',
      required: !optional,
      reason: spec.reason,
      covers: spec.covers,
      ...(spec.model && { codec: (): AnyCodec => spec.model as AnyCodec }),
    };
    return {
      needs: 0,
      doc,
      own(node, out, context) {
        const value = spec.decode(node, context);
        if (value !== undefined) out[key] = value;
      },
      ...(attrs && {
        attr: (model: Model, context: ConfContext) => (model[key] === undefined ? '' : attrs(model[key] as T, context)),
      }),
      ...(body && {
        body: (model: Model, depth: number, context: ConfContext) =>
          model[key] === undefined ? '' : body(model[key] as T, depth, context),
      }),
    };
  });
}

/** The way out for what no declarative field says; optional in the model. */
export const custom = <T>(spec: CustomSpec<T>): Field<T, true> => customField(true, spec);

/** As {@link custom}, for a required property: `decode` always answers. */
export const reqCustom = <T>(
  spec: CustomSpec<T> & { decode(node: XmlNode, context: ConfContext): T },
): Field<T, false> => customField(false, spec);
