import type { CapsCacheBank, CapsCell, HostCaps } from '../../conf/index.js';
import {
  type CacheBank,
  countProcessors,
  formatCpuList,
  type HostProcessors,
  type HostReader,
  type MemoryCell,
  readCacheBanks,
  readHostProcessors,
  readMemoryCells,
} from '../../util/index.js';
import { readHostCpu } from './lazy-host-cpu.js';

/** What the kernel does not tell. */
export interface HostCapsOptions {
  readonly arch: string;
  readonly uuid?: string | undefined;
  readonly migration?: HostCaps['migration_features'] | undefined;
  readonly securityModels?: HostCaps['secmodel'] | undefined;
}

/** virCapabilitiesNew and what fills it: `<host>` of the capabilities of a driver that runs on this host. */
export async function readHostCapabilities(reader: HostReader, options: HostCapsOptions): Promise<HostCaps> {
  const [processors, cells] = await Promise.all([readHostProcessors(reader), readMemoryCells(reader)]);
  const [cpu, banks, powerStates, iommuGroups] = await Promise.all([
    readHostCpu(reader, options.arch, countProcessors(processors, cells)),
    readCacheBanks(
      reader,
      processors.online.map(({ id }) => id),
    ),
    reader.text('/sys/power/state'),
    reader.names('/sys/kernel/iommu_groups'),
  ]);
  const states = (powerStates ?? '').split(' ');
  const pages = cells[0]?.pages.map(({ size }) => ({ unit: 'KiB', size })) ?? [];
  return {
    ...(options.uuid === undefined ? {} : { uuid: options.uuid }),
    cpu: { ...cpu, pages },
    power_management: {
      ...(states.includes('mem') ? { suspend_mem: true } : {}),
      ...(states.includes('disk') ? { suspend_disk: true } : {}),
      ...(states.includes('mem') && states.includes('disk') ? { suspend_hybrid: true } : {}),
    },
    iommu: { support: iommuGroups.length > 0 },
    ...(options.migration === undefined ? {} : { migration_features: options.migration }),
    topology: { cells: { cell: cells.map((cell) => capsCell(cell, cells, processors)) } },
    ...(banks.length === 0 ? {} : { cache: { bank: banks.map(capsBank) } }),
    secmodel: options.securityModels ?? [],
  };
}

function capsCell(cell: MemoryCell, cells: readonly MemoryCell[], { online }: HostProcessors): CapsCell {
  const running = new Map(online.map((cpu) => [cpu.id, cpu]));
  const sibling = cells.flatMap(({ id }, i) => {
    const value = cell.distances[i];
    return value === undefined ? [] : [{ id, value }];
  });
  return {
    id: cell.id,
    memory: { unit: 'KiB', value: BigInt(cell.total) },
    pages: cell.pages.map(({ size, total }) => ({ unit: 'KiB', size, count: BigInt(total) })),
    ...(sibling.length === 0 ? {} : { distances: { sibling } }),
    cpus: {
      cpu: cell.cpus.map((id) => {
        const cpu = running.get(id);
        if (cpu === undefined) return { id };
        const siblings = formatCpuList(cpu.siblings);
        return { id, socket_id: cpu.socket, die_id: cpu.die, core_id: cpu.core, siblings };
      }),
    },
  };
}

/** virFormatIntPretty: in the largest unit that divides it. */
function capsBank({ id, level, type, size, cpus }: CacheBank): CapsCacheBank {
  const mib = size > 0 && size % 1024 === 0;
  return {
    id,
    level,
    type,
    size: mib ? size / 1024 : size,
    unit: mib ? 'MiB' : 'KiB',
    cpus: formatCpuList(cpus),
    control: [],
  };
}
