import type { Domain } from '@virtkit/core';
import {
  DomainMemoryModFlags,
  DomainVcpuFlags,
  type TypedParam,
  type TypedParams,
  TypedParameterType,
} from '@virtkit/core/util';
import type { Call } from '../call.js';
import { hostCpus } from '../host-cpus.js';
import { commands, type CommandSpec, type OptionTable } from '../command.js';
import { IMPACT } from '../impact.js';
import { cpuRanges, parseCpuList } from '../output/cpu-map.js';
import { listed, said, textOf, type Output } from '../output/output.js';
import { parseSize } from '../output/units.js';
import { UsageError } from '../output/usage-error.js';
import { paramsJson, withValue } from '../params.js';

const tuning = commands('Domain tuning');
/** VIR_DOMAIN_MEMORY_PARAM_UNLIMITED */
const UNLIMITED = 9_007_199_254_740_991n;

/** A command that shows typed parameters, or changes those that are given as options. */
function parameters(
  name: string,
  summary: string,
  options: OptionTable,
  details: {
    readonly args?: string;
    readonly width?: number;
    get(domain: Domain, flags: number, call: Call): Promise<TypedParams>;
    set(domain: Domain, params: TypedParams, flags: number, call: Call): Promise<void>;
    /** Field of an option; default the name with underscores. */
    field?(option: string): string;
    type?(field: string): TypedParam['type'];
    parse?(field: string, text: string): string;
    show?(param: TypedParam): string;
  },
): CommandSpec {
  const {
    args = '<domain>',
    width = 15,
    field = (option) => option.replaceAll('-', '_'),
    show = ({ value }) => textOf(value),
  } = details;
  return tuning(name, summary, { args, options: { ...IMPACT, ...options } }, async (call): Promise<Output> => {
    const domain = await call.domain();
    const given = Object.keys(options)
      .map((usage) => usage.replace(/^--/, '').split(' ')[0]!)
      .filter((option) => call.has(option));
    const known = given.length > 0 ? await details.get(domain, call.flags, call).catch((): TypedParams => []) : [];
    if (given.length > 0) {
      const params = given.map((option) => {
        const name_ = field(option);
        const type =
          known.find((param) => param.field === name_)?.type ?? details.type?.(name_) ?? TypedParameterType.ULLONG;
        const text = details.parse?.(name_, call.option(option)!) ?? call.option(option)!;
        return withValue({ field: name_, type, value: '' } as TypedParam, text);
      });
      await call.attempt(
        `change ${name} parameters of domain '${domain.name}'`,
        details.set(domain, params, call.flags, call),
      );
      return said('', { domain: domain.name, ...paramsJson(params) });
    }
    const params = await call.attempt(
      `get ${name} parameters of domain '${domain.name}'`,
      details.get(domain, call.flags, call),
    );
    return {
      json: paramsJson(params),
      text: () => params.map((param) => `${param.field.padEnd(width)}: ${show(param)}\n`).join(''),
    };
  });
}

const kib = (call: Call, name: string): bigint => parseSize(call.arg(name), `<${name}>`, 1024n) / 1024n;

export const TUNING = [
  tuning(
    'setmem',
    'Change how much memory a domain has',
    { args: '<domain> <size>', options: IMPACT },
    async (call) => {
      const domain = await call.domain();
      const size = kib(call, 'size');
      await call.attempt(
        `change memory of domain '${domain.name}'`,
        call.flags === 0 ? domain.setMemory(size) : domain.setMemoryFlags(size, call.flags),
      );
      return said('', { domain: domain.name, memory: size });
    },
  ),
  tuning(
    'setmaxmem',
    'Change how much memory a domain can have',
    { args: '<domain> <size>', options: IMPACT },
    async (call) => {
      const domain = await call.domain();
      const size = kib(call, 'size');
      const work =
        call.flags === 0
          ? domain.setMaxMemory(size)
          : domain.setMemoryFlags(size, call.flags | DomainMemoryModFlags.MAXIMUM);
      await call.attempt('change MaxMemorySize', work);
      return said('', { domain: domain.name, maxMemory: size });
    },
  ),
  tuning(
    'setvcpus',
    'Change how many virtual processors a domain has',
    {
      args: '<domain> <count>',
      options: {
        ...IMPACT,
        '--maximum': [DomainVcpuFlags.MAXIMUM, 'the most that it can have'],
        '--guest': [DomainVcpuFlags.GUEST, 'by the guest agent'],
        '--hotpluggable': [DomainVcpuFlags.HOTPLUGGABLE, 'so that they can be taken away again'],
      },
    },
    async (call) => {
      const domain = await call.domain();
      const count = call.integerArg('count');
      if (count <= 0) throw new UsageError(`Invalid value of 'count': a domain has at least one virtual processor`);
      await call.attempt(
        `change virtual processors of domain '${domain.name}'`,
        call.flags === 0 ? domain.setVcpus(count) : domain.setVcpusFlags(count, call.flags),
      );
      return said('', { domain: domain.name, vcpus: count });
    },
  ),
  tuning(
    'setvcpu',
    'Switch single virtual processors on or off',
    { args: '<domain> <vcpulist>', options: { ...IMPACT, '--enable': 'on', '--disable': 'off' } },
    async (call) => {
      const domain = await call.domain();
      if (call.has('enable') === call.has('disable')) throw new UsageError('give one of --enable and --disable');
      await domain.setVcpu(call.arg('vcpulist'), call.has('enable') ? 1 : 0, call.flags);
      return said('', { domain: domain.name });
    },
  ),
  tuning(
    'vcpupin',
    'Show or change on which CPUs virtual processors run',
    { args: '<domain> [vcpu] [cpulist]', options: IMPACT },
    async (call) => {
      const domain = await call.domain();
      const vcpu = call.optionalArg('vcpu') === undefined ? undefined : call.integerArg('vcpu');
      const list = call.optionalArg('cpulist');
      if (vcpu !== undefined && list !== undefined) {
        const { ncpus } = await domain.connect.nodeGetCPUMap();
        const map = parseCpuList(list, ncpus);
        await call.attempt(
          'change vCPU pinning',
          call.flags === 0 ? domain.pinVcpu(vcpu, map) : domain.pinVcpuFlags(vcpu, map, call.flags),
        );
        return said('', { domain: domain.name, vcpu, cpus: cpuRanges(map) });
      }
      const cpus = await hostCpus(domain);
      const maps = await domain.getVcpuPinInfo(call.flags);
      const rows = maps
        .map((map, i) => ({ vcpu: i, cpus: cpuRanges(map, cpus) }))
        .filter((row) => vcpu === undefined || row.vcpu === vcpu);
      return listed(rows, [
        { title: 'VCPU', key: 'vcpu', value: (row) => row.vcpu },
        { title: 'CPU Affinity', key: 'cpus', value: (row) => row.cpus },
      ]);
    },
  ),
  tuning(
    'emulatorpin',
    'Show or change on which CPUs the emulator runs',
    { args: '<domain> [cpulist]', options: IMPACT },
    async (call) => {
      const domain = await call.domain();
      const list = call.optionalArg('cpulist');
      if (list !== undefined) {
        const map = parseCpuList(list, (await domain.connect.nodeGetCPUMap()).ncpus);
        await call.attempt('change emulator pinning', domain.pinEmulator(map, call.flags));
        return said('', { domain: domain.name, cpus: cpuRanges(map) });
      }
      const cpus = cpuRanges(await domain.getEmulatorPinInfo(call.flags), await hostCpus(domain));
      return { json: { cpus }, text: () => `emulator: CPU Affinity\n${'-'.repeat(34)}\n       *: ${cpus}\n` };
    },
  ),
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
  parameters(
    'memtune',
    'Show or change memory limits (KiB; -1 means unlimited)',
    {
      '--hard-limit <size>': 'limit',
      '--soft-limit <size>': 'limit when memory is scarce',
      '--swap-hard-limit <size>': 'limit with swap',
      '--min-guarantee <size>': 'guaranteed memory',
    },
    {
      get: (domain, flags) => domain.getMemoryParameters(flags),
      set: (domain, params, flags) => domain.setMemoryParameters(params, flags),
      field: (option) => (option === 'swap-hard-limit' ? 'swap_hard_limit' : option.replaceAll('-', '_')),
      parse: (_, text) => (text.startsWith('-') ? String(UNLIMITED) : String(parseSize(text, 'limit', 1024n) / 1024n)),
      show: ({ value }) => (value === UNLIMITED ? 'unlimited' : textOf(value)),
    },
  ),
  parameters(
    'blkiotune',
    'Show or change the weights of disk access',
    {
      '--weight <number>': 'weight of the domain',
      '--device-weights <list>': 'of devices: /dev/x,500,…',
      '--device-read-iops-sec <list>': 'reads per second',
      '--device-write-iops-sec <list>': 'writes per second',
      '--device-read-bytes-sec <list>': 'bytes read per second',
      '--device-write-bytes-sec <list>': 'bytes written per second',
    },
    {
      get: (domain, flags) => domain.getBlkioParameters(flags),
      set: (domain, params, flags) => domain.setBlkioParameters(params, flags),
      field: (option) => (option === 'device-weights' ? 'device_weight' : option.replaceAll('-', '_')),
      type: (field) => (field === 'weight' ? TypedParameterType.UINT : TypedParameterType.STRING),
    },
  ),
  parameters(
    'numatune',
    'Show or change on which NUMA nodes memory lies',
    { '--mode <mode>': '0 strict, 1 preferred, 2 interleave, 3 restrictive', '--nodeset <list>': 'nodes' },
    {
      get: (domain, flags) => domain.getNumaParameters(flags),
      set: (domain, params, flags) => domain.setNumaParameters(params, flags),
      field: (option) => `numa_${option}`,
      type: (field) => (field === 'numa_mode' ? TypedParameterType.INT : TypedParameterType.STRING),
      parse: (field, text) =>
        field === 'numa_mode'
          ? ({ strict: '0', preferred: '1', interleave: '2', restrictive: '3' }[text] ?? text)
          : text,
      show: ({ field, value }) =>
        field === 'numa_mode'
          ? (['strict', 'preferred', 'interleave', 'restrictive'][Number(value)] ?? String(value))
          : textOf(value),
    },
  ),
  tuning(
    'schedinfo',
    'Show or change how a domain is scheduled',
    { args: '<domain> [set...]', options: { ...IMPACT, '--weight <number>': 'weight', '--cap <number>': 'cap' } },
    async (call) => {
      const domain = await call.domain();
      const type = await domain.getSchedulerType();
      const get = () =>
        call.flags === 0 ? domain.getSchedulerParameters() : domain.getSchedulerParametersFlags(call.flags);
      const wanted = new Map<string, string>();
      for (const text of call.rest('set')) {
        const at = text.indexOf('=');
        if (at < 1) throw new UsageError(`Invalid syntax for <set>: '${text}': write parameter=value`);
        wanted.set(text.slice(0, at), text.slice(at + 1));
      }
      for (const option of ['weight', 'cap']) if (call.has(option)) wanted.set(option, call.option(option)!);
      if (wanted.size > 0) {
        const known = await get();
        const params = [...wanted].map(([field, text]) => {
          const param = known.find((one) => one.field === field);
          if (param === undefined)
            throw new UsageError(
              `invalid scheduler option: ${field}: it is one of ${known.map((one) => one.field).join(', ')}`,
            );
          return withValue(param, text);
        });
        await call.attempt(
          'change scheduler parameters',
          call.flags === 0
            ? domain.setSchedulerParameters(params)
            : domain.setSchedulerParametersFlags(params, call.flags),
        );
      }
      const params = await get();
      return {
        json: { scheduler: type, ...paramsJson(params) },
        text: () =>
          `${'Scheduler'.padEnd(15)}: ${type}\n${params.map(({ field, value }) => `${field.padEnd(15)}: ${textOf(value)}\n`).join('')}`,
      };
    },
  ),
  parameters(
    'domiftune',
    'Show or change the rates of a network interface',
    {
      '--inbound <rates>': 'average[,peak[,burst[,floor]]] in KiB/s',
      '--outbound <rates>': 'average[,peak[,burst]] in KiB/s',
    },
    {
      args: '<domain> <interface>',
      get: (domain, flags, call) => domain.getInterfaceParameters(call.arg('interface'), flags),
      set: (domain, params, flags, call) =>
        domain.setInterfaceParameters(
          call.arg('interface'),
          params.flatMap(({ field, value }) =>
            String(value)
              .split(',')
              .map((text, i): TypedParam =>
                withValue(
                  {
                    field: `${field}.${['average', 'peak', 'burst', 'floor'][i]}`,
                    type: TypedParameterType.UINT,
                    value: 0,
                  },
                  text,
                ),
              ),
          ),
          flags,
        ),
      type: () => TypedParameterType.STRING,
    },
  ),
  parameters(
    'blkdeviotune',
    'Show or change the rates of a disk',
    Object.fromEntries(
      ['total', 'read', 'write'].flatMap((what) =>
        ['bytes', 'iops'].flatMap((unit) => [
          [`--${what}-${unit}-sec <number>`, `${unit} a second, ${what}`],
          [`--${what}-${unit}-sec-max <number>`, `at most ${unit} a second, ${what}`],
          [`--${what}-${unit}-sec-max-length <seconds>`, 'for how long'],
        ]),
      ),
    ),
    {
      args: '<domain> <device>',
      get: (domain, flags, call) => domain.getBlockIoTune(call.arg('device'), flags),
      set: (domain, params, flags, call) => domain.setBlockIoTune(call.arg('device'), params, flags),
      parse: (_, text) => String(parseSize(text, 'rate')),
    },
  ),
  tuning(
    'perf',
    'Show or change which performance counters run',
    {
      args: '<domain>',
      options: { ...IMPACT, '--enable <names>': 'names, with commas', '--disable <names>': 'names, with commas' },
    },
    async (call) => {
      const domain = await call.domain();
      const params = (['enable', 'disable'] as const).flatMap((option) =>
        (call.option(option) ?? '')
          .split(',')
          .filter((name) => name !== '')
          .map((field): TypedParam => ({ field, type: TypedParameterType.BOOLEAN, value: option === 'enable' })),
      );
      if (params.length > 0) {
        await call.attempt('enable/disable perf events', domain.setPerfEvents(params, call.flags));
        return said('', paramsJson(params));
      }
      const events = await domain.getPerfEvents(call.flags);
      return {
        json: paramsJson(events),
        text: () =>
          events
            .map(({ field, value }) => `${field.padEnd(15)}: ${value === true ? 'enabled' : 'disabled'}\n`)
            .join(''),
      };
    },
  ),
  tuning(
    'set-lifecycle-action',
    'Change what happens at power off, reboot or crash',
    { args: '<domain> <type> <action>', options: IMPACT },
    async (call) => {
      const domain = await call.domain();
      const types = ['poweroff', 'reboot', 'crash'];
      const actions = ['destroy', 'restart', 'rename-restart', 'preserve', 'coredump-destroy', 'coredump-restart'];
      const [type, action] = [types.indexOf(call.arg('type')), actions.indexOf(call.arg('action'))];
      if (type < 0)
        throw new UsageError(`Invalid lifecycle type '${call.arg('type')}': it is one of ${types.join(', ')}`);
      if (action < 0)
        throw new UsageError(`Invalid lifecycle action '${call.arg('action')}': it is one of ${actions.join(', ')}`);
      await call.attempt('change lifecycle action', domain.setLifecycleAction(type, action, call.flags));
      return said('', { domain: domain.name });
    },
  ),
  tuning(
    'cpu-stats',
    'Show the CPU time of a domain, by CPU of the host',
    { args: '<domain>', options: { '--total': 'the sum alone' } },
    async (call) => {
      const domain = await call.domain();
      const seconds = (value: unknown): string => `${(Number(value) / 1e9).toFixed(9).padStart(18)} seconds`;
      const [total = []] = await domain.getCPUStats(-1, 1);
      const count = call.has('total') ? 0 : (await domain.connect.nodeGetCPUMap()).ncpus;
      const each: TypedParams[] = [];
      // libvirt answers for at most 128 CPUs in one call.
      for (let from = 0; from < count; from += 128)
        each.push(...(await domain.getCPUStats(from, Math.min(128, count - from))));
      const lines = (params: TypedParams): string =>
        params.map(({ field, value }) => `\t${field.padEnd(12)} ${seconds(value)}\n`).join('');
      return {
        json: { total: paramsJson(total), cpus: each.map(paramsJson) },
        text: () => `${each.map((params, i) => `CPU${i}:\n${lines(params)}`).join('')}Total:\n${lines(total)}`,
      };
    },
  ),
  tuning(
    'guestvcpus',
    'Show or change which CPUs the guest uses',
    { args: '<domain> [cpulist]', options: { '--enable': 'on', '--disable': 'off' } },
    async (call) => {
      const domain = await call.domain();
      const list = call.optionalArg('cpulist');
      if (list !== undefined) {
        if (call.has('enable') === call.has('disable')) throw new UsageError('give one of --enable and --disable');
        await domain.setGuestVcpus(list, call.has('enable') ? 1 : 0);
        return said('', { domain: domain.name });
      }
      const params = await domain.getGuestVcpus();
      return {
        json: paramsJson(params),
        text: () => params.map(({ field, value }) => `${field.padEnd(15)}: ${textOf(value)}\n`).join(''),
      };
    },
  ),
];
