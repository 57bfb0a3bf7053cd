import type { Domain } from '@virtkit/core';
import { type TypedParam, type TypedParams, TypedParameterType } from '@virtkit/core/util';
import type { Call } from '../call.js';
import { commands, type CommandSpec, type OptionTable } from '../command.js';
import { IMPACT } from '../impact.js';
import { said, textOf, type Output } from '../output/output.js';
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

export const PARAMETERS = [
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
];
