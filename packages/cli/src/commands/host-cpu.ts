import { CPUCompareResult } from '@virtkit/core/util';
import { commands } from '../command.js';
import { lines, plain } from '../output/output.js';
import { UsageError } from '../output/usage-error.js';
import { EMULATOR, emulator } from './emulator-options.js';

const host = commands('Host and hypervisor');

/** The `<cpu>` elements of a file: alone, or in capabilities, domain and domain capabilities documents. */
function cpusOf(xml: string): string[] {
  const whole = /<cpu[\s>/]/.test(xml) ? xml : '';
  const found = [...whole.matchAll(/<cpu(?:\s[^>]*)?(?:\/>|>[\s\S]*?<\/cpu>)/g)].map(([text]) => text);
  if (found.length === 0) throw new UsageError('No host CPU specified: the file has no <cpu> element');
  return found;
}

const COMPARED: Readonly<Record<number, string>> = {
  [CPUCompareResult.INCOMPATIBLE]: 'is incompatible with host CPU',
  [CPUCompareResult.IDENTICAL]: 'is identical to host CPU',
  [CPUCompareResult.SUPERSET]: 'is a superset of CPU described in',
};

function compared(result: number, file: string, hypervisor: boolean) {
  const text =
    result === CPUCompareResult.SUPERSET
      ? hypervisor
        ? `The CPU provided by hypervisor on the host is a superset of CPU described in ${file}`
        : `Host CPU is a superset of CPU described in ${file}`
      : `CPU described in ${file} ${hypervisor ? (COMPARED[result] ?? '').replace('host CPU', 'the CPU provided by hypervisor on the host') : COMPARED[result]}`;
  return {
    json: {
      result: Object.entries(CPUCompareResult)
        .find(([, value]) => value === result)?.[0]
        ?.toLowerCase(),
    },
    text: () => `${text}\n`,
  };
}

export const HOST_CPU = [
  host('cpu-models', 'List the CPU models of an architecture', { args: '<arch>' }, async (call) => {
    const models = await (await call.connect()).getCPUModelNames(call.arg('arch'));
    return lines(models);
  }),
  host(
    'cpu-compare',
    "Compare a CPU with the host's",
    {
      args: '<file>',
      options: {
        '--error': [1, 'fail if it is incompatible, saying why'],
        '--validate': [2, 'validate the XML against the schema'],
      },
    },
    async (call) => {
      const [cpu = ''] = cpusOf(await call.textArg('file'));
      const result = await call.attempt(
        `compare host CPU with ${call.arg('file')}`,
        (await call.connect()).compareCPU(cpu, call.flags),
      );
      return compared(result, call.arg('file'), false);
    },
  ),
  host(
    'cpu-baseline',
    'Compute the CPU that all given hosts have',
    {
      args: '<file>',
      options: {
        '--features': [1, 'list all features'],
        '--migratable': [2, 'leave out features that block migration'],
      },
    },
    async (call) => {
      const cpus = cpusOf(await call.textArg('file'));
      return plain(await (await call.connect()).baselineCPU(cpus, call.flags), 'xml');
    },
  ),
  host(
    'hypervisor-cpu-compare',
    'Compare a CPU with what the hypervisor offers',
    {
      args: '<file>',
      options: {
        ...EMULATOR,
        '--error': [1, 'fail if it is incompatible, saying why'],
        '--validate': [2, 'validate the XML against the schema'],
      },
    },
    async (call) => {
      const [cpu = ''] = cpusOf(await call.textArg('file'));
      const result = await (await call.connect()).compareHypervisorCPU(...emulator(call), cpu, call.flags);
      return compared(result, call.arg('file'), true);
    },
  ),
  host(
    'hypervisor-cpu-baseline',
    'Compute the CPU that the hypervisor can give on all given hosts',
    {
      args: '<file>',
      options: {
        ...EMULATOR,
        '--features': [1, 'list all features'],
        '--migratable': [2, 'leave out features that block migration'],
      },
    },
    async (call) => {
      const cpus = cpusOf(await call.textArg('file'));
      return plain(await (await call.connect()).baselineHypervisorCPU(...emulator(call), cpus, call.flags), 'xml');
    },
  ),
];
