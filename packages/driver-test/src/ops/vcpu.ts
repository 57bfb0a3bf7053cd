import { type DomainDef, formatBitmap, parseBitmap } from '@virtkit/core/conf';
import type { DomainRef, HypervisorDriver, VcpuInfo } from '@virtkit/core/driver';
import {
  DomainModificationImpact,
  DomainVcpuFlags,
  type TypedParams,
  TypedParamsBuilder,
  VcpuState,
} from '@virtkit/core/util';
import { cpuMap, cpusOf } from '../cpu-map.js';
import { invalidArg, invalidArgument, operationInvalid } from '../errors.js';
import { HOST_CPUS, MAX_VCPUS } from '../node/host-info.js';
import { changeAll, changeOne, oneDef, requireActive } from '../state/modify.js';
import type { TestNode } from '../state/test-node.js';
import { vcpusOf, withVcpus } from '../state/vcpus.js';

const { LIVE, CONFIG } = DomainModificationImpact;
const ALL_CPUS = Array.from({ length: HOST_CPUS }, (_, cpu) => cpu);

const hostMap = (cpuset: string | undefined): Uint8Array =>
  cpuMap(cpuset === undefined ? ALL_CPUS : (parseBitmap(cpuset) ?? []), HOST_CPUS);

/** Where a vCPU may run: its own pin, else the domain's CPUs, else all. */
function affinityOf(def: DomainDef, vcpu: number): Uint8Array {
  return hostMap(def.cputune?.vcpupin?.find((pin) => pin.vcpu === vcpu)?.cpuset ?? def.vcpu.cpuset);
}

/** Pretended run times, in nanoseconds, of the two CPUs that statistics are given for. */
const CPU_TIMES = [24_386_308_517n, 24_386_308_518n] as const;
const VCPU_TIMES = [23_151_740_627n, 23_151_740_628n] as const;

/** vCPUs: their number, where they run, what they used. */
export function vcpuOps(node: TestNode) {
  const { domains } = node;

  function domainSetVcpusFlags(ref: DomainRef, nvcpus: number, flags: number): void {
    const maximum = (flags & DomainVcpuFlags.MAXIMUM) !== 0;
    if (maximum && (flags & CONFIG) === 0)
      throw invalidArgument("Flag 'VIR_DOMAIN_AFFECT_CONFIG' is required by flag 'VIR_DOMAIN_VCPU_MAXIMUM'");
    const dom = domains.of(ref);
    if (nvcpus > MAX_VCPUS)
      throw invalidArg(`requested cpu amount exceeds maximum supported amount (${nvcpus} > ${MAX_VCPUS})`);
    changeAll(dom, flags, (def, live) => {
      if (maximum && !live) return withVcpus(def, Math.min(vcpusOf(def), nvcpus), nvcpus);
      if (nvcpus > def.vcpu.value)
        throw invalidArg(`requested cpu amount exceeds maximum (${nvcpus} > ${def.vcpu.value})`);
      return withVcpus(def, nvcpus, def.vcpu.value);
    });
  }

  function domainGetVcpusFlags(ref: DomainRef, flags: number): number {
    const def = oneDef(domains.of(ref), flags);
    return (flags & DomainVcpuFlags.MAXIMUM) !== 0 ? def.vcpu.value : vcpusOf(def);
  }

  return {
    domainSetVcpus: (ref: DomainRef, nvcpus: number) => domainSetVcpusFlags(ref, nvcpus, LIVE),
    domainSetVcpusFlags,
    domainGetVcpusFlags,
    domainGetMaxVcpus: (ref: DomainRef) => domainGetVcpusFlags(ref, LIVE | DomainVcpuFlags.MAXIMUM),

    domainPinVcpuFlags(ref: DomainRef, vcpu: number, cpumap: Uint8Array, flags: number): void {
      const dom = domains.of(ref);
      if (!dom.active) throw operationInvalid('cannot pin vcpus on an inactive domain');
      const def = dom.live;
      if (vcpu >= vcpusOf(def)) throw invalidArg(`requested vcpu '${vcpu}' is not present in the domain`);
      const others = (def.cputune?.vcpupin ?? []).filter((pin) => pin.vcpu !== vcpu);
      const vcpupin = [...others, { vcpu, cpuset: formatBitmap(cpusOf(cpumap)) }].sort((a, b) => a.vcpu - b.vcpu);
      dom.setLive({ ...def, cputune: { ...def.cputune, vcpupin } });
    },

    domainGetVcpuPinInfo(ref: DomainRef, flags: number): Uint8Array[] {
      const def = oneDef(domains.of(ref), flags);
      return Array.from({ length: def.vcpu.value }, (_, vcpu) => affinityOf(def, vcpu));
    },

    domainGetVcpus(ref: DomainRef): VcpuInfo[] {
      const dom = domains.of(ref);
      if (!dom.active) throw operationInvalid('cannot list vcpus for an inactive domain');
      const cpuTime = node.microseconds / 10n;
      return Array.from({ length: vcpusOf(dom.live) }, (_, number) => {
        const cpumap = affinityOf(dom.live, number);
        const cpu = cpusOf(cpumap, HOST_CPUS).at(-1) ?? 0;
        return { number, state: VcpuState.RUNNING, cpuTime, cpu, cpumap };
      });
    },

    domainPinEmulator(ref: DomainRef, cpumap: Uint8Array, flags: number): void {
      changeOne(domains.of(ref), flags, (def) => {
        const cpus = cpusOf(cpumap);
        if (cpus.length === 0) throw invalidArg('Empty cpu list for pinning');
        return { ...def, cputune: { ...def.cputune, emulatorpin: { cpuset: formatBitmap(cpus) } } };
      });
    },

    domainGetEmulatorPinInfo(ref: DomainRef, flags: number): Uint8Array {
      const def = oneDef(domains.of(ref), flags);
      return hostMap(def.cputune?.emulatorpin?.cpuset ?? def.vcpu.cpuset);
    },

    domainGetCPUStats(ref: DomainRef, startCpu: number, ncpus: number, flags: number): TypedParams[] {
      requireActive(domains.of(ref));
      if (startCpu === -1) {
        const total = CPU_TIMES.reduce((sum, time) => sum + time, 0n);
        const builder = new TypedParamsBuilder().ullong('cpu_time', total);
        return [builder.ullong('user_time', 5_540_000_000n).ullong('system_time', 6_460_000_000n).params];
      }
      const cpus = CPU_TIMES.map((time, cpu) =>
        new TypedParamsBuilder().ullong('cpu_time', time).ullong('vcpu_time', VCPU_TIMES[cpu] as bigint),
      );
      if (startCpu > cpus.length) throw invalidArg(`start_cpu ${startCpu} larger than maximum of ${cpus.length - 1}`);
      return cpus.slice(startCpu, ncpus === 0 ? undefined : startCpu + ncpus).map(({ params }) => params);
    },
  } satisfies Partial<HypervisorDriver>;
}
