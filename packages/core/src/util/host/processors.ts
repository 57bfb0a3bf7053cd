import { parseCpuList } from './cpu-list.js';
import type { HostReader } from './host-reader.js';

const CPUS = '/sys/devices/system/cpu';

/** One processor that runs. */
export interface HostProcessor {
  readonly id: number;
  readonly socket: number;
  readonly die: number;
  readonly core: number;
  /** The processors that share its core, itself included. */
  readonly siblings: readonly number[];
}

export interface HostProcessors {
  readonly present: readonly number[];
  /** Those online, ascending. */
  readonly online: readonly HostProcessor[];
}

/** virHostCPU: which processors there are, and how they lie together. */
export async function readHostProcessors(reader: HostReader): Promise<HostProcessors> {
  const [presentText, onlineText] = await Promise.all([reader.text(`${CPUS}/present`), reader.text(`${CPUS}/online`)]);
  const present = presentText === undefined ? await reader.numbered(CPUS, 'cpu') : parseCpuList(presentText);
  const online = onlineText === undefined ? present : parseCpuList(onlineText);
  return { present, online: await Promise.all(online.map((id) => readProcessor(reader, id))) };
}

async function readProcessor(reader: HostReader, id: number): Promise<HostProcessor> {
  const folder = `${CPUS}/cpu${id}/topology`;
  const [socket, die, core, siblings] = await Promise.all([
    reader.number(`${folder}/physical_package_id`),
    reader.number(`${folder}/die_id`),
    reader.number(`${folder}/core_id`),
    reader.text(`${folder}/thread_siblings_list`),
  ]);
  // Some architectures tell -1 for want of a number.
  const known = (value: number | undefined, fallback: number) => (value === undefined || value < 0 ? fallback : value);
  return {
    id,
    socket: known(socket, 0),
    die: known(die, 0),
    core: known(core, id),
    siblings: siblings === undefined ? [id] : parseCpuList(siblings),
  };
}

/** The fields of the first processor in /proc/cpuinfo, by their names there. */
export async function readCpuinfo(reader: HostReader): Promise<ReadonlyMap<string, string>> {
  const fields = new Map<string, string>();
  for (const line of ((await reader.text('/proc/cpuinfo')) ?? '').split('\n')) {
    const colon = line.indexOf(':');
    if (colon < 0) {
      if (fields.has('processor')) break;
      continue;
    }
    const name = line.slice(0, colon).trim();
    if (!fields.has(name)) fields.set(name, line.slice(colon + 1).trim());
  }
  return fields;
}

/** virHostCPUGetInfo's numbers; sockets are those of one NUMA node, cores those of one socket. */
export interface ProcessorCounts {
  readonly nodes: number;
  readonly sockets: number;
  readonly cores: number;
  readonly threads: number;
}

/** Counts by node; hosts that are not as regular as the four numbers say count as one socket of many cores. */
export function countProcessors(
  { present, online }: HostProcessors,
  nodes: readonly { readonly cpus: readonly number[] }[],
): ProcessorCounts {
  const groups = nodes.filter(({ cpus }) => cpus.length > 0).map(({ cpus }) => new Set(cpus));
  const parts = groups.length === 0 ? [online] : groups.map((group) => online.filter(({ id }) => group.has(id)));
  let sockets = 1;
  let cores = 1;
  let threads = 1;
  for (const part of parts) {
    const bySocket = groupBy(part, (cpu) => cpu.socket);
    sockets = Math.max(sockets, bySocket.size);
    for (const cpus of bySocket.values()) {
      cores = Math.max(cores, new Set(cpus.map(({ die, core }) => `${die}:${core}`)).size);
    }
    for (const { siblings } of part) threads = Math.max(threads, siblings.length);
  }
  const count = Math.max(1, nodes.length);
  const regular = count * sockets * cores * threads === present.length;
  return regular
    ? { nodes: count, sockets, cores, threads }
    : { nodes: 1, sockets: 1, cores: present.length, threads: 1 };
}

function groupBy<T, K>(items: readonly T[], key: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group === undefined) groups.set(key(item), [item]);
    else group.push(item);
  }
  return groups;
}
