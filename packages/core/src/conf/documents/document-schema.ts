import { type Json, jsonSchema } from '../xml/index.js';
import { DOCUMENTS, type DocumentName } from './documents.js';

type JsonObject = { readonly [key: string]: Json };

/** `namespaces` of a domain, in {@link ForeignElements}' form. */
const NAMESPACES: JsonObject = {
  type: 'object',
  description: "Elements of drivers' own namespaces, by the prefix they are written with, as markup.",
  additionalProperties: {
    type: 'object',
    properties: { uri: { type: 'string' }, elements: { type: 'array', items: { type: 'string' } } },
    required: ['uri', 'elements'],
    additionalProperties: false,
  },
};

/** JSON Schema (draft 2020-12) of what {@link documentToJson} answers and {@link documentFromJson} reads. */
export function documentSchema(name: DocumentName): Json {
  const { codec, title, file } = DOCUMENTS[name];
  const schema = jsonSchema(codec) as JsonObject;
  const defs = schema.$defs as JsonObject;
  const root = defs[codec.name] as JsonObject;
  return {
    ...schema,
    $id: `${file}.schema.json`,
    title: `The ${title} document of libvirt, as JSON`,
    $defs: { ...defs, [codec.name]: asRoot(name === 'domain' ? withProperty(root, 'namespaces', NAMESPACES) : root) },
  };
}

/** The document itself may name its schema, for editors. */
function asRoot(schema: JsonObject): JsonObject {
  const { oneOf } = schema;
  if (Array.isArray(oneOf)) return { ...schema, oneOf: (oneOf as readonly JsonObject[]).map(asRoot) };
  return { ...schema, properties: { $schema: { type: 'string' }, ...(schema.properties as JsonObject) } };
}

const withProperty = (schema: JsonObject, key: string, value: Json): JsonObject => ({
  ...schema,
  properties: { ...(schema.properties as JsonObject), [key]: value },
});
