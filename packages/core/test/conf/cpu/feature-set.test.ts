import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FeatureSet } from '../../../src/conf/cpu/feature-set.js';

const SIZE = 100;
const members = fc.uniqueArray(fc.nat(SIZE - 1));

describe('FeatureSet', () => {
  it('does what Set does', () => {
    fc.assert(
      fc.property(members, members, (a, b) => {
        const left = FeatureSet.of(SIZE, a);
        const right = FeatureSet.of(SIZE, b);
        const sorted = (list: number[]) => [...new Set(list)].sort((x, y) => x - y);
        expect([...left]).toEqual(sorted(a));
        expect([...left.plus(right)]).toEqual(sorted([...a, ...b]));
        expect([...left.minus(right)]).toEqual(sorted(a.filter((x) => !b.includes(x))));
        expect([...left.and(right)]).toEqual(sorted(a.filter((x) => b.includes(x))));
        expect(left.isSubsetOf(right)).toBe(a.every((x) => b.includes(x)));
        expect(left.size).toBe(a.length);
        expect(left.isEmpty).toBe(a.length === 0);
      }),
    );
  });

  it('changes a copy alone', () => {
    const set = FeatureSet.of(SIZE, [1, 31, 32, 99]);
    const copy = set.copy().delete(31).add(40);
    expect([...set]).toEqual([1, 31, 32, 99]);
    expect([...copy]).toEqual([1, 32, 40, 99]);
    expect(set.has(31)).toBe(true);
    expect(set.has(5000)).toBe(false);
  });
});
