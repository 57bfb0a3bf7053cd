import {
  ErrorCode,
  type HostReader,
  hugePagesFile,
  type MemoryCell,
  NodeAllocPagesFlags,
  type PagePool,
  readMeminfo,
  readMemoryCells,
} from '../../util/index.js';
import type { NodeMemoryStats } from '../gen/index.js';
import { invalidArgument, nodeError, refuseFlags } from './node-errors.js';

/** virHostMemGetStats: KiB of one cell or (-1) of the host. */
export async function readMemoryStats(reader: HostReader, cell: number, flags: number): Promise<NodeMemoryStats[]> {
  refuseFlags(flags, 'nodeGetMemoryStats');
  const stats = (amounts: Record<string, number | undefined>) =>
    Object.entries(amounts).flatMap(([field, value]) => (value === undefined ? [] : [{ field, value: BigInt(value) }]));
  if (cell < 0) {
    const memory = await readMeminfo(reader);
    const of = (name: string) => memory.get(name);
    return stats({ total: of('MemTotal'), free: of('MemFree'), buffers: of('Buffers'), cached: of('Cached') });
  }
  const cells = await readMemoryCells(reader);
  const found = cells.find(({ id }) => id === cell);
  if (found !== undefined) return stats({ total: found.total, free: found.free });
  throw invalidArgument(`cellNum in virHostMemGetStats must be less than or equal to ${cells.at(-1)?.id ?? 0}`);
}

/** virHostMemGetFree: bytes. */
export async function readFreeMemory(reader: HostReader): Promise<bigint> {
  const cells = await readMemoryCells(reader);
  return cells.reduce((sum, { free }) => sum + BigInt(free) * 1024n, 0n);
}

/** virHostMemGetCellsFree: bytes by cell. */
export async function readCellsFreeMemory(reader: HostReader, start: number, count: number): Promise<bigint[]> {
  const cells = cellsFrom(await readMemoryCells(reader), start, count);
  return cells.map(({ free }) => BigInt(free) * 1024n);
}

/** virHostMemGetFreePages: by cell, and in it by size. */
export async function readFreePages(
  reader: HostReader,
  sizes: readonly number[],
  start: number,
  count: number,
): Promise<bigint[]> {
  const cells = cellsFrom(await readMemoryCells(reader), start, count);
  return cells.flatMap((cell) => sizes.map((size) => BigInt(poolOf(cell, size).free)));
}

/** virHostMemAllocPages: grows (or with SET sets) pools of huge pages; how many pools were changed. */
export async function allocatePages(
  reader: HostReader,
  sizes: readonly number[],
  counts: readonly bigint[],
  start: number,
  cellCount: number,
  flags: number,
): Promise<number> {
  const all = await readMemoryCells(reader);
  const set = (flags & NodeAllocPagesFlags.SET) !== 0;
  let changed = 0;
  // Without a cell it is the kernel that spreads the pages.
  const anywhere = start === -1;
  for (const cell of anywhere ? all.slice(0, 1) : cellsFrom(all, start, cellCount)) {
    for (const [i, size] of sizes.entries()) {
      const pool = poolOf(cell, size);
      if (pool === cell.pages[0])
        throw nodeError(ErrorCode.OPERATION_UNSUPPORTED, "system pages pool can't be modified");
      const there = anywhere ? all.reduce((sum, one) => sum + poolOf(one, size).total, 0) : pool.total;
      const wanted = (counts[i] ?? 0n) + (set ? 0n : BigInt(there));
      const file = hugePagesFile(cell.id, size, anywhere ? 1 : all.length);
      await reader.write(file, String(wanted));
      const got = (await reader.number(file)) ?? 0;
      if (BigInt(got) < wanted) {
        throw nodeError(
          ErrorCode.OPERATION_FAILED,
          `Unable to allocate ${wanted} pages of ${size} KiB on node ${cell.id}: the kernel found memory for ${got}`,
        );
      }
      changed++;
    }
  }
  return changed;
}

function cellsFrom(cells: readonly MemoryCell[], start: number, count: number): MemoryCell[] {
  const last = cells.at(-1)?.id ?? 0;
  if (start < 0 || start > last) {
    throw nodeError(ErrorCode.INTERNAL_ERROR, `start cell ${start} out of range (0-${last})`);
  }
  return cells.filter(({ id }) => id >= start && id < start + count);
}

function poolOf(cell: MemoryCell, size: number): PagePool {
  const pool = cell.pages.find((candidate) => candidate.size === size);
  if (pool !== undefined) return pool;
  const sizes = cell.pages.map((candidate) => candidate.size).join(', ');
  throw nodeError(
    ErrorCode.OPERATION_FAILED,
    `page size ${size} is not available on node ${cell.id}: it has pages of ${sizes} KiB`,
  );
}
