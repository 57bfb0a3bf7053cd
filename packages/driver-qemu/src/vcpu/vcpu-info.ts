import { ErrorCode, ErrorDomain, LibvirtError } from '@virtkit/core/util';

/** One entry of query-hotpluggable-cpus: a slot that a CPU of `vcpus-count` threads goes into or sits in */
export interface HotpluggableCpu {
  type: string;
  'vcpus-count': number;
  /** Set while the slot is filled */
  'qom-path'?: string;
  props: VcpuTopology;
}

/** Where a slot is; also what device_add is told */
export interface VcpuTopology {
  'node-id'?: number;
  'socket-id'?: number;
  'die-id'?: number;
  'core-id'?: number;
  'thread-id'?: number;
}

/** One entry of query-cpus-fast: a running vCPU thread */
export interface RunningCpu {
  'cpu-index': number;
  'qom-path': string;
  'thread-id': number;
  /** s390 only */
  'cpu-state'?: string;
}

/** The slot of which a vCPU is the first thread */
export interface VcpuSlot {
  type: string;
  /** QOM path, while filled */
  qomPath?: string;
  /** Id given to device_add; unset for CPUs that came with the machine */
  alias?: string;
  topology: VcpuTopology;
  vcpus: number;
  /** Place in the order in which QEMU made the filled slots, from 1 */
  enableId?: number;
}

/** qemuMonitorCPUInfo: one vCPU by libvirt's number */
export interface VcpuInfo {
  id: number;
  online: boolean;
  hotpluggable: boolean;
  threadId?: number;
  /** cpu-index of QEMU */
  qemuId?: number;
  halted: boolean;
  /** Undefined for the further threads of a slot */
  slot?: VcpuSlot;
}

const HALTED = new Set(['stopped', 'check-stop', 'uninitialized']);

/**
 * qemuMonitorGetCPUInfo: joins QEMU's list of slots with its list of threads. vCPUs are numbered by where their slot is, not
 * by when it was filled, so that a number keeps its meaning over unplug and replug.
 */
export function combineVcpus(
  hotpluggable: readonly HotpluggableCpu[],
  running: readonly RunningCpu[],
  maxVcpus: number,
): VcpuInfo[] {
  const slots = [...hotpluggable].sort(byTopology);
  const total = slots.reduce((sum, slot) => sum + slot['vcpus-count'], 0);
  if (total > maxVcpus) {
    throw new LibvirtError(
      ErrorCode.INTERNAL_ERROR,
      ErrorDomain.QEMU,
      `QEMU has slots for ${String(total)} vCPUs where the domain allows ${String(maxVcpus)}`,
    );
  }

  const enableIds = new Map<string, number>();
  const threads = new Map<string, RunningCpu[]>();
  const paths = slots.flatMap((slot) => slot['qom-path'] ?? []);
  for (const cpu of running) {
    const path = paths.find((candidate) => isWithin(cpu['qom-path'], candidate));
    if (path === undefined) continue;
    if (!enableIds.has(path)) enableIds.set(path, enableIds.size + 1);
    const list = threads.get(path);
    if (list === undefined) threads.set(path, [cpu]);
    else list.push(cpu);
  }

  const vcpus: VcpuInfo[] = [];
  for (const slot of slots) {
    const path = slot['qom-path'];
    const alias = path?.startsWith(PERIPHERAL) === true ? path.slice(PERIPHERAL.length) : undefined;
    for (let index = 0; index < slot['vcpus-count']; index++) {
      const cpu = path === undefined ? undefined : threads.get(path)?.[index];
      const vcpu: VcpuInfo = {
        id: vcpus.length,
        online: cpu !== undefined,
        hotpluggable: path === undefined || alias !== undefined,
        halted: cpu?.['cpu-state'] !== undefined && HALTED.has(cpu['cpu-state']),
      };
      if (cpu !== undefined) {
        vcpu.threadId = cpu['thread-id'];
        vcpu.qemuId = cpu['cpu-index'];
      }
      if (index === 0) vcpu.slot = toSlot(slot, path, alias, path === undefined ? undefined : enableIds.get(path));
      vcpus.push(vcpu);
    }
  }
  return vcpus;
}

const PERIPHERAL = '/machine/peripheral/';

function toSlot(slot: HotpluggableCpu, qomPath?: string, alias?: string, enableId?: number): VcpuSlot {
  return {
    type: slot.type,
    ...(qomPath !== undefined && { qomPath }),
    ...(alias !== undefined && { alias }),
    topology: slot.props,
    vcpus: slot['vcpus-count'],
    ...(enableId !== undefined && { enableId }),
  };
}

function isWithin(path: string, parent: string): boolean {
  return path === parent || path.startsWith(`${parent}/`);
}

const LEVELS = ['socket-id', 'die-id', 'core-id', 'thread-id'] as const;

function byTopology(a: HotpluggableCpu, b: HotpluggableCpu): number {
  for (const level of LEVELS) {
    const difference = (a.props[level] ?? 0) - (b.props[level] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
