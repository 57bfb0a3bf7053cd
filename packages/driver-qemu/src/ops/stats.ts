import type { CallContext, DomainOps, DomainRef, DomainStatsRecord, TuningOps } from '@virtkit/core/driver';
import {
  ConnectGetAllDomainStatsFlags,
  DomainMemoryStatTags,
  ErrorCode,
  LibvirtError,
  LoopShare,
} from '@virtkit/core/util';
import type { QemuDomain } from '../domain/domain.js';
import type { QemuHost } from '../host/qemu-host.js';
import { ALL_STATS, domainStats, residentMemory } from '../stats/domain-stats.js';
import { BALLOON_PATH, type StatsReplies, askStats } from '../stats/replies.js';
import { currentMemory } from './info.js';
import { matchesFilter } from './lookup.js';

/** Long enough for a QEMU that is busy, short enough for a table of all guests. */
const PATIENCE = 5_000;

export const hasBalloon = ({ def }: QemuDomain) =>
  def.devices.memballoon !== undefined && def.devices.memballoon.model !== 'none';

const MEMORY_TAGS = [
  ['stat-swap-in', DomainMemoryStatTags.SWAP_IN, 1024],
  ['stat-swap-out', DomainMemoryStatTags.SWAP_OUT, 1024],
  ['stat-major-faults', DomainMemoryStatTags.MAJOR_FAULT, 1],
  ['stat-minor-faults', DomainMemoryStatTags.MINOR_FAULT, 1],
  ['stat-free-memory', DomainMemoryStatTags.UNUSED, 1024],
  ['stat-total-memory', DomainMemoryStatTags.AVAILABLE, 1024],
  ['stat-available-memory', DomainMemoryStatTags.USABLE, 1024],
  ['stat-disk-caches', DomainMemoryStatTags.DISK_CACHES, 1024],
  ['stat-htlb-pgalloc', DomainMemoryStatTags.HUGETLB_PGALLOC, 1],
  ['stat-htlb-pgfail', DomainMemoryStatTags.HUGETLB_PGFAIL, 1],
] as const;

/** Begins all work in turns and waits for none before the next: who does not answer delays nobody. */
async function inTurns<T, R>(all: readonly T[], work: (one: T) => Promise<R>): Promise<R[]> {
  const begun: Promise<R>[] = [];
  const share = new LoopShare();
  for (const one of all) {
    if (share.used) await share.next();
    const result = work(one);
    // Looked at below; until then a failure is nobody's.
    result.catch(() => undefined);
    begun.push(result);
  }
  return Promise.all(begun);
}

export const statsOps = (host: QemuHost) => {
  const find = (ref: DomainRef) => host.domains.byUuid(ref.uuid, ref.name);

  /** A guest that does not answer costs its own figures, not everybody's. */
  async function record(domain: QemuDomain, mask: number, signal: AbortSignal | undefined): Promise<DomainStatsRecord> {
    const { live } = domain;
    let replies: StatsReplies = {};
    if (live !== undefined) {
      const options = { signal, timeout: PATIENCE };
      replies = await askStats(live, mask, { hasBalloon: hasBalloon(domain) }, options).catch((error: unknown) => {
        if (LibvirtError.is(error) && error.code === ErrorCode.OPERATION_ABORTED) throw error;
        return {};
      });
    }
    return { dom: domain.ref, params: domainStats(domain, mask, replies) };
  }

  async function memoryStats(ref: DomainRef, { signal }: CallContext) {
    const domain = find(ref);
    const live = domain.running;
    const stats: { tag: number; val: bigint }[] = [];
    if (hasBalloon(domain)) {
      stats.push({ tag: DomainMemoryStatTags.ACTUAL_BALLOON, val: BigInt(currentMemory(domain)) });
      const reply = await live.monitor
        .execute<NonNullable<StatsReplies['guestMemory']>>(
          'qom-get',
          { path: BALLOON_PATH, property: 'guest-stats' },
          { signal },
        )
        .catch(() => undefined);
      for (const [field, tag, unit] of MEMORY_TAGS) {
        if (tag === DomainMemoryStatTags.DISK_CACHES && reply !== undefined)
          stats.push({ tag: DomainMemoryStatTags.LAST_UPDATE, val: BigInt(reply['last-update']) });
        const value = reply?.stats[field];
        if (value !== undefined && value < 2 ** 63) stats.push({ tag, val: BigInt(Math.floor(value / unit)) });
      }
    }
    stats.push({ tag: DomainMemoryStatTags.RSS, val: BigInt(residentMemory(live.process.pid)) });
    return stats;
  }

  return {
    connectGetAllDomainStats: (refs, stats, flags, { signal }) => {
      if (flags & ConnectGetAllDomainStatsFlags.ENFORCE_STATS && stats & ~ALL_STATS)
        throw new LibvirtError(
          ErrorCode.ARGUMENT_UNSUPPORTED,
          0,
          `Stats types bits 0x${((stats & ~ALL_STATS) >>> 0).toString(16)} are not supported by this daemon or QEMU`,
        );
      const mask = stats === 0 ? ALL_STATS : stats & ALL_STATS;
      const chosen =
        refs.length > 0
          ? refs.map((ref) => find(ref))
          : host.domains.all.filter((domain) => matchesFilter(domain, flags & 0xffff));
      return inTurns(chosen, (domain) => record(domain, mask, signal));
    },
    domainMemoryStats: (ref, _flags, call) => memoryStats(ref, call),
  } satisfies DomainOps & TuningOps;
};
