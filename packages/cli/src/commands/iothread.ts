import { type TypedParam, TypedParameterType } from '@virtkit/core/util';
import { hostCpus } from '../host-cpus.js';
import { commands } from '../command.js';
import { IMPACT } from '../impact.js';
import { cpuRanges, parseCpuList } from '../output/cpu-map.js';
import { listed, said } from '../output/output.js';
import { UsageError } from '../output/usage-error.js';
import { paramsJson } from '../params.js';

const tuning = commands('Domain tuning');

export const IOTHREAD = [
  tuning('iothreadinfo', 'List the I/O threads of a domain', { args: '<domain>', options: IMPACT }, async (call) => {
    const domain = await call.domain();
    const cpus = await hostCpus(domain);
    const threads = await domain.getIOThreadInfo(call.flags);
    if (threads.length === 0) return { json: [], text: () => 'No IOThreads found for the domain' };
    return listed(threads, [
      { title: 'IOThread ID', key: 'id', value: ({ iothreadId }) => iothreadId },
      { title: 'CPU Affinity', key: 'cpus', value: ({ cpumap }) => cpuRanges(cpumap, cpus) },
    ]);
  }),
  tuning(
    'iothreadpin',
    'Change on which CPUs an I/O thread runs',
    { args: '<domain> <iothread> <cpulist>', options: IMPACT },
    async (call) => {
      const domain = await call.domain();
      const map = parseCpuList(call.arg('cpulist'), (await domain.connect.nodeGetCPUMap()).ncpus);
      await domain.pinIOThread(call.integerArg('iothread'), map, call.flags);
      return said('', { domain: domain.name });
    },
  ),
  tuning('iothreadadd', 'Add an I/O thread', { args: '<domain> <id>', options: IMPACT }, async (call) => {
    const domain = await call.domain();
    await domain.addIOThread(call.integerArg('id'), call.flags);
    return said('', { domain: domain.name, iothread: call.integerArg('id') });
  }),
  tuning('iothreaddel', 'Remove an I/O thread', { args: '<domain> <id>', options: IMPACT }, async (call) => {
    const domain = await call.domain();
    await domain.delIOThread(call.integerArg('id'), call.flags);
    return said('', { domain: domain.name, iothread: call.integerArg('id') });
  }),
  tuning(
    'iothreadset',
    'Change how an I/O thread polls',
    {
      args: '<domain> <id>',
      options: {
        ...IMPACT,
        '--poll-max-ns <ns>': 'longest polling',
        '--poll-grow <factor>': 'growth',
        '--poll-shrink <divisor>': 'shrinking',
        '--thread-pool-min <number>': 'fewest workers',
        '--thread-pool-max <number>': 'most workers',
      },
    },
    async (call) => {
      const domain = await call.domain();
      const params: TypedParam[] = [];
      if (call.has('poll-max-ns'))
        params.push({
          field: 'poll_max_ns',
          type: TypedParameterType.ULLONG,
          value: BigInt(call.option('poll-max-ns')!),
        });
      for (const [option, field] of [
        ['poll-grow', 'poll_grow'],
        ['poll-shrink', 'poll_shrink'],
      ] as const)
        if (call.has(option)) params.push({ field, type: TypedParameterType.UINT, value: call.integer(option)! });
      for (const [option, field] of [
        ['thread-pool-min', 'thread_pool_min'],
        ['thread-pool-max', 'thread_pool_max'],
      ] as const)
        if (call.has(option)) params.push({ field, type: TypedParameterType.INT, value: call.integer(option)! });
      if (params.length === 0) throw new UsageError('Not enough arguments passed, nothing to set');
      await domain.setIOThreadParams(call.integerArg('id'), params, call.flags);
      return said('', { domain: domain.name, ...paramsJson(params) });
    },
  ),
];
