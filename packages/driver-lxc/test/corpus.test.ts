import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { formatDomain, parseDomain } from '@virtkit/core/conf';
import { LibvirtError } from '@virtkit/core/util';
import { describe, expect, it } from 'vitest';
import { domainXmlFromLxcConf } from '../src/native/index.js';
import { LXC_EMULATOR, lxcXmlOption } from '../src/xml/index.js';

const root = join(dirname(fileURLToPath(import.meta.url)), '../../..');
const corpus = join(process.env.VIRTKIT_SHARED ?? join(root, '../shared'), 'corpus/dev');

interface Answer {
  readonly ok?: boolean;
  readonly err?: readonly [number, number, string];
  readonly xml?: readonly string[];
}
type Golden = Readonly<Record<string, Readonly<Record<string, Answer>>>>;
interface Manifest {
  readonly cases: readonly { readonly case: string; readonly in: string }[];
}

const read = <T>(...path: string[]): T => JSON.parse(readFileSync(join(corpus, ...path), 'utf8')) as T;

/** Identities that are not in the input were made up. */
function known(text: string, input: string): string {
  return text
    .replace(/@UUID\d+@|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, (uuid) => (input.includes(uuid) ? uuid : '@UUID@'))
    .replace(/52:54:00:(@MAC\d+@|[0-9a-f:]{8})/g, (mac) => (input.includes(mac) ? mac : '@MAC@'));
}

describe.skipIf(!existsSync(join(corpus, 'domain-lxc')))(
  'what libvirt 9.0.0 answered (skipped without the shared corpus)',
  () => {
    it('to documents of containers', () => {
      const option = lxcXmlOption({ hostArch: 'x86_64', emulator: LXC_EMULATOR, fillArch: true });
      const golden = read<Golden>('domain-lxc/golden.json');
      for (const { case: name, in: path } of read<Manifest>('domain-lxc/manifest.json').cases) {
        const input = readFileSync(join(corpus, 'domain-lxc', path), 'utf8');
        const xml = formatDomain(parseDomain(input, option, { abiUpdate: true }), option);
        expect(known(xml, input), name).toBe(known(golden[name]?.['xml']?.xml?.join('\n') ?? '', input));
      }
    });

    it('to configurations of LXC', () => {
      const option = lxcXmlOption({ hostArch: 'x86_64', emulator: LXC_EMULATOR, fillArch: false });
      const golden = read<Golden>('lxc-native/golden.json');
      for (const { case: name, in: path } of read<Manifest>('lxc-native/manifest.json').cases) {
        const input = readFileSync(join(corpus, 'lxc-native', path), 'utf8');
        const { err, xml = [] } = golden[name]?.['convert'] ?? {};
        let answer: unknown;
        try {
          answer = known(domainXmlFromLxcConf(input, option), input);
        } catch (error) {
          if (!LibvirtError.is(error)) throw error;
          answer = [error.code, error.domain, error.message];
        }
        expect(answer, name).toEqual(err ?? known(xml.join('\n'), input));
      }
    });
  },
);
