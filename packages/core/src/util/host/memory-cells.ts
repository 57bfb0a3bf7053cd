import { parseCpuList } from './cpu-list.js';
import type { HostReader } from './host-reader.js';

const NODES = '/sys/devices/system/node';
const HUGE_PAGES = '/sys/kernel/mm/hugepages';

/** Pages of one size of a cell; sizes are KiB. */
export interface PagePool {
  readonly size: number;
  readonly total: number;
  readonly free: number;
}

/** A NUMA node; a host without them is one cell. Memory is in KiB. */
export interface MemoryCell {
  readonly id: number;
  readonly total: number;
  readonly free: number;
  readonly cpus: readonly number[];
  /** By the order of the cells; empty if the host does not tell. */
  readonly distances: readonly number[];
  /** The system's own page size first. Memory set aside for huge pages is no part of it. */
  readonly pages: readonly PagePool[];
}

/** virNuma: the host's memory by cells. */
export async function readMemoryCells(reader: HostReader, pageSize = 4): Promise<MemoryCell[]> {
  const ids = await reader.numbered(NODES, 'node');
  if (ids.length > 0) return Promise.all(ids.map((id) => readCell(reader, id, pageSize)));
  const [memory, online] = await Promise.all([readMeminfo(reader), reader.text('/sys/devices/system/cpu/online')]);
  const cell = { id: 0, cpus: parseCpuList(online ?? '0'), distances: [] };
  return [withPages(cell, memory, await readHugePages(reader, HUGE_PAGES), pageSize)];
}

async function readCell(reader: HostReader, id: number, pageSize: number): Promise<MemoryCell> {
  const folder = `${NODES}/node${id}`;
  const [memory, cpus, distance, huge] = await Promise.all([
    readMeminfo(reader, `${folder}/meminfo`),
    reader.text(`${folder}/cpulist`),
    reader.text(`${folder}/distance`),
    readHugePages(reader, `${folder}/hugepages`),
  ]);
  const distances = distance === undefined || distance === '' ? [] : distance.split(/\s+/).map(Number);
  return withPages({ id, cpus: parseCpuList(cpus ?? ''), distances }, memory, huge, pageSize);
}

function withPages(
  cell: Pick<MemoryCell, 'id' | 'cpus' | 'distances'>,
  memory: ReadonlyMap<string, number>,
  huge: readonly PagePool[],
  pageSize: number,
): MemoryCell {
  const total = memory.get('MemTotal') ?? 0;
  const free = memory.get('MemFree') ?? 0;
  const aside = huge.reduce((sum, pool) => sum + pool.size * pool.total, 0);
  const small = { size: pageSize, total: Math.floor((total - aside) / pageSize), free: Math.floor(free / pageSize) };
  return { ...cell, total, free, pages: [small, ...huge] };
}

async function readHugePages(reader: HostReader, folder: string): Promise<PagePool[]> {
  const sizes = (await reader.names(folder)).flatMap((name) => /^hugepages-(\d+)kB$/.exec(name)?.[1] ?? []).map(Number);
  sizes.sort((a, b) => a - b);
  return Promise.all(
    sizes.map(async (size) => {
      const [total, free] = await Promise.all([
        reader.number(`${folder}/hugepages-${size}kB/nr_hugepages`),
        reader.number(`${folder}/hugepages-${size}kB/free_hugepages`),
      ]);
      return { size, total: total ?? 0, free: free ?? 0 };
    }),
  );
}

/** Where the number of huge pages of a size is set; of the whole host where there is but one cell. */
export function hugePagesFile(cell: number, size: number, cells: number): string {
  const folder = cells > 1 ? `${NODES}/node${cell}/hugepages` : HUGE_PAGES;
  return `${folder}/hugepages-${size}kB/nr_hugepages`;
}

/** The amounts of /proc/meminfo or of a node's, in KiB by name. */
export async function readMeminfo(reader: HostReader, path = '/proc/meminfo'): Promise<ReadonlyMap<string, number>> {
  const amounts = new Map<string, number>();
  for (const line of ((await reader.text(path)) ?? '').split('\n')) {
    const match = /^(?:Node \d+ )?(\w+):\s+(\d+)/.exec(line);
    if (match !== null) amounts.set(match[1]!, Number(match[2]));
  }
  return amounts;
}
