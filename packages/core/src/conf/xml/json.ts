import { ErrorCode, ErrorDomain, LibvirtError } from '../../util/index.js';
import type { ElementCodec, ElementDoc } from './codec.js';
import type { FieldDoc } from './field.js';
import { suggest } from './problems.js';
import type { ScalarType } from './scalars.js';

/** What JSON can hold. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

type Codec = ElementCodec<unknown>;

/** The model as JSON: it is already, but for numbers of 64 bits, which become texts. */
export function modelToJson(model: unknown): Json {
  if (typeof model === 'bigint') return String(model);
  if (typeof model !== 'object' || model === null) return model as Json;
  if (Array.isArray(model)) return model.map(modelToJson);
  const entries = Object.entries(model).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries.map(([key, value]) => [key, modelToJson(value)]));
}

/** The model that a JSON text of {@link modelToJson}'s form means; INVALID_ARG says where it does not fit the codec. */
export function modelFromJson<T>(codec: ElementCodec<T>, json: Json): T {
  return readElement(codec as Codec, json, codec.name) as T;
}

const refuse = (path: string, what: string): LibvirtError =>
  new LibvirtError(ErrorCode.INVALID_ARG, ErrorDomain.CONF, `${path}: ${what}`);

function fieldsOf(doc: ElementDoc, value: Readonly<Record<string, unknown>>): readonly FieldDoc[] {
  const branch = doc.variants?.branches.get(String(value[doc.variants.tag]));
  return branch === undefined ? doc.fields : [...doc.fields, ...branch];
}

function readElement(codec: Codec, json: Json, path: string): unknown {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw refuse(path, 'an object is expected');
  const given = json as Readonly<Record<string, Json>>;
  const fields = byKey(fieldsOf(codec.describe(), given));
  const out: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(given)) {
    const alternatives = fields.get(key);
    if (alternatives === undefined) {
      const near = suggest(key, fields.keys());
      throw refuse(path, `there is no '${key}' here${near === undefined ? '' : `; did you mean '${near}'?`}`);
    }
    out[key] = readOneOf(alternatives, value, `${path}.${key}`);
  }
  for (const [{ key, kind, required, always }] of fields.values()) {
    if (out[key] !== undefined) continue;
    if (always === true) out[key] = [];
    else if (required && kind !== 'custom') throw refuse(path, `'${key}' is missing`);
  }
  return out;
}

/** Within a union inside a union a property may be one of several; what fits is taken. */
function readOneOf(alternatives: Alternatives, json: Json, path: string): unknown {
  let problem: unknown;
  for (const field of alternatives)
    try {
      return readField(field, json, path);
    } catch (error) {
      problem ??= error;
    }
  throw problem;
}

type Alternatives = readonly [FieldDoc, ...FieldDoc[]];

function byKey(fields: readonly FieldDoc[]): Map<string, Alternatives> {
  const found = new Map<string, Alternatives>();
  for (const field of fields) {
    const others = found.get(field.key);
    found.set(field.key, others === undefined ? [field] : [...others, field]);
  }
  return found;
}

function readField(field: FieldDoc, json: Json, path: string): unknown {
  const codec = field.codec?.();
  switch (field.kind) {
    case 'element':
      return readElement(codec as Codec, json, path);
    case 'list':
    case 'leaves':
      if (!Array.isArray(json)) throw refuse(path, 'a list is expected');
      return (json as readonly Json[]).map((item, place) =>
        codec === undefined
          ? readScalar(field.type, item, `${path}[${place}]`)
          : readElement(codec, item, `${path}[${place}]`),
      );
    case 'flag':
      if (json !== true) throw refuse(path, 'only true can stand here; leave it out for false');
      return true;
    case 'custom':
      return codec === undefined ? json : readElement(codec, json, path);
    default:
      return readScalar(field.type, json, path);
  }
}

function readScalar(type: ScalarType | undefined, json: Json, path: string): unknown {
  if (type?.big === true) {
    if (typeof json !== 'string' || !/^-?\d+$/.test(json)) throw refuse(path, 'a number as text is expected');
    return BigInt(json);
  }
  const wanted = type?.kind === 'integer' ? 'number' : type?.kind === 'boolean' ? 'boolean' : 'string';
  if (typeof json !== wanted) throw refuse(path, `a ${wanted} is expected, not ${JSON.stringify(json)}`);
  if (type?.kind === 'integer' && !Number.isSafeInteger(json)) throw refuse(path, 'a whole number is expected');
  if (type?.kind === 'enum' && !(type.values ?? []).includes(json as string)) {
    const near = suggest(json as string, type.values ?? []);
    throw refuse(path, `unknown value '${String(json)}'${near === undefined ? '' : `; did you mean '${near}'?`}`);
  }
  return json;
}

/** JSON Schema (draft 2020-12) of a codec's models, as {@link modelToJson} writes them. */
export function jsonSchema<T>(codec: ElementCodec<T>): Json {
  const defs: Record<string, Json> = {};
  const names = new Map<Codec, string>();
  const refTo = (inner: Codec): Json => {
    let name = names.get(inner);
    if (name === undefined) {
      name = inner.name;
      for (let n = 2; name in defs; n++) name = `${inner.name}${n}`;
      names.set(inner, name);
      defs[name] = {};
      defs[name] = elementSchema(inner.describe(), refTo);
    }
    return { $ref: `#/$defs/${name}` };
  };
  const root = refTo(codec as Codec);
  return { $schema: 'https://json-schema.org/draft/2020-12/schema', ...(root as object), $defs: defs };
}

function elementSchema(doc: ElementDoc, refTo: (codec: Codec) => Json): Json {
  if (doc.variants === undefined) return objectSchema(doc.fields, refTo);
  const { tag, branches } = doc.variants;
  return {
    oneOf: [...branches].map(([value, fields]) => {
      const shared = doc.fields.filter(({ key }) => key !== tag);
      const schema = objectSchema([...shared, ...fields], refTo) as {
        properties: Record<string, Json>;
        required: readonly string[];
      };
      return {
        ...schema,
        properties: { [tag]: { const: value }, ...schema.properties },
        required: [tag, ...schema.required],
      };
    }),
  };
}

function objectSchema(fields: readonly FieldDoc[], refTo: (codec: Codec) => Json): Json {
  const properties: Record<string, Json> = {};
  for (const [key, [field, ...others]] of byKey(fields))
    properties[key] =
      others.length === 0
        ? fieldSchema(field, refTo)
        : { anyOf: [field, ...others].map((alternative) => fieldSchema(alternative, refTo)) };
  const required = fields.filter((field) => field.required && field.kind !== 'custom').map(({ key }) => key);
  return {
    type: 'object',
    properties,
    required: [...new Set(required)],
    additionalProperties: false,
  };
}

function fieldSchema(field: FieldDoc, refTo: (codec: Codec) => Json): Json {
  const codec = field.codec?.();
  const described = field.text === undefined ? {} : { description: field.text };
  switch (field.kind) {
    case 'element':
      return { ...(refTo(codec as Codec) as object), ...described };
    case 'list':
    case 'leaves':
      return { type: 'array', items: codec === undefined ? scalarSchema(field.type) : refTo(codec), ...described };
    case 'flag':
      return { const: true, ...described };
    case 'custom':
      return {
        ...(codec && (refTo(codec) as object)),
        ...(field.reason !== undefined && { $comment: field.reason }),
        ...described,
      };
    default:
      return { ...(scalarSchema(field.type) as object), ...described };
  }
}

function scalarSchema(type: ScalarType | undefined): Json {
  const described = type?.description === undefined ? {} : { description: type.description };
  if (type?.big === true) return { type: 'string', pattern: '^-?[0-9]+$', ...described };
  switch (type?.kind) {
    case 'integer':
      return { type: 'integer', ...(type.minimum !== undefined && { minimum: type.minimum }), ...described };
    case 'boolean':
      return { type: 'boolean', ...described };
    case 'enum':
      // No value at all fits, where a branch of a union has none of what others have.
      return type.values?.length ? { enum: [...new Set(type.values)], ...described } : { not: {} };
    default:
      return { type: 'string', ...described };
  }
}
