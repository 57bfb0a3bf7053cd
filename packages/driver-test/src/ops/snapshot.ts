import { statSync } from 'node:fs';
import {
  alignSnapshotDisks,
  type DomainDef,
  domainSnapshot,
  formatSnapshot,
  parseSnapshot,
  PLAIN,
  type SnapshotDef,
  type SnapshotState,
} from '@virtkit/core/conf';
import type { DomainRef, DomainSnapshotRef, HypervisorDriver } from '@virtkit/core/driver';
import {
  DomainEventStartedDetailType as Started,
  DomainEventStoppedDetailType as Stopped,
  DomainEventSuspendedDetailType as Suspended,
  DomainEventType as Lifecycle,
  DomainPausedReason,
  DomainRunningReason,
  DomainShutoffReason,
  DomainSnapshotCreateFlags as Create,
  DomainSnapshotDeleteFlags as Delete,
  DomainSnapshotListFlags as List,
  DomainSnapshotRevertFlags as Revert,
  DomainSnapshotXMLFlags,
  DomainState,
  ErrorDomain,
} from '@virtkit/core/util';
import { migratableCopy, testXmlOption } from '../conf/domain-xml.js';
import { checkSchema } from '../conf/schema.js';
import { internalError, invalidArg, noSnapshot, operationInvalid, operationUnsupported } from '../errors.js';
import { traitFilter } from '../filter.js';
import type { DomainObject } from '../state/domain-object.js';
import { checkParent, dropDescendants, dropMoment, requireFree, selectMoments } from '../state/moment-rules.js';
import type { SnapshotMoment } from '../state/moments.js';
import type { TestNode } from '../state/test-node.js';

const STATE_NAMES: Readonly<Record<number, SnapshotState>> = {
  [DomainState.NOSTATE]: 'nostate',
  [DomainState.RUNNING]: 'running',
  [DomainState.BLOCKED]: 'blocked',
  [DomainState.PAUSED]: 'paused',
  [DomainState.SHUTDOWN]: 'shutdown',
  [DomainState.SHUTOFF]: 'shutoff',
  [DomainState.CRASHED]: 'crashed',
  [DomainState.PMSUSPENDED]: 'pmsuspended',
};

const isRegular = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;

/** Taken of a domain that did not run, or without its memory. */
const isOffline = ({ state }: SnapshotDef): boolean => state === 'shutoff' || state === 'disk-snapshot';

/** Something of it lies in files of its own. */
const isExternal = ({ memory, disks }: SnapshotDef): boolean =>
  memory?.snapshot === 'external' || disks?.disk.some(({ snapshot }) => snapshot === 'external') === true;

/** Where the parts of a snapshot go: for this driver everything can be inside. */
function align(def: SnapshotDef, domain: DomainDef): void {
  if (def.disks?.disk.some(({ snapshot }) => snapshot === 'manual'))
    throw operationUnsupported("'manual' snapshot mode is not supported by the test driver");
  const external = def.memory?.snapshot === 'external';
  if (!external) def.memory = { snapshot: isOffline(def) ? 'no' : 'internal' };
  alignSnapshotDisks(def, domain, { fallback: external ? 'external' : 'internal', uniform: !external, isRegular });
}

const snapshotFilter = (flags: number): ((moment: SnapshotMoment) => boolean) => {
  const kinds = flags & (List.INACTIVE | List.ACTIVE | List.DISK_ONLY);
  const kindOf = ({ state }: SnapshotDef): number =>
    state === 'disk-snapshot' ? List.DISK_ONLY : state === 'shutoff' ? List.INACTIVE : List.ACTIVE;
  const traits = traitFilter<SnapshotMoment>(flags, [
    [List.METADATA, List.NO_METADATA, () => true],
    [List.EXTERNAL, List.INTERNAL, ({ def }) => isExternal(def)],
  ]);
  return (moment) => traits(moment) && (kinds === 0 || (kinds & kindOf(moment.def)) !== 0);
};

/** Snapshots: the domain's definition and state, kept in memory. */
export function snapshotOps(node: TestNode) {
  const { domains, events } = node;

  const find = ({ dom: ref, name }: DomainSnapshotRef): { dom: DomainObject; moment: SnapshotMoment } => {
    const dom = domains.of(ref);
    const moment = dom.snapshots.get(name);
    if (moment === undefined) throw noSnapshot(`no domain snapshot with matching name '${name}'`);
    return { dom, moment };
  };
  const refOf = (dom: DomainObject, { name }: SnapshotMoment): DomainSnapshotRef => ({ name, dom: dom.ref });

  function list(dom: DomainObject, from: SnapshotMoment | undefined, flags: number): SnapshotMoment[] {
    const { snapshots } = dom;
    const matches = snapshotFilter(flags);
    return selectMoments(snapshots, from, {
      narrow: (flags & List.ROOTS) !== 0,
      topological: (flags & List.TOPOLOGICAL) !== 0,
      leaves: (flags & List.LEAVES) !== 0,
      noLeaves: (flags & List.NO_LEAVES) !== 0,
    }).filter(matches);
  }

  function redefine(dom: DomainObject, def: SnapshotDef): SnapshotMoment | undefined {
    const { snapshots } = dom;
    checkParent(snapshots, def.name, def.parent?.name);
    const wrong = (text: string): Error => invalidArg(text, ErrorDomain.DOMAIN_SNAPSHOT);
    if (def.domain !== undefined && def.domain.uuid !== dom.uuid)
      throw wrong(`definition for snapshot ${def.name} must use uuid ${dom.uuid}`);
    const other = snapshots.get(def.name);
    if (other !== undefined) {
      if (isOffline(other.def) !== isOffline(def))
        throw wrong(`cannot change between online and offline snapshot state in snapshot ${def.name}`);
      if ((other.def.state === 'disk-snapshot') !== (def.state === 'disk-snapshot'))
        throw wrong(`cannot change between disk only and full system snapshot state in snapshot ${def.name}`);
      if (def.domain === undefined && other.def.domain !== undefined) def.domain = other.def.domain;
    }
    if (def.domain === undefined) throw internalError('missing domain in snapshot', ErrorDomain.DOMAIN_SNAPSHOT);
    alignSnapshotDisks(def, def.domain, {
      fallback: def.state === 'disk-snapshot' || def.memory?.snapshot === 'external' ? 'external' : 'internal',
      isRegular,
    });
    return other;
  }

  return {
    domainSnapshotCreateXML(ref: DomainRef, xml: string, flags: number): DomainSnapshotRef {
      const dom = domains.of(ref);
      const { snapshots } = dom;
      const halt = (flags & Create.HALT) !== 0;
      if (dom.checkpoints.size > 0) throw operationUnsupported('cannot create snapshot while checkpoint exists');
      if (halt && !dom.persistent) throw operationInvalid('cannot halt after transient domain snapshot');
      checkSchema(domainSnapshot, xml, flags, Create.VALIDATE);
      const again = (flags & Create.REDEFINE) !== 0;
      const def = parseSnapshot(xml, { ...PLAIN, redefine: again, now: Number(node.seconds), option: testXmlOption });
      if (again) {
        const moment = redefine(dom, def) ?? { name: def.name, parent: undefined, def };
        if (snapshots.get(def.name) === undefined) {
          moment.parent = def.parent?.name;
          snapshots.add(moment);
        } else snapshots.reparent(moment, def.parent?.name);
        moment.def = def;
        if ((flags & Create.CURRENT) !== 0) snapshots.current = moment;
        return refOf(dom, moment);
      }
      def.domain = migratableCopy(dom.live);
      def.state = STATE_NAMES[dom.state] ?? 'nostate';
      align(def, def.domain);
      requireFree(snapshots, def.name);
      const { current } = snapshots;
      if (current !== undefined) def.parent = { name: current.name };
      const moment = { name: def.name, parent: current?.name, def };
      snapshots.add(moment);
      snapshots.current = moment;
      if (halt && dom.active) {
        domains.stopped(dom, DomainShutoffReason.FROM_SNAPSHOT);
        events.lifecycle(dom, Lifecycle.STOPPED, Stopped.FROM_SNAPSHOT);
      }
      return refOf(dom, moment);
    },

    domainSnapshotGetXMLDesc(ref: DomainSnapshotRef, flags: number): string {
      const { dom, moment } = find(ref);
      const secure = (flags & DomainSnapshotXMLFlags.SECURE) !== 0;
      return formatSnapshot(moment.def, { ...PLAIN, option: testXmlOption, secure, domainUuid: dom.uuid });
    },

    domainSnapshotNum: (ref: DomainRef, flags: number) => list(domains.of(ref), undefined, flags).length,
    domainSnapshotListNames: (ref: DomainRef, flags: number) =>
      list(domains.of(ref), undefined, flags).map(({ name }) => name),
    domainListAllSnapshots(ref: DomainRef, flags: number): DomainSnapshotRef[] {
      const dom = domains.of(ref);
      return list(dom, undefined, flags).map((moment) => refOf(dom, moment));
    },
    domainSnapshotNumChildren(ref: DomainSnapshotRef, flags: number): number {
      const { dom, moment } = find(ref);
      return list(dom, moment, flags).length;
    },
    domainSnapshotListChildrenNames(ref: DomainSnapshotRef, flags: number): string[] {
      const { dom, moment } = find(ref);
      return list(dom, moment, flags).map(({ name }) => name);
    },
    domainSnapshotListAllChildren(ref: DomainSnapshotRef, flags: number): DomainSnapshotRef[] {
      const { dom, moment } = find(ref);
      return list(dom, moment, flags).map((child) => refOf(dom, child));
    },

    domainSnapshotLookupByName(ref: DomainRef, name: string, flags: number): DomainSnapshotRef {
      const dom = domains.of(ref);
      return refOf(dom, find({ dom: ref, name }).moment);
    },

    domainHasCurrentSnapshot: (ref: DomainRef, flags: number) => domains.of(ref).snapshots.current !== undefined,
    domainSnapshotCurrent(ref: DomainRef, flags: number): DomainSnapshotRef {
      const dom = domains.of(ref);
      const { current } = dom.snapshots;
      if (current === undefined) throw noSnapshot('the domain does not have a current snapshot');
      return refOf(dom, current);
    },
    domainSnapshotGetParent(ref: DomainSnapshotRef, flags: number): DomainSnapshotRef {
      const { dom, moment } = find(ref);
      const parent = dom.snapshots.parentOf(moment);
      if (parent === undefined) throw noSnapshot(`snapshot '${moment.name}' does not have a parent`);
      return refOf(dom, parent);
    },
    domainSnapshotIsCurrent(ref: DomainSnapshotRef, flags: number): boolean {
      const { dom, moment } = find(ref);
      return dom.snapshots.current === moment;
    },
    domainSnapshotHasMetadata(ref: DomainSnapshotRef, flags: number): boolean {
      find(ref);
      return true;
    },

    domainSnapshotDelete(ref: DomainSnapshotRef, flags: number): void {
      const { dom, moment } = find(ref);
      const { snapshots } = dom;
      if ((flags & (Delete.CHILDREN | Delete.CHILDREN_ONLY)) !== 0) dropDescendants(snapshots, moment);
      if ((flags & Delete.CHILDREN_ONLY) === 0) dropMoment(snapshots, moment, follow);
    },

    domainRevertToSnapshot(ref: DomainSnapshotRef, flags: number): void {
      const { dom, moment } = find(ref);
      const { def } = moment;
      const config = def.domain ?? dom.config;
      const online = !isOffline(def);
      // As in libvirt's driver, a transient domain goes on with the definition that it runs with.
      const keepsLive = online && dom.active && !dom.hasConfig;
      if (dom.active) {
        domains.stopped(dom, DomainShutoffReason.FROM_SNAPSHOT);
        events.lifecycle(dom, Lifecycle.STOPPED, Stopped.FROM_SNAPSHOT);
      }
      if (!keepsLive) dom.setConfig(config);
      dom.snapshots.current = moment;
      const paused =
        (flags & Revert.PAUSED) !== 0 || (online && def.state === 'paused' && (flags & Revert.RUNNING) === 0);
      // As in libvirt's driver, an offline snapshot reverted to with a wish to run only announces a start.
      if (!online && (flags & (Revert.RUNNING | Revert.PAUSED)) === 0) return;
      if (online) {
        domains.started(dom, DomainState.RUNNING, DomainRunningReason.FROM_SNAPSHOT);
        if (keepsLive) dom.setConfig(config);
      }
      events.lifecycle(dom, Lifecycle.STARTED, Started.FROM_SNAPSHOT);
      if (!paused) return;
      if (online) {
        dom.state = DomainState.PAUSED;
        dom.reason = DomainPausedReason.FROM_SNAPSHOT;
      }
      events.lifecycle(dom, Lifecycle.SUSPENDED, Suspended.FROM_SNAPSHOT);
    },
  } satisfies Partial<HypervisorDriver>;
}

/** The description says who the parent is, too. */
function follow(moment: SnapshotMoment): void {
  const { parent: _, ...def } = moment.def;
  moment.def = moment.parent === undefined ? def : { ...def, parent: { name: moment.parent } };
}
