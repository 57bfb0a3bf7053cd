import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readXml, type XmlNode } from '@virtkit/core/conf';
import { LibvirtError } from '@virtkit/core/util';

const root = join(dirname(fileURLToPath(import.meta.url)), '../../../..');
const shared = process.env.VIRTKIT_SHARED ?? join(root, '../shared');
const dev = join(shared, 'corpus/dev');

export const hasCorpus = existsSync(dev);

interface Step {
  readonly ok?: boolean;
  readonly xml?: readonly string[];
  readonly err?: readonly [number, number, string];
  readonly same?: string;
}

export interface CorpusCase {
  readonly name: string;
  readonly input: string;
  readonly steps: Readonly<Record<string, Step>>;
}

/** The live cases of one family. */
export function corpusCases(family: string): CorpusCase[] {
  const folder = join(dev, family);
  const json = (name: string): unknown => JSON.parse(readFileSync(join(folder, name), 'utf8'));
  const { cases } = json('manifest.json') as { cases: { case: string; in: string }[] };
  const golden = json('golden.json') as Record<string, Record<string, Step>>;
  return cases.map((one) => ({
    name: one.case,
    input: readFileSync(join(folder, one.in), 'utf8'),
    steps: golden[one.case] ?? {},
  }));
}

/** Attributes sorted, white space dropped, what was generated replaced. */
export function canonical(text: string): string {
  const lines: string[] = [];
  const walk = (node: XmlNode, depth: number): void => {
    const attrs = Object.entries(node.attrs).sort(([a], [b]) => (a < b ? -1 : 1));
    const shown = attrs.map(([name, value]) => ` ${name}=${value}`).join('');
    lines.push(`${'  '.repeat(depth)}<${node.qname}${shown}>${node.text.trim()}`);
    for (const child of node.children) walk(child, depth + 1);
  };
  walk(readXml(text), 0);
  return lines.join('\n');
}

/** Which cases differ from what libvirt answered at `step`, whose document is that of `dump`. */
export function differences(
  cases: readonly CorpusCase[],
  step: string,
  dump: string,
  convert: (input: string) => string,
  except: (error: readonly [number, number, string]) => boolean = () => false,
): string[] {
  const found: string[] = [];
  for (const { name, input, steps } of cases) {
    const wanted = steps[step];
    if (wanted === undefined || (wanted.err && except(wanted.err))) continue;
    let answer: string | readonly [number, number];
    try {
      answer = convert(input);
    } catch (error) {
      if (!LibvirtError.is(error)) throw error;
      answer = [error.code, error.domain];
    }
    if (wanted.err) {
      if (String(answer) !== String(wanted.err.slice(0, 2)))
        found.push(`${name}: ${String(answer)}, not ${wanted.err}`);
      continue;
    }
    let seen = steps[dump];
    if (seen?.same !== undefined) seen = steps[seen.same];
    if (seen?.xml === undefined) continue;
    if (typeof answer !== 'string') found.push(`${name}: refused with ${String(answer)}`);
    else if (masked(canonical(answer), input) !== masked(canonical(seen.xml.join('\n')), input)) found.push(name);
  }
  return found;
}

const UUID = /@UUID\d+@|\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b/g;
const MAC = /((?:[0-9a-f]{2}:){3})(?:@MAC\d+@|(?:[0-9a-f]{2}:){2}[0-9a-f]{2})/gi;

/** UUIDs and addresses that the input does not hold in the same writing stand for any. */
export function masked(text: string, input: string): string {
  const hex = input.replace(/[^0-9a-fA-F]/g, '').toLowerCase();
  return text
    .replace(UUID, (uuid) => (hex.includes(uuid.replaceAll('-', '')) ? uuid : '@UUID@'))
    .replace(MAC, (mac, vendor: string) => (input.includes(mac) ? mac : `${vendor}@MAC@`));
}
