import { type HostCpuDef, hostCpuFields } from '../cpu/index.js';
import { type GuestNumaDef, type NumaCacheDef, numaCache, numaInterconnects } from '../domain/numa.js';
import {
  attr,
  child,
  elementOf,
  flag,
  leaf,
  leaves,
  list,
  optList,
  req,
  reqChild,
  reqLeaf,
  str,
  text,
  u64,
  uint,
  ulong,
  uuid,
  yesNo,
} from '../xml/index.js';

export interface CapsPageCount {
  unit: string;
  /** Of one page. */
  size: number;
  count: bigint;
}

/** virCapsHostNUMACellCPU: ids are absent for processors that are offline. */
export interface CapsCellCpu {
  id: number;
  socket_id?: number;
  die_id?: number;
  core_id?: number;
  /** A CPU set. */
  siblings?: string;
}

/** virCapsHostNUMACell */
export interface CapsCell {
  id: number;
  memory?: { unit: string; value: bigint };
  pages: CapsPageCount[];
  distances?: { sibling: { id: number; value: number }[] };
  cache?: NumaCacheDef[];
  /** The number is written, whatever the model says. */
  cpus?: { num?: number; cpu: CapsCellCpu[] };
}

export interface CapsControl {
  granularity: number;
  min?: number;
  unit?: string;
  type?: string;
  maxAllocs: number;
}

export interface CapsMonitor {
  level?: number;
  reuseThreshold?: number;
  maxMonitors: number;
  feature: { name: string }[];
}

/** virCapsHostCacheBank */
export interface CapsCacheBank {
  id: number;
  level: number;
  type: string;
  size: number;
  unit: string;
  /** A CPU set. */
  cpus: string;
  control: CapsControl[];
}

/** virCapsHostMemBWNode */
export interface CapsBandwidthNode {
  id: number;
  cpus: string;
  control: CapsControl[];
}

/** virCapsHostSecModel */
export interface CapsSecurityModel {
  model: string;
  doi: string;
  baselabel: { type: string; label: string }[];
}

/** virCapsHost */
export interface HostCaps {
  uuid?: string;
  cpu: HostCpuDef;
  power_management?: { suspend_mem?: true; suspend_disk?: true; suspend_hybrid?: true };
  iommu?: { support: boolean };
  migration_features?: { live?: true; uri_transports?: { uri_transport?: string[] } };
  topology?: { cells: { num?: number; cell: CapsCell[] }; interconnects?: NonNullable<GuestNumaDef['interconnects']> };
  cache?: { bank: CapsCacheBank[]; monitor?: CapsMonitor };
  memory_bandwidth?: { node: CapsBandwidthNode[]; monitor?: CapsMonitor };
  secmodel: CapsSecurityModel[];
}

/** As elsewhere, but a host's model may be unknown. */
const cpu = elementOf<HostCpuDef>('cpu', hostCpuFields);

const cellCpu = elementOf<CapsCellCpu>('cpu', {
  id: req(uint),
  socket_id: attr(uint),
  die_id: attr(uint),
  core_id: attr(uint),
  siblings: attr(str),
});

const cell = elementOf<CapsCell>('cell', {
  id: req(uint),
  memory: child(elementOf<NonNullable<CapsCell['memory']>>('memory', { unit: req(str), value: text(u64) })),
  pages: list(elementOf<CapsPageCount>('pages', { unit: req(str), size: req(ulong), count: text(u64) })),
  distances: child(
    elementOf<NonNullable<CapsCell['distances']>>('distances', {
      sibling: list(elementOf<{ id: number; value: number }>('sibling', { id: req(uint), value: req(uint) })),
    }),
  ),
  cache: optList(numaCache),
  cpus: child(
    elementOf<NonNullable<CapsCell['cpus']>>(
      'cpus',
      { num: attr(uint), cpu: list(cellCpu) },
      { before: (cpus) => ({ ...cpus, num: cpus.cpu.length }) },
    ),
  ),
});

const control = elementOf<CapsControl>('control', {
  granularity: req(uint),
  min: attr(uint),
  unit: attr(str),
  type: attr(str),
  maxAllocs: req(uint),
});

const monitor = elementOf<CapsMonitor>('monitor', {
  level: attr(uint),
  reuseThreshold: attr(uint),
  maxMonitors: req(uint),
  feature: list(elementOf<{ name: string }>('feature', { name: req(str) })),
});

/** `<host>` of capabilities */
export const hostCapsElement = elementOf<HostCaps>('host', {
  uuid: leaf(uuid),
  cpu: reqChild(cpu),
  power_management: child(
    elementOf<NonNullable<HostCaps['power_management']>>('power_management', {
      suspend_mem: flag(),
      suspend_disk: flag(),
      suspend_hybrid: flag(),
    }),
  ),
  iommu: child(elementOf<{ support: boolean }>('iommu', { support: req(yesNo) })),
  migration_features: child(
    elementOf<NonNullable<HostCaps['migration_features']>>('migration_features', {
      live: flag(),
      uri_transports: child(elementOf<{ uri_transport?: string[] }>('uri_transports', { uri_transport: leaves(str) })),
    }),
  ),
  topology: child(
    elementOf<NonNullable<HostCaps['topology']>>('topology', {
      cells: reqChild(
        elementOf<{ num?: number; cell: CapsCell[] }>(
          'cells',
          { num: attr(uint), cell: list(cell) },
          { before: (cells) => ({ ...cells, num: cells.cell.length }) },
        ),
      ),
      interconnects: child(numaInterconnects),
    }),
  ),
  cache: child(
    elementOf<NonNullable<HostCaps['cache']>>('cache', {
      bank: list(
        elementOf<CapsCacheBank>('bank', {
          id: req(uint),
          level: req(uint),
          type: req(str),
          size: req(ulong),
          unit: req(str),
          cpus: req(str),
          control: list(control),
        }),
      ),
      monitor: child(monitor),
    }),
  ),
  memory_bandwidth: child(
    elementOf<NonNullable<HostCaps['memory_bandwidth']>>('memory_bandwidth', {
      node: list(elementOf<CapsBandwidthNode>('node', { id: req(uint), cpus: req(str), control: list(control) })),
      monitor: child(monitor),
    }),
  ),
  secmodel: list(
    elementOf<CapsSecurityModel>('secmodel', {
      model: reqLeaf(str),
      doi: reqLeaf(str),
      baselabel: list(elementOf<{ type: string; label: string }>('baselabel', { type: req(str), label: text(str) })),
    }),
  ),
});
