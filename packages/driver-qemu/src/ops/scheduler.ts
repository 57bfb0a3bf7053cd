import { type CpuTuneDef, type DomainDef, iothreadIds } from '@virtkit/core/conf';
import type { CallContext, DomainRef, TuningOps } from '@virtkit/core/driver';
import { paramValues, type TypedParams, TypedParamsBuilder, validateParams } from '@virtkit/core/util';
import { type Cgroup, cpuBandwidth, cpuShares, setCpuBandwidth, setCpuShares } from '../cgroup/index.js';
import type { QemuDomain } from '../domain/domain.js';
import { changeDefs, impactOf } from '../domain/impact.js';
import { invalidArg, operationInvalid, operationUnsupported } from '../errors.js';
import type { QemuHost } from '../host/qemu-host.js';
import { emitTunable, jobsOf } from './job.js';

/** Whose bandwidth: what it goes by in parameters, in the definition, and which groups have it. */
const SCOPES = [
  { name: 'vcpu', period: 'period', quota: 'quota', groups: /^vcpu\d+$/ },
  { name: 'emulator', period: 'emulator_period', quota: 'emulator_quota', groups: /^emulator$/ },
  { name: 'global', period: 'global_period', quota: 'global_quota', groups: undefined },
  { name: 'iothread', period: 'iothread_period', quota: 'iothread_quota', groups: /^iothread\d+$/ },
] as const;

const KNOWN: Record<string, 'ULLONG' | 'LLONG'> = { cpu_shares: 'ULLONG' };
for (const { name } of SCOPES) {
  KNOWN[`${name}_period`] = 'ULLONG';
  KNOWN[`${name}_quota`] = 'LLONG';
}

/** What the kernel takes, in microseconds. */
const PERIOD = [1000n, 1_000_000n] as const;
const QUOTA = [1000n, 17_592_186_044_415n] as const;

/** What the kernel begins with. */
const UNSET = { period: 100_000n, quota: -1n } as const;

function checkRange(name: string, value: bigint | undefined, [least, most]: readonly [bigint, bigint]): void {
  if (value !== undefined && ((value > 0n && value < least) || value > most))
    throw invalidArg(`value of '${name}' is out of range [${least}, ${most}]`);
}

/** Names of the groups of a guest's threads. */
function groupNames(def: DomainDef): string[] {
  const vcpus = Array.from({ length: def.vcpu.value }, (_, id) => `vcpu${id}`);
  return ['emulator', ...vcpus, ...iothreadIds(def).map((id) => `iothread${id}`)];
}

function configParams({ cputune = {} }: DomainDef): TypedParams {
  const builder = new TypedParamsBuilder().ullong('cpu_shares', cputune.shares ?? 0);
  for (const { name, period, quota } of SCOPES)
    builder.ullong(`${name}_period`, cputune[period] ?? 0).llong(`${name}_quota`, cputune[quota] ?? 0);
  return builder.params;
}

/** Shares of processor time and bounds on it. */
export const schedulerOps = (host: QemuHost) => {
  const { find, job } = jobsOf(host);

  const assertPrivileged = (): void => {
    if (!host.privileged) throw operationUnsupported('CPU tuning is not available in session mode');
  };

  async function groupOf(domain: QemuDomain): Promise<Cgroup> {
    const group = await domain.running.cgroup;
    if (group?.has('cpu') !== true) throw operationInvalid('cgroup CPU controller is not mounted');
    return group;
  }

  /** Those groups of threads that there are. */
  const childrenOf = (group: Cgroup, domain: QemuDomain, names: RegExp): Cgroup[] =>
    groupNames(domain.def)
      .filter((name) => names.test(name))
      .map((name) => group.child(name))
      .filter((child) => child.exists('cpu'));

  async function liveParams(domain: QemuDomain): Promise<TypedParams> {
    const group = await groupOf(domain);
    const builder = new TypedParamsBuilder().ullong('cpu_shares', cpuShares(group));
    for (const { name, groups } of SCOPES) {
      const one = groups === undefined ? group : childrenOf(group, domain, groups)[0];
      const { period, quota } = one === undefined ? UNSET : cpuBandwidth(one);
      builder.ullong(`${name}_period`, period).llong(`${name}_quota`, quota);
    }
    return builder.params;
  }

  async function read(ref: DomainRef, flags: number): Promise<TypedParams> {
    assertPrivileged();
    const domain = find(ref);
    return impactOf(domain, flags).config ? configParams(domain.persistentDef) : liveParams(domain);
  }

  async function set(domain: QemuDomain, params: TypedParams, flags: number): Promise<void> {
    validateParams(params, KNOWN);
    const given = paramValues(params) as ReadonlyMap<string, bigint>;
    for (const { name } of SCOPES) {
      checkRange(`${name}_period`, given.get(`${name}_period`), PERIOD);
      checkRange(`${name}_quota`, given.get(`${name}_quota`), QUOTA);
    }
    const impact = impactOf(domain, flags);
    const shares = given.get('cpu_shares');
    const told = new TypedParamsBuilder();
    if (impact.live) {
      const group = await groupOf(domain);
      if (shares !== undefined) {
        await setCpuShares(group, shares);
        told.ullong('cputune.cpu_shares', cpuShares(group));
      }
      for (const { name, groups } of SCOPES) {
        const [period, quota] = [given.get(`${name}_period`), given.get(`${name}_quota`)];
        if (!period && !quota) continue;
        for (const one of groups === undefined ? [group] : childrenOf(group, domain, groups))
          await setCpuBandwidth(one, period, quota);
        if (period) told.ullong(`cputune.${name}_period`, period);
        if (quota) told.llong(`cputune.${name}_quota`, quota);
      }
    }
    await changeDefs(host, domain, impact, (def) => ({ ...def, cputune: withLimits(def.cputune, given) }));
    emitTunable(host, domain, told.params);
  }

  return {
    domainGetSchedulerType: async (ref) => {
      assertPrivileged();
      const { live } = find(ref);
      if (live !== undefined && (await live.cgroup)?.has('cpu') !== true)
        throw operationInvalid('cgroup CPU controller is not mounted');
      return 'posix';
    },
    domainGetSchedulerParameters: (ref) => read(ref, 0),
    domainGetSchedulerParametersFlags: read,
    domainSetSchedulerParameters: (ref, params, call) => setLater(ref, params, 0, call),
    domainSetSchedulerParametersFlags: setLater,
  } satisfies TuningOps;

  function setLater(ref: DomainRef, params: TypedParams, flags: number, call: CallContext): Promise<void> {
    assertPrivileged();
    return job('domainSetSchedulerParameters', ref, call, (domain) => set(domain, params, flags));
  }
};

function withLimits(cputune: CpuTuneDef | undefined, given: ReadonlyMap<string, bigint>): CpuTuneDef {
  const changed: CpuTuneDef = { ...cputune };
  const shares = given.get('cpu_shares');
  if (shares !== undefined) changed.shares = Number(shares);
  for (const { name, period, quota } of SCOPES)
    for (const [field, value] of [
      [period, given.get(`${name}_period`)],
      [quota, given.get(`${name}_quota`)],
    ] as const) {
      if (value === undefined) continue;
      if (value === 0n) delete changed[field];
      else changed[field] = Number(value);
    }
  return changed;
}
