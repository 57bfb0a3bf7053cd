import {
  blkioChange,
  blkioParams,
  type CpuTuneDef,
  type DomainDef,
  memoryChange,
  memoryParams,
} from '@virtkit/core/conf';
import type { CallContext, DomainRef, TuningOps } from '@virtkit/core/driver';
import {
  DomainMemoryModFlags,
  DomainModificationImpact,
  ErrorDomain,
  paramValues,
  type TypedParams,
  TypedParamsBuilder,
  validateParams,
} from '@virtkit/core/util';
import { invalidArg } from '../errors.js';
import { requireConfig, requireOneConfig } from '../host/impact.js';
import type { LxcHost } from '../host/lxc-host.js';

const { MAXIMUM } = DomainMemoryModFlags;
const { LIVE, CONFIG } = DomainModificationImpact;

/** The kernel's bounds of a bandwidth period and of a quota, in microseconds. */
const PERIOD = { min: 1000, max: 1_000_000 } as const;
const QUOTA = { min: 1000, max: 17_592_186_044_415 } as const;

/** What the kernel has when nothing is set. */
const DEFAULT_SHARES = 1024;

function withMemory(def: DomainDef, kib: number, flags: number): DomainDef {
  if (flags & MAXIMUM)
    return { ...def, memory: { ...def.memory, value: kib }, currentMemory: Math.min(def.currentMemory, kib) };
  if (kib > def.memory.value) throw invalidArg('Cannot set memory higher than max memory');
  return { ...def, currentMemory: kib };
}

function schedulerParams({ cputune = {} }: DomainDef): TypedParams {
  return new TypedParamsBuilder()
    .ullong('cpu_shares', cputune.shares ?? DEFAULT_SHARES)
    .ullong('vcpu_period', cputune.period ?? 0)
    .llong('vcpu_quota', cputune.quota ?? 0).params;
}

/** lxcDomainSetSchedulerParametersFlags; 0 takes a bound away. */
function schedulerChange(params: TypedParams): (def: DomainDef) => DomainDef {
  validateParams(params, { cpu_shares: 'ULLONG', vcpu_period: 'ULLONG', vcpu_quota: 'LLONG' });
  const given = paramValues(params) as ReadonlyMap<string, bigint>;
  const shares = numberOf(given, 'cpu_shares');
  const period = numberOf(given, 'vcpu_period');
  const quota = numberOf(given, 'vcpu_quota');
  if (period !== undefined && period !== 0 && (period < PERIOD.min || period > PERIOD.max))
    throw invalidArg(`vcpu_period ${period} is outside of ${PERIOD.min} to ${PERIOD.max} microseconds`);
  if (quota !== undefined && quota > 0 && (quota < QUOTA.min || quota > QUOTA.max))
    throw invalidArg(`vcpu_quota ${quota} is outside of ${QUOTA.min} to ${QUOTA.max} microseconds`);
  return (def) => {
    const cputune: CpuTuneDef = { ...def.cputune, ...(shares !== undefined && { shares }) };
    settle(cputune, 'period', period);
    settle(cputune, 'quota', quota);
    return { ...def, cputune };
  };
}

function numberOf(given: ReadonlyMap<string, bigint>, name: string): number | undefined {
  const value = given.get(name);
  if (value === undefined) return undefined;
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw invalidArg(`${name} ${value} is more than the kernel can count`);
  return number;
}

function settle(cputune: CpuTuneDef, key: 'period' | 'quota', value: number | undefined): void {
  if (value === undefined) return;
  if (value === 0) delete cputune[key];
  else cputune[key] = value;
}

/** Memory, processor time and block I/O: what a container may use at its next start. */
export const tuningOps = (host: LxcHost) => {
  const change = (
    name: string,
    ref: DomainRef,
    call: CallContext,
    flags: number,
    work: (def: DomainDef) => DomainDef,
  ) =>
    host.job(name, ref, call, async (domain) => {
      requireConfig(flags);
      await host.save(domain, work(domain.def));
    });
  const ask = <T>(ref: DomainRef, flags: number, read: (def: DomainDef) => T): T => {
    const { def } = host.find(ref);
    requireOneConfig(flags);
    return read(def);
  };
  const setMemory = (ref: DomainRef, memory: bigint, flags: number, call: CallContext) =>
    change('domainSetMemory', ref, call, flags, (def) => withMemory(def, Number(memory), flags));
  const setScheduler = (ref: DomainRef, params: TypedParams, flags: number, call: CallContext) =>
    change('domainSetSchedulerParameters', ref, call, flags, schedulerChange(params));

  return {
    domainSetMemory: (ref, memory, call) => setMemory(ref, memory, LIVE, call),
    domainSetMemoryFlags: setMemory,
    domainSetMaxMemory: (ref, memory, call) => setMemory(ref, memory, CONFIG | MAXIMUM, call),

    domainSetMemoryParameters: (ref, params, flags, call) =>
      change('domainSetMemoryParameters', ref, call, flags, memoryChange(params, ErrorDomain.DOMAIN)),
    domainGetMemoryParameters: (ref, flags) => ask(ref, flags, memoryParams),

    domainSetBlkioParameters: (ref, params, flags, call) =>
      change('domainSetBlkioParameters', ref, call, flags, blkioChange(params)),
    domainGetBlkioParameters: (ref, flags) => ask(ref, flags, blkioParams),

    domainGetSchedulerType: (ref) => (host.find(ref), 'posix'),
    domainGetSchedulerParameters: (ref) => ask(ref, 0, schedulerParams),
    domainGetSchedulerParametersFlags: (ref, flags) => ask(ref, flags, schedulerParams),
    domainSetSchedulerParameters: (ref, params, call) => setScheduler(ref, params, 0, call),
    domainSetSchedulerParametersFlags: setScheduler,
  } satisfies TuningOps;
};
