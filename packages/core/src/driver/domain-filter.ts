import { ConnectListAllDomainsFlags as Flags, DomainState } from '../util/index.js';

/** What lists of domains are filtered by. */
export interface DomainTraits {
  readonly active: boolean;
  readonly persistent: boolean;
  readonly autostart: boolean;
  /** DomainState */
  readonly state: number;
  readonly managedSave: boolean;
  readonly hasSnapshot: boolean;
  readonly hasCheckpoint: boolean;
}

type Test = (traits: DomainTraits) => boolean;

const NAMED: readonly number[] = [DomainState.RUNNING, DomainState.PAUSED, DomainState.SHUTOFF];

/** Groups of filters: within a group any may match, all groups that were asked for must. */
const GROUPS: readonly (readonly (readonly [flag: number, test: Test])[])[] = [
  [
    [Flags.ACTIVE, ({ active }) => active],
    [Flags.INACTIVE, ({ active }) => !active],
  ],
  [
    [Flags.PERSISTENT, ({ persistent }) => persistent],
    [Flags.TRANSIENT, ({ persistent }) => !persistent],
  ],
  [
    [Flags.RUNNING, ({ state }) => state === DomainState.RUNNING],
    [Flags.PAUSED, ({ state }) => state === DomainState.PAUSED],
    [Flags.SHUTOFF, ({ state }) => state === DomainState.SHUTOFF],
    [Flags.OTHER, ({ state }) => !NAMED.includes(state)],
  ],
  [
    [Flags.MANAGEDSAVE, ({ managedSave }) => managedSave],
    [Flags.NO_MANAGEDSAVE, ({ managedSave }) => !managedSave],
  ],
  [
    [Flags.AUTOSTART, ({ autostart }) => autostart],
    [Flags.NO_AUTOSTART, ({ autostart }) => !autostart],
  ],
  [
    [Flags.HAS_SNAPSHOT, ({ hasSnapshot }) => hasSnapshot],
    [Flags.NO_SNAPSHOT, ({ hasSnapshot }) => !hasSnapshot],
  ],
  [
    [Flags.HAS_CHECKPOINT, ({ hasCheckpoint }) => hasCheckpoint],
    [Flags.NO_CHECKPOINT, ({ hasCheckpoint }) => !hasCheckpoint],
  ],
];

/** virDomainObjMatchFilter: whether a domain belongs in a list asked for with `flags` (ConnectListAllDomainsFlags). */
export function domainFilter(flags: number): (traits: DomainTraits) => boolean {
  const asked = GROUPS.map((group) => group.filter(([flag]) => flags & flag)).filter((group) => group.length > 0);
  return (traits) => asked.every((group) => group.some(([, test]) => test(traits)));
}
