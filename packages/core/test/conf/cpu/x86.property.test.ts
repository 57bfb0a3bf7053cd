import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  baselineCpu,
  compareCpu,
  expandCpu,
  formatCpu,
  type HostCpuDef,
  parseCpu,
  x86Decode,
} from '@virtkit/core/conf';
import { x86FeaturesOf } from '../../../src/conf/cpu/x86/x86-facts.js';
import { x86Map } from '../../../src/conf/cpu/x86/x86-map.js';

const map = x86Map();
const features = fc.subarray(map.features.map(({ name }) => name));
const host = fc
  .record({ model: fc.constantFrom(...map.models), features })
  .map(({ model, features: names }): HostCpuDef => ({
    arch: 'x86_64',
    model: { name: model.name },
    feature: names.map((name) => ({ name })),
  }));

describe('x86 CPUs', () => {
  it('are told without loss', () => {
    fc.assert(
      fc.property(features, fc.constantFrom(undefined, 'Intel', 'AMD'), (names, vendor) => {
        const told = map.setOf(names);
        const decoded = x86Decode({ features: told, vendor }, { kind: 'guest' });
        const cpu = { mode: 'custom' as const, model: { name: decoded.model }, feature: decoded.features };
        expect([...x86FeaturesOf(cpu)]).toEqual([...told]);
      }),
    );
  });

  it('can each run the baseline of all', () => {
    fc.assert(
      fc.property(fc.array(host, { minLength: 1, maxLength: 4 }), (hosts) => {
        let cpu;
        try {
          cpu = baselineCpu('x86_64', hosts);
        } catch {
          return; // of different vendors, or with nothing in common
        }
        const { vendor: _vendor, ...anyVendor } = cpu;
        for (const one of hosts) {
          const missing = [...x86FeaturesOf(anyVendor)].filter((index) => !x86FeaturesOf(one).has(index));
          expect(missing).toEqual([]);
          expect(compareCpu('x86_64', one, anyVendor).result).not.toBe('incompatible');
        }
      }),
    );
  });

  it('are the same when expanded, and when written and read', () => {
    fc.assert(
      fc.property(host, (cpu) => {
        const expanded = expandCpu('x86_64', cpu);
        expect([...x86FeaturesOf(expanded)]).toEqual([...x86FeaturesOf(cpu)]);
        expect(compareCpu('x86_64', cpu, expanded).result).toBe('identical');
        expect(parseCpu(formatCpu(cpu))).toEqual(cpu);
      }),
    );
  });
});
