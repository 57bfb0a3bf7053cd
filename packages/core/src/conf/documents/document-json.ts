import type { DomainDef } from '../domain/domain-def.js';
import { noDevices } from '../domain/devices.js';
import { ErrorCode, ErrorDomain, LibvirtError } from '../../util/index.js';
import {
  type ConfContext,
  childOf,
  documentName,
  explainUnknown,
  type Json,
  modelFromJson,
  modelToJson,
  readXml,
  requireRoot,
  type UnknownName,
  type XmlNode,
} from '../xml/index.js';
import { DOCUMENTS, type DocumentName, verbatimContext } from './documents.js';
import { foreignNamespaces, foreignNamespacesOf, foreignOption } from './foreign-elements.js';

/** A document as JSON, with the names in it that have no place there: libvirt would not read them either. */
export interface DocumentAsJson {
  readonly json: Json;
  readonly unknown: readonly UnknownName[];
}

/** The model of an XML document as JSON: what the document says, without defaults, whichever driver it comes from. */
export function documentToJson(name: DocumentName, xml: string): DocumentAsJson {
  const { codec } = DOCUMENTS[name];
  const root = readXml(xml, documentName(codec.name));
  requireRoot(root, codec.name);
  const model = codec.decode(root, contextOf(name, namespacesIn(root), 'id' in root.attrs));
  return { json: modelToJson(model), unknown: explainUnknown(codec, root) };
}

/** The XML document that a JSON text means; INVALID_ARG says where it does not fit. `$schema` may say what it is. */
export function documentFromJson(name: DocumentName, text: string): string {
  const { codec } = DOCUMENTS[name];
  const json = parseJson(text);
  const { $schema: _, ...given } = json;
  const model = modelFromJson(codec, given) as Partial<DomainDef>;
  // Whoever has no devices need not say so of every kind.
  if (name === 'domain' && model.devices !== undefined) model.devices = { ...noDevices(), ...model.devices };
  return codec.encode(model, 0, contextOf(name, namespacesOf(name, given), model.id !== undefined));
}

/** Whether a text is meant as JSON: XML never starts so. */
export const isJsonDocument = (text: string): boolean => text.trimStart().startsWith('{');

/** A document in either form as XML. */
export const documentToXml = (name: DocumentName, text: string): string =>
  isJsonDocument(text) ? documentFromJson(name, text) : text;

function parseJson(text: string): { readonly [key: string]: Json } {
  let json: Json;
  try {
    json = JSON.parse(text) as Json;
  } catch (error) {
    throw new LibvirtError(ErrorCode.INVALID_ARG, ErrorDomain.CONF, `this is no JSON: ${(error as Error).message}`);
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw new LibvirtError(ErrorCode.INVALID_ARG, ErrorDomain.CONF, 'a document is an object');
  return json as { readonly [key: string]: Json };
}

function contextOf(name: DocumentName, namespaces: ReadonlyMap<string, string>, running: boolean): ConfContext {
  const context = verbatimContext(name !== 'domain' || running);
  return { ...context, option: foreignOption(namespaces) } as ConfContext;
}

/** Domains stand alone or in snapshots and checkpoints. */
const DOMAINS_WITHIN = ['domain', 'inactiveDomain'] as const;

function namespacesIn(root: XmlNode): Map<string, string> {
  const inner = DOMAINS_WITHIN.flatMap((name) => childOf(root, name) ?? []);
  return new Map([root, ...inner].flatMap((node) => [...foreignNamespaces(node)]));
}

/** The namespaces of the domains in a document; those inside a snapshot or checkpoint are checked as a whole. */
function namespacesOf(name: DocumentName, json: Readonly<Record<string, Json>>): Map<string, string> {
  const found = foreignNamespacesOf(json.namespaces, `${name}.namespaces`);
  if (name !== 'domainSnapshot' && name !== 'domainCheckpoint') return found;
  for (const key of DOMAINS_WITHIN) {
    const inner = json[key];
    if (inner === undefined) continue;
    modelFromJson(DOCUMENTS.domain.codec, inner);
    for (const [prefix, uri] of namespacesOf('domain', inner as Readonly<Record<string, Json>>)) found.set(prefix, uri);
  }
  return found;
}
