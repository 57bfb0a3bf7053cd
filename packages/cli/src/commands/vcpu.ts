import { DomainVcpuFlags, type TypedParams } from '@virtkit/core/util';
import { hostCpus } from '../host-cpus.js';
import { commands } from '../command.js';
import { IMPACT } from '../impact.js';
import { cpuRanges, parseCpuList } from '../output/cpu-map.js';
import { listed, said, textOf } from '../output/output.js';
import { UsageError } from '../output/usage-error.js';
import { paramsJson } from '../params.js';

const tuning = commands('Domain tuning');

export const VCPU = [
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
