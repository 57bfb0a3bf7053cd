import { domainFilter, type DomainOps } from '@virtkit/core/driver';
import type { QemuDomain } from '../domain/domain.js';
import type { QemuHost } from '../host/qemu-host.js';

/** virDomainObjListFilter */
export function matchesFilter(domain: QemuDomain, flags: number): boolean {
  const { active, persistent, autostart, status, managedSave, snapshots, checkpoints } = domain;
  return domainFilter(flags)({
    ...{ active, persistent, autostart, managedSave },
    state: status.state,
    hasSnapshot: snapshots.size > 0,
    hasCheckpoint: checkpoints.size > 0,
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
