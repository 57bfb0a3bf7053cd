import { DomainVcpuFlags, ErrorCode, LibvirtError, VcpuState } from '@virtkit/core/util';
import { commands } from '../command.js';
import { hostCpus } from '../host-cpus.js';
import { lines } from '../output/output.js';
import { cpuLetters } from '../output/cpu-map.js';
import { constantName } from '../state-names.js';

const monitor = commands('Domain monitoring');

export const VCPU_INFO = [
  monitor(
    'vcpucount',
    'Count the virtual processors of a domain',
    {
      args: '<domain>',
      options: {
        '--maximum': [DomainVcpuFlags.MAXIMUM, 'the most that it can have'],
        '--active': 'those that it has',
        '--live': [DomainVcpuFlags.LIVE, 'the running guest'],
        '--config': [DomainVcpuFlags.CONFIG, 'its next start'],
        '--current': 'what it is now',
        '--guest': [DomainVcpuFlags.GUEST, 'as the guest agent says'],
      },
    },
    async (call) => {
      const one = await call.domain();
      if (['maximum', 'active', 'live', 'config', 'current', 'guest'].some((name) => call.has(name)))
        return lines([await one.getVcpusFlags(call.flags)]);
      const rows: [string, string, number][] = [];
      for (const [which, bits] of [
        ['maximum', DomainVcpuFlags.MAXIMUM],
        ['current', 0],
      ] as const)
        for (const [when, impact] of [
          ['config', DomainVcpuFlags.CONFIG],
          ['live', DomainVcpuFlags.LIVE],
        ] as const) {
          const count = await one.getVcpusFlags(bits | impact).catch((error: unknown) => {
            if (
              LibvirtError.is(error) &&
              [ErrorCode.OPERATION_INVALID, ErrorCode.INVALID_ARG].includes(error.code as never)
            )
              return undefined;
            throw error;
          });
          if (count !== undefined) rows.push([which, when, count]);
        }
      return {
        json: rows.map(([which, when, count]) => ({ which, when, count })),
        text: () =>
          `${rows.map(([which, when, count]) => `${which.padEnd(13)}${when.padEnd(11)}${String(count).padStart(5)}`).join('\n')}\n`,
      };
    },
  ),
  monitor('vcpuinfo', 'Show the virtual processors of a domain', { args: '<domain>' }, async (call) => {
    const one = await call.domain();
    const vcpus = await call.attempt('get vCPU information', one.getVcpus());
    const cpus = await hostCpus(one);
    return {
      json: vcpus.map(({ number, cpu, state, cpuTime, cpumap }) => ({
        vcpu: number,
        cpu,
        state: constantName(VcpuState, state),
        cpuTime,
        affinity: cpuLetters(cpumap, cpus),
      })),
      text: () =>
        vcpus
          .map(
            ({ number, cpu, state, cpuTime, cpumap }) =>
              `${'VCPU:'.padEnd(16)}${number}\n${'CPU:'.padEnd(16)}${cpu < 0 ? 'N/A' : cpu}\n${'State:'.padEnd(16)}${constantName(VcpuState, state)}\n` +
              `${'CPU time:'.padEnd(16)}${(Number(cpuTime) / 1e9).toFixed(1)}s\n${'CPU Affinity:'.padEnd(16)}${cpuLetters(cpumap, cpus)}\n`,
          )
          .join('\n'),
    };
  }),
];
