import { statSync } from 'node:fs';
import {
  alignSnapshotDisks,
  type DomainDef,
  domainSnapshot,
  formatSnapshot,
  parseSnapshot,
  PLAIN,
  type SnapshotDef,
} from '@virtkit/core/conf';
import {
  checkRedefinedSnapshot,
  type DomainRef,
  type DomainSnapshotRef,
  dropDescendants,
  dropMoment,
  type HypervisorDriver,
  isOfflineSnapshot,
  requireFree,
  selectSnapshots,
  type SnapshotMoment,
  snapshotStateOf,
} from '@virtkit/core/driver';
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
  DomainSnapshotRevertFlags as Revert,
  DomainSnapshotXMLFlags,
  DomainState,
} from '@virtkit/core/util';
import { migratableCopy, testXmlOption } from '../conf/domain-xml.js';
import { checked } from '../conf/schema.js';
import { noSnapshot, operationInvalid, operationUnsupported } from '../errors.js';
import type { DomainObject } from '../state/domain-object.js';
import type { TestNode } from '../state/test-node.js';

const isRegular = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;

/** Where the parts of a snapshot go: for this driver everything can be inside. */
function align(def: SnapshotDef, domain: DomainDef): void {
  if (def.disks?.disk.some(({ snapshot }) => snapshot === 'manual'))
    throw operationUnsupported("'manual' snapshot mode is not supported by the test driver");
  const external = def.memory?.snapshot === 'external';
  if (!external) def.memory = { snapshot: isOfflineSnapshot(def) ? 'no' : 'internal' };
  alignSnapshotDisks(def, domain, { fallback: external ? 'external' : 'internal', uniform: !external, isRegular });
}

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

  const list = (dom: DomainObject, from: SnapshotMoment | undefined, flags: number): SnapshotMoment[] =>
    selectSnapshots(dom.snapshots, from, flags);

  return {
    domainSnapshotCreateXML(
      ref: DomainRef,
      xml: string,
      flags: number,
    ): DomainSnapshotRef | Promise<DomainSnapshotRef> {
      const dom = domains.of(ref);
      const { snapshots } = dom;
      const halt = (flags & Create.HALT) !== 0;
      if (dom.checkpoints.size > 0) throw operationUnsupported('cannot create snapshot while checkpoint exists');
      if (halt && !dom.persistent) throw operationInvalid('cannot halt after transient domain snapshot');
      return checked('domainsnapshot', domainSnapshot, xml, (flags & Create.VALIDATE) !== 0, () => {
        const again = (flags & Create.REDEFINE) !== 0;
        const def = parseSnapshot(xml, { ...PLAIN, redefine: again, now: Number(node.seconds), option: testXmlOption });
        if (again) {
          const moment = checkRedefinedSnapshot(snapshots, def, dom.uuid, isRegular) ?? {
            name: def.name,
            parent: undefined,
            def,
          };
          if (snapshots.get(def.name) === undefined) {
            moment.parent = def.parent?.name;
            snapshots.add(moment);
          } else snapshots.reparent(moment, def.parent?.name);
          moment.def = def;
          if ((flags & Create.CURRENT) !== 0) snapshots.current = moment;
          return refOf(dom, moment);
        }
        def.domain = migratableCopy(dom.live);
        def.state = snapshotStateOf(dom.state);
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
      });
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
      const online = !isOfflineSnapshot(def);
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
