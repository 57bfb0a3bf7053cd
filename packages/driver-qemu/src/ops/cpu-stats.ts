import type { TuningOps } from '@virtkit/core/driver';
import { type TypedParams, TypedParamsBuilder } from '@virtkit/core/util';
import { type Cgroup, cpuUsage, usagePerCpu } from '../cgroup/index.js';
import type { QemuDomain } from '../domain/domain.js';
import { invalidArg, operationInvalid } from '../errors.js';
import type { QemuHost } from '../host/qemu-host.js';
import { jobsOf } from './job.js';

const TOTAL = -1;

/** Time that the processors of the host have spent on guests. */
export const cpuStatsOps = (host: QemuHost) => {
  const { find } = jobsOf(host);

  const totals = (group: Cgroup): TypedParams => {
    const { total, user, system } = cpuUsage(group);
    return new TypedParamsBuilder().ullong('cpu_time', total).ullong('user_time', user).ullong('system_time', system)
      .params;
  };

  function byCpu(group: Cgroup, { def }: QemuDomain): TypedParams[] {
    const guest = usagePerCpu(group);
    const vcpus = Array.from({ length: def.vcpu.value }, (_, id) => group.child(`vcpu${id}`))
      .filter((child) => child.exists('cpuacct'))
      .map((child) => usagePerCpu(child));
    return guest.map(
      (time, cpu) =>
        new TypedParamsBuilder().ullong('cpu_time', time).ullong(
          'vcpu_time',
          vcpus.reduce((sum, used) => sum + (used[cpu] ?? 0n), 0n),
        ).params,
    );
  }

  return {
    domainGetCPUStats: async (ref, start, count) => {
      const domain = find(ref);
      const group = await domain.running.cgroup;
      if (group?.has('cpuacct') !== true) throw operationInvalid('cgroup CPUACCT controller is not mounted');
      if (start === TOTAL) return [totals(group)];
      const cpus = byCpu(group, domain);
      if (start >= cpus.length && cpus.length > 0)
        throw invalidArg(`start_cpu ${start} larger than maximum of ${cpus.length - 1}`);
      return cpus.slice(start, count === 0 ? undefined : start + count);
    },
  } satisfies TuningOps;
};
