import { readFileSync } from 'node:fs';
import { DomainState, DomainStatsTypes, type TypedParams, TypedParamsBuilder } from '@virtkit/core/util';
import type { QemuDomain } from '../domain/domain.js';
import { cpuTimes, currentMemory, currentVcpus } from '../ops/info.js';
import { addBlockStats } from './block-stats.js';
import { networkFigures } from './network-stats.js';
import type { StatsReplies } from './replies.js';

/** Everything that virConnectGetAllDomainStats knows of here; the default when no group is asked for. */
export const ALL_STATS =
  DomainStatsTypes.STATE |
  DomainStatsTypes.CPU_TOTAL |
  DomainStatsTypes.BALLOON |
  DomainStatsTypes.VCPU |
  DomainStatsTypes.INTERFACE |
  DomainStatsTypes.BLOCK |
  DomainStatsTypes.IOTHREAD |
  DomainStatsTypes.PERF |
  DomainStatsTypes.MEMORY |
  DomainStatsTypes.DIRTYRATE;

/** Resident memory of a process in KiB. */
export function residentMemory(pid: number): number {
  try {
    return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

/** Run time and time spent waiting for a CPU, in nanoseconds, of one thread. */
function threadTimes(pid: number, tid: number): { time: bigint; delay: bigint } {
  try {
    const [time = '0', delay = '0'] = readFileSync(`/proc/${pid}/task/${tid}/schedstat`, 'latin1').trim().split(' ');
    return { time: BigInt(time), delay: BigInt(delay) };
  } catch {
    return { time: 0n, delay: 0n };
  }
}

const VCPU_RUNNING = 1;
const VCPU_OFFLINE = 0;

/** The groups of `mask` as parameters, in libvirt's order; `replies` is what QEMU told if the domain runs. */
export function domainStats(domain: QemuDomain, mask: number, replies: StatsReplies): TypedParams {
  const out = new TypedParamsBuilder();
  const pid = domain.live?.process.pid;
  if (mask & DomainStatsTypes.STATE)
    out.int('state.state', domain.status.state).int('state.reason', domain.status.reason);
  if (mask & DomainStatsTypes.CPU_TOTAL && pid !== undefined) {
    const { user, system } = cpuTimes(pid);
    out
      .ullong('cpu.time', user + system)
      .ullong('cpu.user', user)
      .ullong('cpu.system', system)
      // What only KVM and resource control know of; here is neither.
      .uint('cpu.cache.monitor.count', 0)
      .ullong('cpu.haltpoll.success.time', 0)
      .ullong('cpu.haltpoll.fail.time', 0);
  }
  if (mask & DomainStatsTypes.BALLOON) {
    out.ullong('balloon.current', currentMemory(domain)).ullong('balloon.maximum', domain.def.memory.value);
    if (pid !== undefined) addBalloon(out, pid, replies);
  }
  if (mask & DomainStatsTypes.VCPU) addVcpus(out, domain, pid, replies);
  if (mask & DomainStatsTypes.INTERFACE && domain.active) addInterfaces(out, domain);
  if (mask & DomainStatsTypes.BLOCK) addBlockStats(out, domain, replies);
  if (mask & DomainStatsTypes.IOTHREAD && replies.iothreads !== undefined && replies.iothreads.length > 0) {
    out.uint('iothread.count', replies.iothreads.length);
    for (const thread of replies.iothreads) {
      const number = thread.id.replace(/^iothread/, '');
      out
        .ullong(`iothread.${number}.poll-max-ns`, thread['poll-max-ns'] ?? 0)
        .uint(`iothread.${number}.poll-grow`, thread['poll-grow'] ?? 0)
        .uint(`iothread.${number}.poll-shrink`, thread['poll-shrink'] ?? 0);
    }
  }
  if (replies.dirtyRate !== undefined && pid !== undefined) addDirtyRate(out, replies.dirtyRate);
  return out.params;
}

/** Of a guest whose memory was never measured nothing is told. */
function addDirtyRate(out: TypedParamsBuilder, rate: NonNullable<StatsReplies['dirtyRate']>): void {
  const status = DIRTY_RATE_STATES.indexOf(rate.status);
  out
    .int('dirtyrate.calc_status', status)
    .llong('dirtyrate.calc_start_time', rate['start-time'])
    .int('dirtyrate.calc_period', rate['calc-time'])
    .string('dirtyrate.calc_mode', rate.mode);
  if (rate['dirty-rate'] !== undefined) out.llong('dirtyrate.megabytes_per_second', rate['dirty-rate']);
  (rate['vcpu-dirty-rate'] ?? []).forEach(({ id, 'dirty-rate': value }) =>
    out.llong(`dirtyrate.vcpu.${id}.megabytes_per_second`, value),
  );
}

/** By virDomainDirtyRateStatus. */
const DIRTY_RATE_STATES = ['unstarted', 'measuring', 'measured'];

/** The guest's own account of its memory, by QEMU's names and libvirt's; sizes are bytes there and KiB here. */
const GUEST_MEMORY = [
  ['stat-swap-in', 'swap_in', 1024],
  ['stat-swap-out', 'swap_out', 1024],
  ['stat-major-faults', 'major_fault', 1],
  ['stat-minor-faults', 'minor_fault', 1],
  ['stat-free-memory', 'unused', 1024],
  ['stat-total-memory', 'available', 1024],
  ['stat-available-memory', 'usable', 1024],
  ['stat-disk-caches', 'disk_caches', 1024],
  ['stat-htlb-pgalloc', 'hugetlb_pgalloc', 1],
  ['stat-htlb-pgfail', 'hugetlb_pgfail', 1],
] as const;

/** A value that the guest did not give is all ones. */
const given = (value: number | undefined): value is number => value !== undefined && value < 2 ** 63;

function addBalloon(out: TypedParamsBuilder, pid: number, { guestMemory }: StatsReplies): void {
  for (const [theirs, ours, unit] of GUEST_MEMORY) {
    if (ours === 'disk_caches' && guestMemory !== undefined)
      out.ullong('balloon.last-update', guestMemory['last-update']);
    const value = guestMemory?.stats[theirs];
    if (given(value)) out.ullong(`balloon.${ours}`, Math.floor(value / unit));
  }
  out.ullong('balloon.rss', residentMemory(pid));
}

function addVcpus(out: TypedParamsBuilder, domain: QemuDomain, pid: number | undefined, { cpus }: StatsReplies): void {
  out.uint('vcpu.current', currentVcpus(domain)).uint('vcpu.maximum', domain.def.vcpu.value);
  if (pid === undefined || cpus === undefined) return;
  const byIndex = [...cpus].sort((a, b) => a['cpu-index'] - b['cpu-index']);
  const state = domain.status.state === DomainState.SHUTOFF ? VCPU_OFFLINE : VCPU_RUNNING;
  byIndex.forEach((cpu, index) => {
    const { time, delay } = threadTimes(pid, cpu['thread-id']);
    out
      .int(`vcpu.${index}.state`, state)
      .ullong(`vcpu.${index}.time`, time)
      .ullong(`vcpu.${index}.wait`, 0)
      .ullong(`vcpu.${index}.delay`, delay);
  });
}

const NET_FIELDS = [
  ['rx.bytes', 'rxBytes'],
  ['rx.pkts', 'rxPackets'],
  ['rx.errs', 'rxErrs'],
  ['rx.drop', 'rxDrop'],
  ['tx.bytes', 'txBytes'],
  ['tx.pkts', 'txPackets'],
  ['tx.errs', 'txErrs'],
  ['tx.drop', 'txDrop'],
] as const;

function addInterfaces(out: TypedParamsBuilder, domain: QemuDomain): void {
  const { interface: interfaces } = domain.def.devices;
  out.uint('net.count', interfaces.length);
  let table: ReturnType<typeof networkFigures> | undefined;
  interfaces.forEach((net, index) => {
    const device = net.target?.dev;
    if (device === undefined) return;
    out.string(`net.${index}.name`, device);
    const figures = (table ??= networkFigures()).get(device);
    if (figures === undefined) return;
    for (const [field, key] of NET_FIELDS) out.ullong(`net.${index}.${field}`, figures[key]);
  });
}
