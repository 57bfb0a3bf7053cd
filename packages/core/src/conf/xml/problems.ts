import { ErrorCode, ErrorDomain, LibvirtError } from '../../util/index.js';
import type { XmlNode } from './node.js';
import type { Scalar } from './scalars.js';

/** XML_ERROR of the XML subsystem: what a grammar itself refuses. */
export const xmlError = (detail: string): LibvirtError =>
  new LibvirtError(ErrorCode.XML_ERROR, ErrorDomain.XML, detail);

/** virXMLPropRequired's complaint. */
export const missingAttribute = (node: XmlNode, name: string): LibvirtError =>
  xmlError(`Missing required attribute '${name}' in element '${node.name}'`);

/** virXMLPropEnum's and its fellows' complaint; for words it adds the nearest known one. */
export function invalidAttribute(node: XmlNode, name: string, value: string, scalar: Scalar<unknown>): LibvirtError {
  const text = `Invalid value for attribute '${name}' in element '${node.name}': '${value}'.`;
  return xmlError(text + hint(value, scalar));
}

/** For a bad value between an element's tags. */
export function invalidText(node: XmlNode, value: string, scalar: Scalar<unknown>): LibvirtError {
  return xmlError(`Invalid value for element '${node.name}': '${value}'.${hint(value, scalar)}`);
}

/** For an element that must be there. */
export const missingElement = (node: XmlNode, name: string): LibvirtError =>
  xmlError(`Missing required element '${name}' in element '${node.name}'`);

function hint(value: string, scalar: Scalar<unknown>): string {
  if (scalar.expected !== undefined) return ` ${scalar.expected}`;
  const nearest = scalar.type.values && suggest(value, scalar.type.values);
  return nearest === undefined ? '' : ` Did you mean '${nearest}'?`;
}

/** The candidate that differs from `word` by the fewest letters, if that is few enough to be a slip. */
export function suggest(word: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let least = Math.max(1, Math.floor(Math.min(word.length, 24) / 3)) + 1;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - word.length) >= least) continue;
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance < least) [best, least] = [candidate, distance];
  }
  return best;
}

/** Letters to change, add, drop or swap with their neighbour. */
function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (previous[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let least = Math.min(change, (previous[j] as number) + 1, (row[j - 1] as number) + 1);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        least = Math.min(least, (before[j - 2] as number) + 1);
      row.push(least);
    }
    [before, previous] = [previous, row];
  }
  return previous[b.length] as number;
}
