import type { DomainDef } from '@virtkit/core/conf';
import { describe, expect, it } from 'vitest';
import { ownerLabel, withOwner, withoutOwner } from '../src/domain/owner.js';

const labelled = (...seclabel: DomainDef['seclabel']): DomainDef => ({ seclabel }) as unknown as DomainDef;

describe('whom a guest belongs to', () => {
  it('is said of a guest that runs, and not of its definition', () => {
    const running = withOwner(labelled({ type: 'none', model: 'none' }));
    expect(running.seclabel[1]).toEqual({
      type: 'dynamic',
      model: 'dac',
      relabel: true,
      label: ownerLabel(),
      imagelabel: ownerLabel(),
    });
    expect(withoutOwner(running).seclabel).toEqual([{ type: 'none', model: 'none' }]);
  });

  it('is left to a definition that says it', () => {
    for (const own of [
      labelled({ type: 'static', model: 'dac', relabel: true, label: 'me' }),
      labelled({ type: 'none' }),
      labelled({ type: 'dynamic', model: 'dac', relabel: true }),
    ]) {
      expect(withOwner(own)).toBe(own);
      expect(withoutOwner(own)).toBe(own);
    }
  });
});
