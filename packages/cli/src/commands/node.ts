import { NodeSuspendTarget } from '@virtkit/core/util';
import { commands } from '../command.js';
import { cpuLetters } from '../output/cpu-map.js';
import { facts, said } from '../output/output.js';
import { UsageError } from '../output/usage-error.js';

const host = commands('Host and hypervisor');

export const NODE = [
  host('nodeinfo', 'Show the basic facts of the host', {}, async (call) => {
    const info = await call.attempt('get node information', (await call.connect()).nodeGetInfo());
    return facts(
      [
        ['CPU model', 'model', info.model],
        ['CPU(s)', 'cpus', info.cpus],
        ...(info.mhz === 0 ? [] : ([['CPU frequency', 'mhz', info.mhz, `${info.mhz} MHz`]] as const)),
        ['CPU socket(s)', 'sockets', info.sockets],
        ['Core(s) per socket', 'cores', info.cores],
        ['Thread(s) per core', 'threads', info.threads],
        ['NUMA cell(s)', 'nodes', info.nodes],
        ['Memory size', 'memory', info.memory, `${info.memory} KiB`],
      ],
      21,
    );
  }),
  host(
    'nodecpumap',
    "Show which of the host's CPUs are online",
    { options: { '--pretty': 'numbers in place of letters' } },
    async (call) => {
      const { ncpus, cpumap, online } = await (await call.connect()).nodeGetCPUMap();
      return facts([
        ['CPUs present', 'present', ncpus],
        ['CPUs online', 'online', online],
        ['CPU map', 'map', cpuLetters(cpumap, ncpus)],
      ]);
    },
  ),
  host(
    'nodecpustats',
    "Show what the host's CPUs did",
    { options: { '--cpu <number>': 'one CPU', '--percent': 'the last second, in percent' } },
    async (call) => {
      const connect = await call.connect();
      const cpu = call.integer('cpu') ?? -1;
      const ask = async () => new Map((await connect.nodeGetCPUStats(cpu)).map(({ field, value }) => [field, value]));
      const first = await ask();
      if (!call.has('percent')) {
        const entries = [...first].map(
          ([field, value]) =>
            [field === 'kernel' ? 'system' : field, field, value, String(value).padStart(20)] as const,
        );
        return facts(entries, 16);
      }
      await new Promise((resolve) => setTimeout(resolve, 1000));
      const second = await ask();
      const used = [...second].map(([field, value]) => [field, Number(value - (first.get(field) ?? 0n))] as const);
      const total = used.filter(([field]) => field !== 'utilization').reduce((sum, [, value]) => sum + value, 0) || 1;
      const idle = used.find(([field]) => field === 'idle')?.[1] ?? 0;
      const rows = [['usage', total - idle] as const, ...used].map(
        ([field, value]) => [field, (value * 100) / total] as const,
      );
      return facts(
        rows.map(([field, value]) => [field, field, value, `${value.toFixed(1)}%`.padStart(10)] as const),
        15,
      );
    },
  ),
  host('nodesuspend', 'Suspend the host for a while', { args: '<target> <duration>' }, async (call) => {
    const target = (NodeSuspendTarget as Readonly<Record<string, number>>)[call.arg('target').toUpperCase()];
    if (target === undefined) throw new UsageError('Invalid target: it is mem, disk or hybrid');
    await call.attempt(
      'suspend the host',
      (await call.connect()).nodeSuspendForDuration(target, BigInt(call.integerArg('duration'))),
    );
    return said('');
  }),
  host('nodesevinfo', "Show the host's AMD SEV facts", {}, async (call) => {
    const params = await (await call.connect()).nodeGetSEVInfo();
    return facts(
      params.map(({ field, value }) => [field, field, value] as const),
      19,
    );
  }),
];
