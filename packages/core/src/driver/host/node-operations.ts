import { HostReader, NodeAllocPagesFlags } from '../../util/index.js';
import type { CallContext } from '../call.js';
import type { HostOps } from '../gen/index.js';
import type { HostFs } from '../services.js';
import { readCpuMap, readCpuStats, readNodeInfo } from './node-cpus.js';
import { allocatePages, readCellsFreeMemory, readFreeMemory, readFreePages, readMemoryStats } from './node-memory.js';
import { suspendNode } from './node-suspend.js';
import { readMemoryParameters, setMemoryParameters } from './node-page-sharing.js';

/** Reads the host as a driver sees it. */
export function hostReader(fs: HostFs): HostReader {
  return new HostReader((path) => fs.path(path));
}

/** The node calls that are the same for every driver whose guests run on this very host: to be spread into its table. */
export function nodeOperations(reader: HostReader, arch: string) {
  return {
    nodeGetInfo: () => readNodeInfo(reader, arch),
    nodeGetCPUMap: (flags) => readCpuMap(reader, flags),
    nodeGetCPUStats: (cpuNum, flags, call?: CallContext) => readCpuStats(reader, cpuNum, flags, call),
    nodeGetMemoryStats: (cellNum, flags) => readMemoryStats(reader, cellNum, flags),
    nodeGetFreeMemory: () => readFreeMemory(reader),
    nodeGetCellsFreeMemory: (start, count) => readCellsFreeMemory(reader, start, count),
    nodeGetFreePages: (sizes, start, count) => readFreePages(reader, sizes, start, count),
    nodeAllocPages: (sizes, counts, start, cells, flags) => allocatePages(reader, sizes, counts, start, cells, flags),
    nodeSuspendForDuration: (target, duration, flags) => suspendNode(reader, target, duration, flags),
    nodeGetMemoryParameters: (flags) => readMemoryParameters(reader, flags),
    nodeSetMemoryParameters: (params, flags) => setMemoryParameters(reader, params, flags),
  } satisfies HostOps;
}

/** The flags that {@link nodeOperations} know, for the check of a driver's table. */
export const NODE_OPERATION_FLAGS = {
  nodeGetMemoryParameters: 0x4, // VIR_TYPED_PARAM_STRING_OKAY
  nodeAllocPages: NodeAllocPagesFlags.SET,
} as const;
