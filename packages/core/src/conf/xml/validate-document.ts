import { documentName, requireRoot, type ElementCodec } from './codec.js';
import { refuseUnknown } from './explain.js';
import { readXml } from './reader.js';
import { RngSchemas } from './rng-schemas.js';

/** Those of the host, compiled at their first use. */
const SCHEMAS = new RngSchemas();

/**
 * What a VALIDATE flag asks for: the document matches libvirt's schema of that name, or, where schemas are not installed,
 * holds nothing that its codec does not know. XML_INVALID_SCHEMA otherwise.
 */
export async function validateDocument<T>(schema: string, codec: ElementCodec<T>, text: string): Promise<void> {
  const root = readXml(text, documentName(codec.name));
  requireRoot(root, codec.name);
  if (!(await SCHEMAS.check(schema, text))) refuseUnknown(codec, root);
}
