import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type DomainDef, iothreadIds } from '@virtkit/core/conf';
import { configUnsupported } from '../errors.js';
import type { QemuHost } from '../host/qemu-host.js';
import type { ExecuteOptions, QmpConnection } from '../qmp/index.js';
import { pinThread } from '../vcpu/affinity.js';
import { type HotpluggableCpu, type RunningCpu, combineVcpus } from '../vcpu/index.js';
import { Cgroup } from './cgroup.js';
import { deviceNumbers } from './device-numbers.js';
import {
  setBlkioWeight,
  setCpuBandwidth,
  setCpus,
  setCpuShares,
  setDeviceLimit,
  setMemoryLimit,
  setMems,
} from './limits.js';
import { cgroupMounts } from './mounts.js';

/** A guest that is about to run. */
export interface Placed {
  readonly id: number;
  readonly name: string;
  readonly pid: number;
  readonly monitor: QmpConnection;
}

/** Threads of a guest by what they do; `vcpus` by number. */
export interface GuestThreads {
  readonly vcpus: ReadonlyMap<number, number>;
  readonly iothreads: ReadonlyMap<number, number>;
}

/** Asks QEMU for its threads. */
export async function guestThreads(
  monitor: QmpConnection,
  def: DomainDef,
  options: ExecuteOptions = {},
): Promise<GuestThreads> {
  const [slots, running, iothreads] = await Promise.all([
    monitor
      .execute<HotpluggableCpu[]>('query-hotpluggable-cpus', undefined, options)
      // Machines whose processors are soldered in.
      .catch(() => undefined),
    monitor.execute<RunningCpu[]>('query-cpus-fast', undefined, options),
    iothreadIds(def).length === 0
      ? []
      : monitor.execute<{ id: string; 'thread-id': number }[]>('query-iothreads', undefined, options),
  ]);
  const vcpus = new Map<number, number>();
  if (slots === undefined) for (const cpu of running) vcpus.set(cpu['cpu-index'], cpu['thread-id']);
  else
    for (const { id, threadId } of combineVcpus(slots, running, def.vcpu.value))
      if (threadId !== undefined) vcpus.set(id, threadId);
  return {
    vcpus,
    iothreads: new Map(iothreads.map((one) => [Number(one.id.replace('iothread', '')), one['thread-id']])),
  };
}

/** virCgroupSetPartitionSuffix: parts that could be anybody's are marked as partitions. */
const partitionPath = (partition: string): string =>
  partition
    .split('/')
    .filter(Boolean)
    .map((part, index) =>
      part.includes('.') || (index === 0 && ['machine', 'user', 'system'].includes(part)) ? part : `${part}.partition`,
    )
    .join('/');

/** What tells the groups of this scope from those of others. */
export const scopeTag = (host: { readonly dirs: Pick<QemuHost['dirs'], 'run'> }): string =>
  `virtkit-${createHash('sha256').update(host.dirs.run).digest('hex').slice(0, 8)}`;

function groupPath(host: QemuHost, def: DomainDef, { id, name }: Pick<Placed, 'id' | 'name'>): string {
  const short = Array.from(name)
    .slice(0, 20)
    .join('')
    .replace(/[^\w.+-]/g, '_');
  return join(partitionPath(def.resource?.partition ?? DEFAULT_PARTITION), `qemu-${id}-${short}.${scopeTag(host)}`);
}

export const DEFAULT_PARTITION = '/machine';

const limitsProcessor = ({ cputune = {} }: DomainDef): boolean =>
  [
    cputune.shares,
    cputune.period,
    cputune.quota,
    cputune.global_period,
    cputune.global_quota,
    cputune.emulator_period,
    cputune.emulator_quota,
    cputune.iothread_period,
    cputune.iothread_quota,
  ].some((limit) => limit !== undefined);

const limitsMemory = ({ memtune }: DomainDef): boolean =>
  memtune?.hard_limit !== undefined || memtune?.soft_limit !== undefined || memtune?.swap_hard_limit !== undefined;

const limitsBlocks = ({ blkiotune }: DomainDef): boolean =>
  blkiotune?.weight !== undefined || (blkiotune?.device?.length ?? 0) > 0;

const pinsThreads = ({ vcpu, cputune }: DomainDef): boolean =>
  vcpu.cpuset !== undefined ||
  cputune?.vcpupin !== undefined ||
  cputune?.emulatorpin !== undefined ||
  cputune?.iothreadpin !== undefined;

const strictNodes = ({ numatune }: DomainDef): string | undefined =>
  numatune?.memory?.mode === 'strict' || numatune?.memory?.mode === 'restrictive' ? numatune.memory.nodeset : undefined;

/** True where the guest must not run before its limits are in place. */
export const hasLimits = (def: DomainDef): boolean =>
  limitsProcessor(def) || limitsMemory(def) || limitsBlocks(def) || pinsThreads(def) || strictNodes(def) !== undefined;

/** What is asked for is refused where this host cannot give it. */
function assertPossible(def: DomainDef, group: Cgroup | undefined, privileged: boolean): void {
  const refuse = (what: string): never => {
    throw configUnsupported(`${what} is not available ${privileged ? 'on this host' : 'in session mode'}`);
  };
  if (limitsProcessor(def) && group?.has('cpu') !== true) refuse('CPU tuning');
  if (limitsMemory(def) && group?.has('memory') !== true) refuse('Memory tuning');
  if (limitsBlocks(def) && group?.has('blkio') !== true) refuse('Block I/O tuning');
}

/**
 * virDomainCgroupSetupCgroup and qemuProcessSetup...: puts a guest and its threads into groups of their own, with the limits
 * that its definition asks for, and where its threads may run. Answers the group; undefined where there can be none. Raises
 * CONFIG_UNSUPPORTED for limits that cannot be had, SYSTEM_ERROR for those that the kernel refuses.
 */
export async function placeGuest(host: QemuHost, def: DomainDef, guest: Placed): Promise<Cgroup | undefined> {
  const group = host.privileged ? await makeGroup(host, def, guest) : undefined;
  try {
    assertPossible(def, group, host.privileged);
    const threads = await guestThreads(guest.monitor, def);
    if (group !== undefined) {
      await applyLimits(group, def);
      await placeThreads(group, def, guest.pid, threads);
    }
    await pinThreads(group, def, guest.pid, threads);
    return group;
  } catch (error) {
    await group?.remove();
    throw error;
  }
}

async function makeGroup(host: QemuHost, def: DomainDef, guest: Placed): Promise<Cgroup | undefined> {
  const mounts = cgroupMounts();
  if (mounts.size === 0) return undefined;
  const group = new Cgroup(mounts, groupPath(host, def, guest));
  try {
    await group.create();
    await group.addProcess(guest.pid);
    return group;
  } catch (error) {
    await group.remove();
    host.log.debug(`domain '${guest.name}' has no control group: ${String(error)}`);
    return undefined;
  }
}

/** The group of a guest that an earlier process of this host has placed. */
export function findGroup(host: QemuHost, def: DomainDef, guest: Pick<Placed, 'id' | 'name'>): Cgroup | undefined {
  if (!host.privileged) return undefined;
  const group = new Cgroup(cgroupMounts(), groupPath(host, def, guest));
  const [first] = group.mounts.values();
  return first !== undefined && existsSync(join(first.path, group.path)) ? group : undefined;
}

/** Removes groups in the usual partition that guests of this scope have left behind; `used` are those of guests that run. */
export async function sweepGroups(host: QemuHost, used: readonly Cgroup[]): Promise<void> {
  if (!host.privileged) return;
  const mounts = cgroupMounts();
  const partition = partitionPath(DEFAULT_PARTITION);
  const names = new Set(
    [...mounts.values()].flatMap(({ path }) => {
      const parent = join(path, partition);
      return existsSync(parent) ? readdirSync(parent) : [];
    }),
  );
  for (const { path } of used) names.delete(basename(path));
  for (const name of names)
    if (name.endsWith(`.${scopeTag(host)}`)) await new Cgroup(mounts, join(partition, name)).remove();
}

async function applyLimits(group: Cgroup, def: DomainDef): Promise<void> {
  const { cputune = {}, memtune = {}, blkiotune = {} } = def;
  if (cputune.shares !== undefined) await setCpuShares(group, cputune.shares);
  if (cputune.global_period !== undefined || cputune.global_quota !== undefined)
    await setCpuBandwidth(group, cputune.global_period, cputune.global_quota);
  for (const limit of ['hard_limit', 'soft_limit', 'swap_hard_limit'] as const)
    if (memtune[limit] !== undefined) await setMemoryLimit(group, limit, BigInt(memtune[limit]));
  if (blkiotune.weight !== undefined) await setBlkioWeight(group, blkiotune.weight);
  for (const { path, ...limits } of blkiotune.device ?? [])
    for (const [limit, value] of Object.entries(limits))
      await setDeviceLimit(group, limit as keyof typeof limits, deviceNumbers(path), value);
  const nodes = strictNodes(def);
  if (nodes !== undefined && group.has('cpuset')) await setMems(group, nodes);
}

async function placeThreads(
  group: Cgroup,
  { cputune = {} }: DomainDef,
  pid: number,
  { vcpus, iothreads }: GuestThreads,
): Promise<void> {
  const emulator = await group.createThreads('emulator');
  const own = new Set([...vcpus.values(), ...iothreads.values()]);
  for (const name of readdirSync(`/proc/${pid}/task`))
    if (!own.has(Number(name))) await emulator.addThread(Number(name)).catch(ended);
  if (cputune.emulator_period !== undefined || cputune.emulator_quota !== undefined)
    await setCpuBandwidth(emulator, cputune.emulator_period, cputune.emulator_quota);
  for (const [id, tid] of vcpus) await placeVcpu(group, { cputune }, id, tid);
  for (const [id, tid] of iothreads) await placeIothread(group, { cputune }, id, tid);
}

/** A group for one vCPU. */
export async function placeVcpu(
  group: Cgroup,
  { cputune = {} }: Pick<DomainDef, 'cputune'>,
  id: number,
  tid: number,
): Promise<void> {
  const child = await group.createThreads(`vcpu${id}`);
  if (cputune.period !== undefined || cputune.quota !== undefined)
    await setCpuBandwidth(child, cputune.period, cputune.quota);
  await child.addThread(tid);
}

/** A group for one IO thread. */
export async function placeIothread(
  group: Cgroup,
  { cputune = {} }: Pick<DomainDef, 'cputune'>,
  id: number,
  tid: number,
): Promise<void> {
  const child = await group.createThreads(`iothread${id}`);
  if (cputune.iothread_period !== undefined || cputune.iothread_quota !== undefined)
    await setCpuBandwidth(child, cputune.iothread_period, cputune.iothread_quota);
  await child.addThread(tid);
}

/** Threads of a pool come and go. */
const ended = (error: Error & { code?: string }): void => {
  if (error.code !== 'ESRCH') throw error;
};

/** Where the threads of a guest may run, as its definition says. */
async function pinThreads(
  group: Cgroup | undefined,
  def: DomainDef,
  pid: number,
  { vcpus, iothreads }: GuestThreads,
): Promise<void> {
  const { cputune = {}, vcpu } = def;
  const emulator = cputune.emulatorpin?.cpuset ?? vcpu.cpuset;
  if (emulator !== undefined) await pinEmulator(group, pid, emulator);
  for (const [id, tid] of vcpus) {
    const cpuset = cputune.vcpupin?.find((pin) => pin.vcpu === id)?.cpuset ?? vcpu.cpuset;
    if (cpuset !== undefined) await pinGuestThread(group, `vcpu${id}`, tid, cpuset);
  }
  for (const [id, tid] of iothreads) {
    const cpuset = cputune.iothreadpin?.find((pin) => pin.iothread === id)?.cpuset ?? vcpu.cpuset;
    if (cpuset !== undefined) await pinGuestThread(group, `iothread${id}`, tid, cpuset);
  }
}

/** Lets a thread run on these processors only: by its group where there is one, so that it cannot free itself. */
export async function pinGuestThread(
  group: Cgroup | undefined,
  name: string,
  tid: number,
  cpuset: string,
): Promise<void> {
  if (group?.has('cpuset') === true) await setCpus(group.child(name), cpuset);
  await pinThread(tid, cpuset);
}

/** Where QEMU's own threads may run. */
export async function pinEmulator(group: Cgroup | undefined, pid: number, cpuset: string): Promise<void> {
  await pinGuestThread(group, 'emulator', pid, cpuset);
}
