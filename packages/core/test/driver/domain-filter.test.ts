import { domainFilter, type DomainTraits } from '@virtkit/core/driver';
import { ConnectListAllDomainsFlags as Flags, DomainState } from '@virtkit/core/util';
import { describe, expect, it } from 'vitest';

const traits = (some: Partial<DomainTraits> = {}): DomainTraits => ({
  active: false,
  persistent: true,
  autostart: false,
  state: DomainState.SHUTOFF,
  managedSave: false,
  hasSnapshot: false,
  hasCheckpoint: false,
  ...some,
});

describe('domainFilter', () => {
  it('lets everything through that was not asked about', () => {
    expect(domainFilter(0)(traits())).toBe(true);
    expect(domainFilter(0)(traits({ active: true, state: DomainState.RUNNING }))).toBe(true);
  });

  it('widens within a group and narrows between groups', () => {
    const wanted = domainFilter(Flags.ACTIVE | Flags.INACTIVE | Flags.AUTOSTART);
    expect(wanted(traits())).toBe(false);
    expect(wanted(traits({ autostart: true }))).toBe(true);
    expect(wanted(traits({ autostart: true, active: true }))).toBe(true);
  });

  it('calls every state without a flag of its own another one', () => {
    const other = domainFilter(Flags.OTHER);
    expect(other(traits({ state: DomainState.CRASHED }))).toBe(true);
    for (const state of [DomainState.RUNNING, DomainState.PAUSED, DomainState.SHUTOFF])
      expect(other(traits({ state }))).toBe(false);
  });

  it.each([
    ['ACTIVE', 'INACTIVE', { active: true }],
    ['PERSISTENT', 'TRANSIENT', { persistent: true }],
    ['MANAGEDSAVE', 'NO_MANAGEDSAVE', { managedSave: true }],
    ['AUTOSTART', 'NO_AUTOSTART', { autostart: true }],
    ['HAS_SNAPSHOT', 'NO_SNAPSHOT', { hasSnapshot: true }],
    ['HAS_CHECKPOINT', 'NO_CHECKPOINT', { hasCheckpoint: true }],
  ] as const)('%s and %s are opposites', (yes, no, some) => {
    const without = Object.fromEntries(Object.keys(some).map((key) => [key, false]));
    for (const [flag, shown, hidden] of [
      [Flags[yes], some, without],
      [Flags[no], without, some],
    ] as const) {
      expect(domainFilter(flag)(traits(shown))).toBe(true);
      expect(domainFilter(flag)(traits(hidden))).toBe(false);
    }
  });
});
