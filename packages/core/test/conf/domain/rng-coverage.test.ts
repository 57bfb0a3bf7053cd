import { domain } from '@virtkit/core/conf';
import { describe, expect, it } from 'vitest';
import { type Codec, hasSchemas, rngCoverage } from '../rng.js';

const FILES = ['basictypes', 'storagecommon', 'networkcommon', 'nwfilter_params', 'cputypes', 'domaincommon'];

describe.skipIf(!hasSchemas)('codecs against the RNG schema of domains', () => {
  it('reads nearly every element and attribute there is', () => {
    const { elements, attributes, missing } = rngCoverage(FILES, 'domain', 'domain', domain as Codec);
    const all = elements + attributes;
    console.info(
      `RNG: ${elements} elements, ${attributes} attributes by path; ` +
        `${(100 * (1 - missing.length / all)).toFixed(1)} % read; not read: ${missing.join(' ') || 'none'}`,
    );
    expect(all).toBeGreaterThan(1000);
    expect(missing.length / all).toBeLessThan(0.02);
  });

  it('counts the fields that are not declarative', () => {
    const reasons = new Set<string>();
    const seen = new Set<Codec>();
    const walk = (codec: Codec): void => {
      if (seen.has(codec)) return;
      seen.add(codec);
      const doc = codec.describe();
      const fields = [...doc.fields, ...[...(doc.variants?.branches.values() ?? [])].flat()];
      for (const field of fields) {
        if (field.kind === 'custom') reasons.add(field.reason ?? '');
        const inner = field.codec?.();
        if (inner !== undefined) walk(inner);
        for (const part of field.covers?.elements ?? []) if (typeof part !== 'string') walk(part);
      }
    };
    walk(domain as Codec);
    console.info(`${seen.size} elements; reasons for code of their own:\n  ${[...reasons].join('\n  ')}`);
    expect(reasons).not.toContain('');
    expect(reasons.size).toBeLessThan(20);
  });
});
