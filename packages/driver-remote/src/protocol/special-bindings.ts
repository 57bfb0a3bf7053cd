import type { DomainBlockJobInfo, FunctionName, NodeCPUMap, StreamDriver, VcpuInfo } from '@virtkit/core/driver';
import { ErrorCode, ErrorDomain, LibvirtError, NodeGetCPUStatsAllCPUs, type TypedParams } from '@virtkit/core/util';
import { checkRoom } from './room.js';

/** The four conversions between a call of the API and its records. */
export interface Conversions {
  /** Daemon: the API's arguments from the record's values. */
  args(wire: readonly unknown[]): readonly unknown[];
  /** Daemon: the values of the answer's record; `wire` as received. */
  answer(result: unknown, wire: readonly unknown[]): readonly unknown[];
  /** Client: the values of the arguments' record; `room` for how many items, by default for as many as an answer holds. */
  wire(self: object | undefined, args: readonly unknown[], room?: number): readonly unknown[];
  /** Client: what the API returns; `stream` where the call opened one, `args` as the API was called. */
  result(answer: readonly unknown[], stream: StreamDriver | undefined, args: readonly unknown[]): unknown;
  /** Client: daemons refuse more room than there are items, so it has to ask with none first. */
  readonly exactRoom?: boolean;
}

/** The map cut or filled to `length` bytes: the caller of the wire says how long maps are. */
function fit(map: Uint8Array, length: number): Uint8Array {
  if (map.length === length) return map;
  const fitted = Buffer.alloc(length);
  fitted.set(map.subarray(0, length));
  return fitted;
}

const joined = (maps: readonly Uint8Array[], length: number): Uint8Array =>
  Buffer.concat(maps.map((map) => fit(map, length)));

const split = (bytes: Uint8Array, count: number, length: number): Uint8Array[] =>
  Array.from({ length: count }, (_, i) => bytes.slice(i * length, (i + 1) * length));

// What a client asks for where the wire wants sizes that the API does not have: 1024 CPUs, 512 virtual ones.
const MAP_LENGTH = 128;
// What an answer holds at most.
const CPUMAPS_MAX = 8388608;
const VCPUS_MAX = 16384;
const CELLS_MAX = 1024;
const PEEK_MAX = 4194304;
const VCPUS = 512;
const CPUS_PER_CALL = 128;
const STATS_PER_CPU = 16;
const SCHEDULER_PARAMETERS = 16;

function checkMaps(count: number, length: number): void {
  checkRoom('the number of CPUs', count, VCPUS_MAX);
  checkRoom('the length of CPU maps', length, CPUMAPS_MAX);
  checkRoom('the length of all CPU maps', count * length, CPUMAPS_MAX);
}

/** What libvirt's daemon says where a driver fails without an error. */
const silentFailure = (): LibvirtError => {
  const message = 'Library function returned error but did not set virError';
  return LibvirtError.received(ErrorCode.INTERNAL_ERROR, ErrorDomain.RPC, message, { str1: message });
};

/** The procedures whose records do not follow from the function's signature. */
export const SPECIAL: Readonly<Partial<Record<FunctionName, Partial<Conversions>>>> = {
  nodeGetCPUMap: {
    args: ([, , flags]) => [flags],
    answer: (result, [needMap, needOnline]) => {
      const { ncpus, cpumap, online } = result as NodeCPUMap;
      return [needMap === 0 ? new Uint8Array() : cpumap, needOnline === 0 ? 0 : online, ncpus];
    },
    wire: (_, [flags]) => [1, 1, flags],
    result: ([cpumap, online, ncpus]) => ({ ncpus, cpumap, online }),
  },
  // How many figures there are does not depend on the CPU, and is told without a look at it.
  nodeGetCPUStats: {
    exactRoom: true,
    args: ([cpu, nparams, flags]) => [nparams === 0 ? NodeGetCPUStatsAllCPUs.CPU_STATS_ALL_CPUS : cpu, flags],
  },
  nodeGetMemoryStats: { exactRoom: true },
  nodeGetCellsFreeMemory: {
    args: (wire) => {
      checkRoom('maxcells', wire[1] as number, CELLS_MAX);
      return wire;
    },
  },
  nodeGetFreePages: {
    args: (wire) => {
      const [pages, , cellCount] = wire as [readonly number[], number, number];
      checkRoom('the number of pages of all cells', pages.length * cellCount, CELLS_MAX);
      return wire;
    },
    // Not even one count is as good as none.
    answer: (counts) => {
      if ((counts as readonly bigint[]).length === 0) throw silentFailure();
      return [counts];
    },
  },
  domainBlockPeek: {
    args: ([, ...args]) => {
      checkRoom('size', args[2] as number, PEEK_MAX);
      return args;
    },
  },
  domainMemoryPeek: {
    args: ([, ...args]) => {
      checkRoom('size', args[1] as number, PEEK_MAX);
      return args;
    },
  },
  // Descriptors travel beside the record, where they can.
  domainQemuMonitorCommandWithFiles: { result: ([result]) => ({ result, files: [] }) },
  // The number tells callers how much room getSchedulerParameters needs.
  domainGetSchedulerType: {
    answer: (type) => [type, SCHEDULER_PARAMETERS],
    result: ([type]) => type,
  },
  domainGetBlockJobInfo: {
    answer: (result) => {
      if (result === null) return [0, 0, 0n, 0n, 0n];
      const { type, bandwidth, cur, end } = result as DomainBlockJobInfo;
      return [1, type, bandwidth, cur, end];
    },
    result: ([found, type, bandwidth, cur, end]) => (found === 0 ? null : { type, bandwidth, cur, end }),
  },
  domainGetVcpus: {
    args: ([, maxinfo, maplen]) => {
      checkMaps(maxinfo as number, maplen as number);
      return [];
    },
    answer: (result, [, maxinfo, maplen]) => {
      const vcpus = (result as readonly VcpuInfo[]).slice(0, maxinfo as number);
      const maps = vcpus.map(({ cpumap }) => cpumap);
      return [vcpus, joined(maps, maplen as number)];
    },
    wire: (self) => [self, VCPUS, MAP_LENGTH],
    result: ([info, cpumaps]) => {
      const vcpus = info as Omit<VcpuInfo, 'cpumap'>[];
      const maps = split(cpumaps as Uint8Array, vcpus.length, MAP_LENGTH);
      return vcpus.map((vcpu, i) => ({ ...vcpu, cpumap: maps[i] }));
    },
  },
  domainGetVcpuPinInfo: {
    args: ([, ncpumaps, maplen, flags]) => {
      checkMaps(ncpumaps as number, maplen as number);
      return [flags];
    },
    answer: (result, [, ncpumaps, maplen]) => {
      const maps = (result as readonly Uint8Array[]).slice(0, ncpumaps as number);
      return [joined(maps, maplen as number), maps.length];
    },
    wire: (self, [flags]) => [self, VCPUS, MAP_LENGTH, flags],
    result: ([cpumaps, num]) => split(cpumaps as Uint8Array, num as number, MAP_LENGTH),
  },
  domainGetEmulatorPinInfo: {
    args: ([, maplen, flags]) => {
      checkMaps(1, maplen as number);
      return [flags];
    },
    answer: (result, [, maplen]) => [fit(result as Uint8Array, maplen as number), 1],
    wire: (self, [flags]) => [self, MAP_LENGTH, flags],
    result: ([cpumap]) => cpumap,
  },
  // Asked for no CPUs, the count is how many there are; for no parameters, how many each CPU has.
  domainGetCPUStats: {
    args: ([, nparams, startCpu, ncpus, flags]) => {
      checkRoom('nparams', nparams as number, STATS_PER_CPU);
      checkRoom('ncpus', ncpus as number, CPUS_PER_CALL);
      return [startCpu, ncpus, flags];
    },
    answer: (result, [, nparams, , ncpus]) => {
      const cpus = result as readonly TypedParams[];
      if (ncpus === 0) return [[], cpus.length];
      const each = Math.max(0, ...cpus.map((params) => params.length));
      if (nparams === 0) return [[], each];
      const shown = Math.min(each, nparams as number);
      return [cpus.flatMap((params) => params.slice(0, shown)), shown];
    },
    wire: (self, [startCpu, ncpus, flags]) => {
      const count = Math.min(ncpus as number, CPUS_PER_CALL);
      return [self, count === 0 ? 0 : STATS_PER_CPU, startCpu, count, flags];
    },
    result: ([params, nparams]) => {
      const all = params as TypedParams;
      const each = Math.max(1, nparams as number);
      return Array.from({ length: Math.ceil(all.length / each) }, (_, i) => all.slice(i * each, (i + 1) * each));
    },
  },
};
