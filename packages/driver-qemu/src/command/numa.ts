import type { DomainDef } from '@virtkit/core/conf';
import type { ArgList } from './arg-list.js';
import type { CommandContext } from './context.js';
import { hasHmat } from './machine.js';
import { addBackend, addMemoryPath, checkNumatune, memoryBackend, sharesOnePiece } from './memory.js';

/** qemuBuildNumaCommandLine: the guest's NUMA cells, their memory, distances, and what is fast from where. */
export function addNuma(args: ArgList, def: DomainDef, context: CommandContext): void {
  const cells = def.cpu?.numa?.cell ?? [];
  if (cells.length === 0) return;
  checkNumatune(def, context);
  const { caps } = args;
  const perCell = cells.map((cell, index) => {
    const request = {
      id: `ram-node${index}`,
      size: cell.memory,
      nodeId: index,
    };
    return { cell, request };
  });
  const objects = !sharesOnePiece(def, caps);
  const hmat = hasHmat(def);
  if (!objects) addMemoryPath(args, def, context);
  for (const [index, { cell, request }] of perCell.entries()) {
    if (objects) {
      const backend = memoryBackend(def, caps, context, { ...request, force: true });
      if (backend !== undefined) addBackend(args, backend);
    }
    const words = ['node', `nodeid=${index}`];
    for (const range of rangesOf(cell.cpus)) words.push(`cpus=${range}`);
    const initiator = hmat ? initiatorOf(def, index) : undefined;
    if (initiator !== undefined) words.push(`initiator=${initiator}`);
    words.push(objects ? `memdev=ram-node${index}` : `mem=${Math.floor(cell.memory / 1024)}`);
    args.add('-numa', words.join(','));
  }
  addDistances(args, def);
  if (hmat) addHmat(args, def);
}

function rangesOf(cpus: string | undefined): string[] {
  return cpus === undefined || cpus === '' ? [] : cpus.split(',');
}

/** The cell itself if it has vCPUs, else the one that reaches its memory best. */
function initiatorOf(def: DomainDef, index: number): number | undefined {
  const cells = def.cpu?.numa?.cell ?? [];
  if ((cells[index]?.cpus ?? '') !== '') return index;
  const { latency = [], bandwidth = [] } = def.cpu?.numa?.interconnects ?? {};
  const reach = (
    list: readonly { initiator: number; target: number; value: number; type: string }[],
    better: (a: number, b: number) => boolean,
  ): number | undefined => {
    let best: { initiator: number; value: number } | undefined;
    for (const one of list)
      if (one.target === index && (best === undefined || better(one.value, best.value))) best = one;
    return best?.initiator;
  };
  const byLatency = reach(latency as never, (a, b) => a < b);
  const byBandwidth = reach(bandwidth as never, (a, b) => a > b);
  if (byLatency !== undefined || byBandwidth !== undefined) return byLatency ?? byBandwidth;
  const withCpus = cells.findIndex(({ cpus }) => (cpus ?? '') !== '');
  return withCpus < 0 ? undefined : withCpus;
}

function addDistances(args: ArgList, def: DomainDef): void {
  const cells = def.cpu?.numa?.cell ?? [];
  const given = cells.some(({ distances }) => distances !== undefined);
  if (!given) return;
  const of = (from: number, to: number): number | undefined =>
    cells[from]?.distances?.sibling.find(({ id }) => id === to)?.value;
  for (let from = 0; from < cells.length; from++)
    for (let to = 0; to < cells.length; to++) {
      const value = of(from, to) ?? of(to, from) ?? (from === to ? 10 : 20);
      args.add('-numa', `dist,src=${from},dst=${to},val=${value}`);
    }
}

const HIERARCHY = ['memory', 'first-level', 'second-level', 'third-level'] as const;
const UNIT_LETTER: Readonly<Record<string, string>> = { B: 'B', KiB: 'K', MiB: 'M', GiB: 'G', bytes: '' };

interface Interconnect {
  initiator: number;
  target: number;
  cache?: number;
  type: 'access' | 'read' | 'write';
  value: number;
  unit?: string;
}

function addHmat(args: ArgList, def: DomainDef): void {
  const numa = def.cpu?.numa;
  const { latency = [], bandwidth = [] } = numa?.interconnects ?? {};
  const line = (one: Interconnect, kind: 'latency' | 'bandwidth'): void => {
    const head = `hmat-lb,initiator=${one.initiator},target=${one.target},hierarchy=${HIERARCHY[one.cache ?? 0] ?? 'memory'},data-type=${one.type}-${kind}`;
    args.add('-numa', `${head},${kind === 'latency' ? `latency=${one.value}` : `bandwidth=${one.value}K`}`);
  };
  for (const one of latency as unknown as Interconnect[]) line(one, 'latency');
  for (const one of bandwidth as unknown as Interconnect[]) line(one, 'bandwidth');
  for (const [index, cell] of (numa?.cell ?? []).entries())
    for (const cache of cell.cache ?? []) {
      const policy =
        cache.policy === 'writeback' ? 'write-back' : cache.policy === 'writethrough' ? 'write-through' : 'none';
      const associativity = cache.associativity === 'full' ? 'complex' : cache.associativity;
      const size = `${cache.size.value}${UNIT_LETTER[cache.size.unit] ?? ''}`;
      args.add(
        '-numa',
        `hmat-cache,node-id=${index},size=${size},level=${cache.level},associativity=${associativity},policy=${policy},line=${cache.line.value}`,
      );
    }
}
