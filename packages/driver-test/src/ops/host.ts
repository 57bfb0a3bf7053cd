import type { HypervisorDriver, NodeCPUStats } from '@virtkit/core/driver';
import { DriverFeature, ErrorDomain } from '@virtkit/core/util';
import { baselineCpuXml, cpuModelNames, isArch } from '@virtkit/core/conf';
import { hostname } from 'node:os';
import { invalidArg } from '../errors.js';
import { cpuMap } from '../cpu-map.js';
import { formatCapabilities } from '../node/capabilities.js';
import { CELLS, MAX_VCPUS, SYSINFO } from '../node/host-info.js';
import type { TestNode } from '../state/test-node.js';

const FEATURES: ReadonlySet<number> = new Set([
  DriverFeature.FD_PASSING,
  DriverFeature.TYPED_PARAM_STRING,
  DriverFeature.NETWORK_UPDATE_HAS_CORRECT_ORDER,
]);

const NODE_CPU_STATS: readonly NodeCPUStats[] = [
  { field: 'user', value: 9_797_400_000n },
  { field: 'kernel', value: 34_678_723_400_000n },
  { field: 'idle', value: 87_264_900_000n },
  { field: 'iowait', value: 763_600_000n },
];

/** Bytes. */
const FREE_MEMORY = 3_145_728n;

/** The connection and the host that this driver pretends to run on. */
export function hostOps(node: TestNode) {
  let capabilities: string | undefined;
  return {
    connectGetType: () => 'TEST',
    connectGetVersion: () => 2n,
    connectGetHostname: () => hostname(),
    connectSupportsFeature: (feature: number) => FEATURES.has(feature),
    connectGetSysinfo: (flags: number) => SYSINFO,
    connectGetMaxVcpus: (type: string | null) => MAX_VCPUS,
    connectGetCapabilities: () => (capabilities ??= formatCapabilities()),
    connectIsEncrypted: () => false,
    connectIsSecure: () => true,
    connectIsAlive: () => true,
    connectGetCPUModelNames(arch: string, flags: number): readonly string[] {
      if (!isArch(arch)) throw invalidArg(`cannot find architecture ${arch}`);
      return cpuModelNames(arch) ?? [];
    },
    connectBaselineCPU(cpus: readonly string[], flags: number): string {
      if (cpus.length === 0) throw invalidArg('no CPUs given', ErrorDomain.CPU);
      return baselineCpuXml(cpus, flags);
    },

    nodeGetInfo: () => node.info,
    nodeGetSecurityModel: () => ({ model: 'testSecurity', doi: '' }),
    nodeGetCPUStats: (cpuNum: number, flags: number) => NODE_CPU_STATS,
    nodeGetFreeMemory: () => FREE_MEMORY,
    nodeGetCellsFreeMemory(startCell: number, maxCells: number): bigint[] {
      if (startCell < 0 || startCell >= CELLS.length || maxCells <= 0)
        throw invalidArg('Range exceeds available cells');
      return CELLS.slice(startCell, startCell + maxCells).map(({ memory }) => memory);
    },
    nodeGetCPUMap: (flags: number) => ({ ncpus: 8, cpumap: cpuMap([0, 2, 4]), online: 3 }),
    // libvirt's driver answers that it knows none, which a daemon's clients see as a failure.
    nodeGetFreePages: (pages: readonly number[], startCell: number, cellCount: number, flags: number): bigint[] => [],
  } satisfies Partial<HypervisorDriver>;
}
