import { UNLIMITED } from '@virtkit/core/conf';
import { internalError, invalidArg, operationInvalid } from '../errors.js';
import type { Cgroup } from './cgroup.js';

/** Files of both versions of the kernel's interface, behind one function for each limit. */

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? '';

/** virCgroupGetCpuShares */
export function cpuShares(group: Cgroup): bigint {
  return BigInt(group.read('cpu', group.version('cpu') === 1 ? 'cpu.shares' : 'cpu.weight'));
}

/** virCgroupSetCpuShares */
export async function setCpuShares(group: Cgroup, shares: number | bigint): Promise<void> {
  if (group.version('cpu') === 1) return group.write('cpu', 'cpu.shares', shares);
  if (shares < 1 || shares > 10_000) throw invalidArg(`shares '${shares}' must be in range [1, 10000]`);
  return group.write('cpu', 'cpu.weight', shares);
}

export interface Bandwidth {
  /** Microseconds */
  readonly period: bigint;
  /** Microseconds in each period; -1 without a limit. */
  readonly quota: bigint;
}

/** virCgroupGetCpuCfsPeriod and virCgroupGetCpuCfsQuota */
export function cpuBandwidth(group: Cgroup): Bandwidth {
  if (group.version('cpu') === 1)
    return {
      period: BigInt(group.read('cpu', 'cpu.cfs_period_us')),
      quota: BigInt(group.read('cpu', 'cpu.cfs_quota_us')),
    };
  const [quota = 'max', period = '100000'] = group.read('cpu', 'cpu.max').split(' ');
  return { period: BigInt(period), quota: quota === 'max' ? -1n : BigInt(quota) };
}

/** qemuSetupBandwidth: a part that is undefined or 0 stays as it is. */
export async function setCpuBandwidth(
  group: Cgroup,
  period: number | bigint | undefined,
  quota: number | bigint | undefined,
): Promise<void> {
  if (group.version('cpu') === 2) {
    const now = cpuBandwidth(group);
    const most = quota === undefined || Number(quota) === 0 ? now.quota : BigInt(quota);
    await group.write('cpu', 'cpu.max', `${most < 0n ? 'max' : most} ${period || now.period}`);
    return;
  }
  if (period) await group.write('cpu', 'cpu.cfs_period_us', period);
  if (quota) await group.write('cpu', 'cpu.cfs_quota_us', quota);
}

/** virCgroupSetCpusetCpus */
export const setCpus = (group: Cgroup, cpuset: string): Promise<void> => group.write('cpuset', 'cpuset.cpus', cpuset);

/** virCgroupSetCpusetMems */
export const setMems = (group: Cgroup, nodeset: string): Promise<void> => group.write('cpuset', 'cpuset.mems', nodeset);

export type MemoryLimit = 'hard_limit' | 'soft_limit' | 'swap_hard_limit';

const V1_MEMORY = {
  hard_limit: 'memory.limit_in_bytes',
  soft_limit: 'memory.soft_limit_in_bytes',
  swap_hard_limit: 'memory.memsw.limit_in_bytes',
} as const;
const V2_MEMORY = {
  hard_limit: 'memory.max',
  soft_limit: 'memory.high',
  swap_hard_limit: 'memory.swap.max',
} as const;

/** The kernel counts in whole pages, of up to 64 KiB: what is that near to the most is no limit. */
const NO_LIMIT = BigInt(UNLIMITED) - 64n;

const toKiB = (bytes: bigint): bigint => {
  const kib = bytes >> 10n;
  return kib >= NO_LIMIT ? BigInt(UNLIMITED) : kib;
};

/** virCgroupGetMemoryHardLimit and the like, in KiB; undefined where this kernel does not count it. */
export function memoryLimit(group: Cgroup, limit: MemoryLimit): bigint | undefined {
  if (group.version('memory') === 1) {
    const text = group.tryRead('memory', V1_MEMORY[limit]);
    if (text === undefined) return undefined;
    // The kernel tells the most that it can count, in whole pages, where nothing is set.
    return toKiB(BigInt(text));
  }
  const text = group.tryRead('memory', V2_MEMORY[limit]);
  if (text === undefined) return undefined;
  if (text === 'max') return BigInt(UNLIMITED);
  if (limit !== 'swap_hard_limit') return toKiB(BigInt(text));
  // Version 2 counts swap alone, libvirt memory and swap together.
  const memory = memoryLimit(group, 'hard_limit') ?? BigInt(UNLIMITED);
  return memory >= BigInt(UNLIMITED) ? memory : memory + toKiB(BigInt(text));
}

/** virCgroupSetMemoryHardLimit and the like. */
export async function setMemoryLimit(group: Cgroup, limit: MemoryLimit, kib: bigint): Promise<void> {
  const unlimited = kib >= BigInt(UNLIMITED);
  if (group.version('memory') === 1) {
    await group.write('memory', V1_MEMORY[limit], unlimited ? -1n : kib << 10n);
    return;
  }
  let amount = kib;
  if (limit === 'swap_hard_limit' && !unlimited) {
    const memory = memoryLimit(group, 'hard_limit') ?? 0n;
    amount = memory >= kib ? 0n : kib - memory;
  }
  await group.write('memory', V2_MEMORY[limit], unlimited ? 'max' : amount << 10n);
}

/** The file of weights depends on the kernel's I/O scheduler. */
const V1_WEIGHTS = ['blkio.weight', 'blkio.bfq.weight'] as const;
const V2_WEIGHTS = ['io.bfq.weight', 'io.weight'] as const;

function weightFile(group: Cgroup): string {
  const files = group.version('blkio') === 1 ? V1_WEIGHTS : V2_WEIGHTS;
  const found = files.find((file) => group.tryRead('blkio', file) !== undefined);
  if (found === undefined) throw operationInvalid('blkio weight is valid only for bfq or cfq scheduler');
  return found;
}

/** virCgroupGetBlkioWeight */
export function blkioWeight(group: Cgroup): number {
  return Number(firstLine(group.read('blkio', weightFile(group))).replace(/^default\s+/, ''));
}

/** virCgroupSetBlkioWeight */
export async function setBlkioWeight(group: Cgroup, weight: number): Promise<void> {
  await group.write('blkio', weightFile(group), weight);
}

export type DeviceLimit = 'weight' | 'read_iops_sec' | 'write_iops_sec' | 'read_bytes_sec' | 'write_bytes_sec';

const V1_DEVICE: Readonly<Record<DeviceLimit, string>> = {
  weight: 'blkio.weight_device',
  read_iops_sec: 'blkio.throttle.read_iops_device',
  write_iops_sec: 'blkio.throttle.write_iops_device',
  read_bytes_sec: 'blkio.throttle.read_bps_device',
  write_bytes_sec: 'blkio.throttle.write_bps_device',
};
const V2_DEVICE: Readonly<Record<Exclude<DeviceLimit, 'weight'>, string>> = {
  read_iops_sec: 'riops',
  write_iops_sec: 'wiops',
  read_bytes_sec: 'rbps',
  write_bytes_sec: 'wbps',
};

/** virCgroupSetBlkioDeviceWeight and the like, for a device by its numbers; 0 takes the limit away. */
export async function setDeviceLimit(
  group: Cgroup,
  limit: DeviceLimit,
  device: string,
  value: number | bigint,
): Promise<void> {
  if (group.version('blkio') === 1) {
    const file = V1_DEVICE[limit];
    if (group.tryRead('blkio', file) === undefined)
      throw operationInvalid(
        limit === 'weight'
          ? 'blkio device weight is valid only for cfq scheduler'
          : `this kernel cannot limit devices: it has no ${file}`,
      );
    await group.write('blkio', file, `${device} ${value}`);
  } else if (limit === 'weight') await group.write('blkio', weightFile(group), `${device} ${value || 'default'}`);
  else await group.write('blkio', 'io.max', `${device} ${V2_DEVICE[limit]}=${value || 'max'}`);
}

/** Processor time used, in ns. */
export interface CpuUsage {
  readonly total: bigint;
  readonly user: bigint;
  readonly system: bigint;
}

/** Clock ticks per second as the kernel tells them. */
const TICKS = 100n;

/** virCgroupGetCpuacctUsage and virCgroupGetCpuacctStat */
export function cpuUsage(group: Cgroup): CpuUsage {
  if (group.version('cpuacct') === 1) {
    const stat = fieldsOf(group.read('cpuacct', 'cpuacct.stat'));
    const nanoseconds = (name: string) => ((stat.get(name) ?? 0n) * 1_000_000_000n) / TICKS;
    return {
      total: BigInt(group.read('cpuacct', 'cpuacct.usage')),
      user: nanoseconds('user'),
      system: nanoseconds('system'),
    };
  }
  const stat = fieldsOf(group.read('cpuacct', 'cpu.stat'));
  const nanoseconds = (name: string) => (stat.get(name) ?? 0n) * 1000n;
  return { total: nanoseconds('usage_usec'), user: nanoseconds('user_usec'), system: nanoseconds('system_usec') };
}

/** virCgroupGetCpuacctPercpuUsage, in ns by processor. Raises INTERNAL_ERROR with version 2, which does not tell. */
export function usagePerCpu(group: Cgroup): bigint[] {
  if (group.version('cpuacct') !== 1)
    throw internalError('version 2 of cgroups does not count processor time by processor');
  return group.read('cpuacct', 'cpuacct.usage_percpu').trim().split(/\s+/).map(BigInt);
}

function fieldsOf(text: string): Map<string, bigint> {
  return new Map(
    text.split('\n').flatMap((line) => {
      const [name, value] = line.split(' ');
      return name !== undefined && /^\d+$/.test(value ?? '') ? [[name, BigInt(value ?? 0)] as const] : [];
    }),
  );
}
