import { formatSnapshot, PLAIN } from '@virtkit/core/conf';
import {
  type CallContext,
  type DomainRef,
  type DomainSnapshotRef,
  selectSnapshots,
  type SnapshotMoment,
  type SnapshotOps,
} from '@virtkit/core/driver';
import { DomainSnapshotXMLFlags } from '@virtkit/core/util';
import type { QemuDomain } from '../domain/domain.js';
import { storedXmlOption } from '../domain/xml.js';
import { noSnapshot } from '../errors.js';
import type { QemuHost } from '../host/qemu-host.js';
import { createSnapshot } from '../moments/create-snapshot.js';
import { deleteSnapshot } from '../moments/delete-snapshot.js';
import { revertSnapshot } from '../moments/revert-snapshot.js';
import { jobsOf } from './job.js';

/** Snapshots of domains. */
export const snapshotOps = (host: QemuHost) => {
  const { find: domainOf, job } = jobsOf(host);
  const momentOf = (domain: QemuDomain, name: string): SnapshotMoment => {
    const moment = domain.snapshots.get(name);
    if (moment === undefined) throw noSnapshot(`no domain snapshot with matching name '${name}'`);
    return moment;
  };
  const find = ({ dom, name }: DomainSnapshotRef) => {
    const domain = domainOf(dom);
    return { domain, moment: momentOf(domain, name) };
  };
  const refOf = (domain: QemuDomain, name: string): DomainSnapshotRef => ({ name, dom: domain.ref });
  const all = (ref: DomainRef, flags: number) => selectSnapshots(domainOf(ref).snapshots, undefined, flags);
  const below = (ref: DomainSnapshotRef, flags: number) => {
    const { domain, moment } = find(ref);
    return selectSnapshots(domain.snapshots, moment, flags);
  };
  const names = (moments: readonly SnapshotMoment[]) => moments.map(({ name }) => name);

  /** Runs a job about a snapshot that must be there when its turn has come. */
  const change = (
    name: string,
    ref: DomainSnapshotRef,
    call: CallContext,
    work: (domain: QemuDomain, moment: SnapshotMoment) => Promise<void>,
  ): Promise<void> => job(name, ref.dom, call, (domain) => work(domain, momentOf(domain, ref.name)));

  return {
    domainSnapshotCreateXML: (ref, xml, flags, call) =>
      job('domainSnapshotCreateXML', ref, call, async (domain) =>
        refOf(domain, await createSnapshot(host, domain, xml, flags)),
      ),
    domainSnapshotDelete: (ref, flags, call) =>
      change('domainSnapshotDelete', ref, call, (domain, moment) => deleteSnapshot(host, domain, moment, flags)),
    domainRevertToSnapshot: (ref, flags, call) =>
      change('domainRevertToSnapshot', ref, call, (domain, moment) =>
        revertSnapshot(host, domain, moment, flags, call.signal),
      ),

    domainSnapshotGetXMLDesc(ref, flags) {
      const { domain, moment } = find(ref);
      const secure = (flags & DomainSnapshotXMLFlags.SECURE) !== 0;
      return formatSnapshot(moment.def, { ...PLAIN, option: storedXmlOption, secure, domainUuid: domain.uuid });
    },

    domainSnapshotNum: (ref, flags) => all(ref, flags).length,
    domainSnapshotListNames: (ref, flags) => names(all(ref, flags)),
    domainListAllSnapshots(ref, flags) {
      const domain = domainOf(ref);
      return all(ref, flags).map(({ name }) => refOf(domain, name));
    },
    domainSnapshotNumChildren: (ref, flags) => below(ref, flags).length,
    domainSnapshotListChildrenNames: (ref, flags) => names(below(ref, flags)),
    domainSnapshotListAllChildren(ref, flags) {
      const { domain } = find(ref);
      return below(ref, flags).map(({ name }) => refOf(domain, name));
    },

    domainSnapshotLookupByName(ref, name) {
      const domain = domainOf(ref);
      return refOf(domain, momentOf(domain, name).name);
    },
    domainHasCurrentSnapshot: (ref) => domainOf(ref).snapshots.current !== undefined,
    domainSnapshotCurrent(ref) {
      const domain = domainOf(ref);
      const { current } = domain.snapshots;
      if (current === undefined) throw noSnapshot('the domain does not have a current snapshot');
      return refOf(domain, current.name);
    },
    domainSnapshotGetParent(ref) {
      const { domain, moment } = find(ref);
      const parent = domain.snapshots.parentOf(moment);
      if (parent === undefined) throw noSnapshot(`snapshot '${moment.name}' does not have a parent`);
      return refOf(domain, parent.name);
    },
    domainSnapshotIsCurrent(ref) {
      const { domain, moment } = find(ref);
      return domain.snapshots.current === moment;
    },
    domainSnapshotHasMetadata(ref) {
      find(ref);
      return true;
    },
  } satisfies SnapshotOps;
};
