import { type DocumentName, documentToJson } from '@virtkit/core/conf';
import type { Output } from './output.js';

/** A document: XML for people, its model for `--json`. */
export function document(name: DocumentName, xml: string): Output {
  let read: ReturnType<typeof documentToJson> | undefined;
  const model = (): ReturnType<typeof documentToJson> => (read ??= documentToJson(name, xml));
  return {
    get json() {
      return model().json;
    },
    text: () => xml,
    jsonNotes: () =>
      model().unknown.map(({ kind, name: what, path }) => `${kind} '${what}' in ${path} is unknown here and left out`),
  };
}
