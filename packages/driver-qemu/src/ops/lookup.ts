import type { DomainOps } from '@virtkit/core/driver';
import { ConnectListAllDomainsFlags as Flags, DomainState } from '@virtkit/core/util';
import type { QemuDomain } from '../domain/domain.js';
import type { QemuHost } from '../host/qemu-host.js';

type Test = (domain: QemuDomain) => boolean;

const inState =
  (...states: DomainState[]): Test =>
  ({ status }) =>
    states.includes(status.state);
const OTHER = [DomainState.RUNNING, DomainState.PAUSED, DomainState.SHUTOFF] as DomainState[];

/** Groups of filters: within a group any may match, all groups that were asked for must. */
const FILTERS: readonly (readonly (readonly [flag: number, test: Test])[])[] = [
  [
    [Flags.ACTIVE, (domain) => domain.active],
    [Flags.INACTIVE, (domain) => !domain.active],
  ],
  [
    [Flags.PERSISTENT, (domain) => domain.persistent],
    [Flags.TRANSIENT, (domain) => !domain.persistent],
  ],
  [
    [Flags.RUNNING, inState(DomainState.RUNNING)],
    [Flags.PAUSED, inState(DomainState.PAUSED)],
    [Flags.SHUTOFF, inState(DomainState.SHUTOFF)],
    [Flags.OTHER, ({ status }) => !OTHER.includes(status.state)],
  ],
  [
    [Flags.MANAGEDSAVE, () => false],
    [Flags.NO_MANAGEDSAVE, () => true],
  ],
  [
    [Flags.AUTOSTART, (domain) => domain.autostart],
    [Flags.NO_AUTOSTART, (domain) => !domain.autostart],
  ],
  [
    [Flags.HAS_SNAPSHOT, () => false],
    [Flags.NO_SNAPSHOT, () => true],
  ],
  [
    [Flags.HAS_CHECKPOINT, () => false],
    [Flags.NO_CHECKPOINT, () => true],
  ],
];

/** virDomainObjListFilter */
export function matchesFilter(domain: QemuDomain, flags: number): boolean {
  return FILTERS.every((group) => {
    const asked = group.filter(([flag]) => flags & flag);
    return asked.length === 0 || asked.some(([, test]) => test(domain));
  });
}

export const lookupOps = ({ domains }: QemuHost) =>
  ({
    connectListDomains: () => domains.all.filter((domain) => domain.active).map(({ id }) => id),
    connectNumOfDomains: () => domains.all.filter((domain) => domain.active).length,
    connectListDefinedDomains: () => domains.all.filter((domain) => !domain.active).map(({ name }) => name),
    connectNumOfDefinedDomains: () => domains.all.filter((domain) => !domain.active).length,
    connectListAllDomains: (flags) =>
      domains.all.filter((domain) => matchesFilter(domain, flags)).map(({ ref }) => ref),
    domainLookupByID: (id) => domains.byId(id).ref,
    domainLookupByUUID: (uuid) => domains.byUuid(uuid).ref,
    domainLookupByName: (name) => domains.byName(name).ref,
  }) satisfies DomainOps;
