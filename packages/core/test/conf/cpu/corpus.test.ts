import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { baselineCpuXml } from '@virtkit/core/conf';
import { LibvirtError } from '@virtkit/core/util';
import { canonical } from '../corpus.js';

const root = resolve(import.meta.dirname, '../../../../..');
const dev = join(process.env['VIRTKIT_SHARED'] ?? resolve(root, '../shared'), 'corpus/dev');

interface Case {
  readonly case: string;
  readonly in: string;
  readonly files?: Readonly<Record<string, string>>;
  readonly params: Readonly<Record<string, unknown>>;
  readonly expect: readonly { name: string; as?: string; file?: string; fail?: boolean }[];
}

type Converter = (request: object) => Record<string, string>;

const FAMILIES = 'compare-pairs update baseline-pairs feature guest decode signature qemu-json';

describe.skipIf(!existsSync(dev))('CPUs beside libvirt’s own tests', async () => {
  const { converters } = (await import(pathToFileURL(join(root, 'scripts/convert/cpu.mjs')).href)) as {
    converters: Record<string, Converter>;
  };

  it.each(FAMILIES.split(' '))('cpu-%s', (name) => {
    const family = `cpu-${name}`;
    const read = (file: string) => readFileSync(join(dev, family, file), 'utf8');
    const convert = converters[family] as Converter;
    for (const one of (JSON.parse(read('manifest.json')) as { cases: Case[] }).cases) {
      const files = Object.fromEntries(Object.entries(one.files ?? {}).map(([key, file]) => [key, read(file)]));
      const request = { input: read(one.in), params: one.params, files };
      for (const { name: output, as, file, fail } of one.expect) {
        if (fail) expect(() => convert(request), one.case).toThrowError(LibvirtError as never);
        else {
          const same = as === 'xml' ? canonical : (text: string) => text.trimEnd();
          expect(same(convert(request)[output] as string), one.case).toBe(same(read(file as string)));
        }
      }
    }
  });

  it('cpu-baseline, of hosts', () => {
    const read = (file: string) => readFileSync(join(dev, 'cpu-baseline', file), 'utf8');
    const { cases } = JSON.parse(read('manifest.json')) as { cases: Case[] };
    type Step = { xml?: string[]; err?: [number, number]; same?: string };
    const golden = JSON.parse(read('golden.json')) as Record<string, Record<string, Step>>;
    for (const one of cases) {
      const cpus = read(one.in).match(/<cpu>[\s\S]*?<\/cpu>/g) ?? [];
      for (const [step, flags] of Object.entries({ baseline: 0, 'baseline-expand': 1, 'baseline-migratable': 2 })) {
        const { same, ...told } = golden[one.case]![step] as Step;
        const wanted = same === undefined ? told : (golden[one.case]?.[same] as Step);
        let answer: string;
        try {
          answer = baselineCpuXml(cpus, flags);
        } catch (error) {
          answer = String([(error as LibvirtError).code, (error as LibvirtError).domain]);
        }
        expect(answer, `${one.case} ${step}`).toBe(wanted.xml?.join('\n') ?? String(wanted.err?.slice(0, 2)));
      }
    }
  });
});
