import { parseCpuList } from './cpu-list.js';
import type { HostReader } from './host-reader.js';

/** A cache that processors share. */
export interface CacheBank {
  readonly id: number;
  readonly level: number;
  readonly type: 'both' | 'code' | 'data';
  /** In KiB. */
  readonly size: number;
  readonly cpus: readonly number[];
}

const TYPES = { Unified: 'both', Instruction: 'code', Data: 'data' } as const;

/** virCapabilitiesInitCaches: the caches of level 3 and beyond, each once. */
export async function readCacheBanks(reader: HostReader, cpus: readonly number[]): Promise<CacheBank[]> {
  const found = await Promise.all(
    cpus.map(async (cpu) => {
      const folder = `/sys/devices/system/cpu/cpu${cpu}/cache`;
      const indices = await reader.numbered(folder, 'index');
      return Promise.all(indices.map((index) => readBank(reader, `${folder}/index${index}`)));
    }),
  );
  const banks = new Map<string, CacheBank>();
  for (const bank of found.flat()) {
    if (bank !== undefined && bank.level >= 3) banks.set(`${bank.level}:${bank.type}:${bank.id}`, bank);
  }
  return [...banks.values()].sort((a, b) => a.level - b.level || a.type.localeCompare(b.type) || a.id - b.id);
}

async function readBank(reader: HostReader, folder: string): Promise<CacheBank | undefined> {
  const [id, level, type, size, shared] = await Promise.all([
    reader.number(`${folder}/id`),
    reader.number(`${folder}/level`),
    reader.text(`${folder}/type`),
    reader.text(`${folder}/size`),
    reader.text(`${folder}/shared_cpu_list`),
  ]);
  const kind = TYPES[type as keyof typeof TYPES];
  if (level === undefined || kind === undefined || shared === undefined) return undefined;
  return { id: id ?? 0, level, type: kind, size: kib(size), cpus: parseCpuList(shared) };
}

function kib(text: string | undefined): number {
  const match = /^(\d+)([KMG]?)$/.exec(text ?? '');
  if (match === null) return 0;
  return Number(match[1]) * ({ K: 1, M: 1024, G: 1024 * 1024 }[match[2] as 'K' | 'M' | 'G'] ?? 1 / 1024);
}
