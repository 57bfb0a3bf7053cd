import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SHARED } from '../support/recorded-caps.js';

interface Case {
  case: string;
  in: string;
  paths: { caps: string };
  params: object;
  expect: readonly ({ name: 'argv'; file: string } | { name: 'argv'; fail: true })[];
}

const folder = join(SHARED, 'corpus/dev/qemu-argv-caps');
const manifestFile = join(folder, 'manifest.json');
const present = existsSync(manifestFile);

/** Words of a command as a shell reads them, with what differs from run to run left out. */
function words(text: string): string[] {
  return (text.replaceAll('\\\n', ' ').match(/(?:'[^']*'|\\.|[^\s'\\])+/g) ?? []).map((word) =>
    word
      .replaceAll(/\\(.)|'/g, '$1')
      .replace(/^PATH=.*/, 'PATH')
      .replaceAll(/\b((?:vhost)?fds?)(=|":"?)[\d:]+/g, '$1$2N')
      .replaceAll(/("?(?:data|iv|guid|mac)"?[:=]"?)[^",]*/g, '$1X')
      .replace(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/, 'UUID'),
  );
}

describe.skipIf(!present)(`command lines that libvirt's tests expect (skipped without ${manifestFile})`, () => {
  it('are ours in at least 19 of 20 cases, refusals among them', async () => {
    const script = resolve(import.meta.dirname, '../../../../scripts/convert/qemu-domain.mjs');
    const { converters } = (await import(script)) as {
      converters: Record<string, (request: object) => { argv: string }>;
    };
    const { cases, environment } = JSON.parse(readFileSync(manifestFile, 'utf8')) as {
      cases: Case[];
      environment: object;
    };
    const wrong = cases.flatMap((one) => {
      const [wanted] = one.expect;
      const input = readFileSync(join(folder, one.in), 'utf8');
      const request = { input, params: one.params, paths: { caps: resolve(folder, one.paths.caps) }, environment };
      let argv: string | undefined;
      try {
        argv = converters['qemu-argv-caps']?.(request).argv;
      } catch {
        argv = undefined;
      }
      if (wanted !== undefined && 'file' in wanted) {
        const expected = words(readFileSync(join(folder, wanted.file), 'utf8'));
        return argv !== undefined && words(argv).join('\n') === expected.join('\n') ? [] : [one.case];
      }
      return argv === undefined ? [] : [one.case];
    });
    expect(wrong.length, wrong.join('\n')).toBeLessThanOrEqual(cases.length / 20);
  }, 60_000);
});
