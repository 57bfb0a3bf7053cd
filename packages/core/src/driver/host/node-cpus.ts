import {
  countProcessors,
  cpuBitmap,
  type HostReader,
  readCpuinfo,
  readHostProcessors,
  readMemoryCells,
} from '../../util/index.js';
import type { NodeCPUMap, NodeCPUStats, NodeInfo } from '../gen/index.js';
import type { CallContext } from '../call.js';
import { invalidArgument, refuseFlags } from './node-errors.js';

/** virCapabilitiesGetNodeInfo */
export async function readNodeInfo(reader: HostReader, arch: string): Promise<NodeInfo> {
  const [processors, cells, cpuinfo] = await Promise.all([
    readHostProcessors(reader),
    readMemoryCells(reader),
    readCpuinfo(reader),
  ]);
  const mhz = parseInt(cpuinfo.get('cpu MHz') ?? cpuinfo.get('clock') ?? cpuinfo.get('BogoMIPS') ?? '0', 10);
  const memory = cells.reduce((sum, cell) => sum + cell.total, 0);
  const counts = countProcessors(processors, cells);
  return { model: arch, memory: BigInt(memory), cpus: processors.online.length, mhz: mhz || 0, ...counts };
}

/** virHostCPUGetMap */
export async function readCpuMap(reader: HostReader, flags: number): Promise<NodeCPUMap> {
  refuseFlags(flags, 'nodeGetCPUMap');
  const { present, online } = await readHostProcessors(reader);
  const ncpus = (present.at(-1) ?? -1) + 1;
  const ids = online.map(({ id }) => id);
  return { ncpus, cpumap: cpuBitmap(ids, ncpus), online: ids.length };
}

/** /proc/stat counts in hundredths of a second, on every architecture. */
const TICK = 10_000_000n;

/** virHostCPUGetStats: nanoseconds since the start, of one processor or (-1) of all. */
export async function readCpuStats(
  reader: HostReader,
  cpu: number,
  flags: number,
  { counting }: Pick<CallContext, 'counting'> = {},
): Promise<NodeCPUStats[]> {
  refuseFlags(flags, 'nodeGetCPUStats');
  if (counting === true) return readCpuStats(reader, -1, flags);
  const name = cpu < 0 ? 'cpu' : `cpu${cpu}`;
  const lines = ((await reader.text('/proc/stat')) ?? '').split('\n');
  const line = lines.find((text) => text.startsWith(`${name} `));
  if (line === undefined) throw invalidArgument('Invalid cpuNum in virHostCPUGetStatsLinux');
  const [user = 0n, nice = 0n, system = 0n, idle = 0n, iowait = 0n, irq = 0n, softirq = 0n] = line
    .trim()
    .split(/\s+/)
    .slice(1)
    .map(BigInt);
  return [
    { field: 'kernel', value: (system + irq + softirq) * TICK },
    { field: 'user', value: (user + nice) * TICK },
    { field: 'idle', value: idle * TICK },
    { field: 'iowait', value: iowait * TICK },
  ];
}
