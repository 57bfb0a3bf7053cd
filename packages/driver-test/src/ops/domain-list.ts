import { type DomainRef, type DomainStatsRecord, type HypervisorDriver, traitFilter } from '@virtkit/core/driver';
import {
  ConnectGetAllDomainStatsFlags,
  ConnectListAllDomainsFlags,
  DomainState,
  DomainStatsTypes,
  TypedParamsBuilder,
} from '@virtkit/core/util';
import { argumentUnsupported, noDomain } from '../errors.js';
import type { DomainObject } from '../state/domain-object.js';
import type { TestNode } from '../state/test-node.js';

const list = ConnectListAllDomainsFlags;
const STATES = list.RUNNING | list.PAUSED | list.SHUTOFF | list.OTHER;

/** virDomainObjMatchFilter */
function domainFilter(flags: number): (dom: DomainObject) => boolean {
  const traits = traitFilter<DomainObject>(flags, [
    [list.ACTIVE, list.INACTIVE, ({ active }) => active],
    [list.PERSISTENT, list.TRANSIENT, ({ persistent }) => persistent],
    [list.MANAGEDSAVE, list.NO_MANAGEDSAVE, ({ managedSave }) => managedSave],
    [list.AUTOSTART, list.NO_AUTOSTART, ({ autostart }) => autostart],
    [list.HAS_SNAPSHOT, list.NO_SNAPSHOT, ({ snapshots }) => snapshots.size > 0],
    [list.HAS_CHECKPOINT, list.NO_CHECKPOINT, ({ checkpoints }) => checkpoints.size > 0],
  ]);
  const states = flags & STATES;
  return (dom) => traits(dom) && (states === 0 || (states & stateBit(dom.state)) !== 0);
}

function stateBit(state: number): number {
  switch (state) {
    case DomainState.RUNNING:
      return list.RUNNING;
    case DomainState.PAUSED:
      return list.PAUSED;
    case DomainState.SHUTOFF:
      return list.SHUTOFF;
    default:
      return list.OTHER;
  }
}

const SUPPORTED_STATS = DomainStatsTypes.STATE | DomainStatsTypes.IOTHREAD;

/** Finding domains, and what is asked of many at once. */
export function domainListOps({ domains }: TestNode) {
  function refs(flags: number): DomainRef[] {
    const found: DomainRef[] = [];
    if (flags === 0) for (const dom of domains) found.push(dom.ref);
    else {
      const matches = domainFilter(flags);
      for (const dom of domains) if (matches(dom)) found.push(dom.ref);
    }
    return found;
  }

  return {
    connectListAllDomains: refs,

    domainLookupByID(id: number): DomainRef {
      const dom = domains.byId(id);
      if (dom === undefined) throw noDomain(`no domain with matching id ${id}`);
      return dom.ref;
    },
    domainLookupByUUID(uuid: string): DomainRef {
      const dom = domains.byUuid(uuid);
      if (dom === undefined) throw noDomain(`no domain with matching uuid '${uuid}'`);
      return dom.ref;
    },
    domainLookupByName(name: string): DomainRef {
      const dom = domains.byName(name);
      if (dom === undefined) throw noDomain(`no domain with matching name '${name}'`);
      return dom.ref;
    },

    connectGetAllDomainStats(given: readonly DomainRef[], stats: number, flags: number): DomainStatsRecord[] {
      const unsupported = stats & ~SUPPORTED_STATS;
      if (unsupported !== 0 && (flags & ConnectGetAllDomainStatsFlags.ENFORCE_STATS) !== 0)
        throw argumentUnsupported(
          `Stats types bits 0x${(unsupported >>> 0).toString(16)} are not supported by this daemon`,
        );
      const wanted = stats === 0 ? SUPPORTED_STATS : stats;
      const matches = domainFilter(flags);
      const candidates = given.length === 0 ? domains : given.flatMap(({ uuid }) => domains.byUuid(uuid) ?? []);
      const records: DomainStatsRecord[] = [];
      for (const dom of candidates) if (matches(dom)) records.push({ dom: dom.ref, params: statsOf(dom, wanted) });
      return records;
    },
  } satisfies Partial<HypervisorDriver>;
}

function statsOf(dom: DomainObject, wanted: number) {
  const builder = new TypedParamsBuilder();
  if (wanted & DomainStatsTypes.STATE) builder.int('state.state', dom.state).int('state.reason', dom.reason);
  if (wanted & DomainStatsTypes.IOTHREAD && dom.active && dom.polling.size > 0) {
    builder.uint('iothread.count', dom.polling.size);
    for (const [id, { maxNs, grow, shrink }] of dom.polling)
      builder
        .ullong(`iothread.${id}.poll-max-ns`, maxNs)
        .uint(`iothread.${id}.poll-grow`, grow)
        .uint(`iothread.${id}.poll-shrink`, shrink);
  }
  return builder.params;
}
