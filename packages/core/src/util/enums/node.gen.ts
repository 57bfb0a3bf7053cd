// node: libvirt's public numbers, names without their common prefix.

/** virNodeSuspendTarget (enumeration); values are VIR_NODE_SUSPEND_TARGET_*. */
export const NodeSuspendTarget = {
  MEM: 0,
  DISK: 1,
  HYBRID: 2,
} as const;
export type NodeSuspendTarget = (typeof NodeSuspendTarget)[keyof typeof NodeSuspendTarget];

/** virNodeGetCPUStatsAllCPUs (enumeration); values are VIR_NODE_*. */
export const NodeGetCPUStatsAllCPUs = {
  CPU_STATS_ALL_CPUS: -1,
} as const;
export type NodeGetCPUStatsAllCPUs = (typeof NodeGetCPUStatsAllCPUs)[keyof typeof NodeGetCPUStatsAllCPUs];

/** virNodeGetMemoryStatsAllCells (enumeration); values are VIR_NODE_*. */
export const NodeGetMemoryStatsAllCells = {
  MEMORY_STATS_ALL_CELLS: -1,
} as const;
export type NodeGetMemoryStatsAllCells = (typeof NodeGetMemoryStatsAllCells)[keyof typeof NodeGetMemoryStatsAllCells];

/** virCPUCompareResult (enumeration); values are VIR_CPU_COMPARE_*. */
export const CPUCompareResult = {
  ERROR: -1,
  INCOMPATIBLE: 0,
  IDENTICAL: 1,
  SUPERSET: 2,
} as const;
export type CPUCompareResult = (typeof CPUCompareResult)[keyof typeof CPUCompareResult];

/** virNodeAllocPagesFlags (bit mask); values are VIR_NODE_ALLOC_PAGES_*. */
export const NodeAllocPagesFlags = {
  ADD: 0,
  SET: 1,
} as const;
export type NodeAllocPagesFlags = (typeof NodeAllocPagesFlags)[keyof typeof NodeAllocPagesFlags];

/** virVcpuHostCpuState (enumeration); values are VIR_VCPU_INFO_CPU_*. */
export const VcpuHostCpuState = {
  OFFLINE: -1,
  UNAVAILABLE: -2,
} as const;
export type VcpuHostCpuState = (typeof VcpuHostCpuState)[keyof typeof VcpuHostCpuState];
