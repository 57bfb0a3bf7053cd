import {
  ConnectBaselineCPUFlags,
  ConnectCompareCPUFlags,
  CPUCompareResult,
  ErrorCode,
  ErrorDomain,
  LibvirtError,
} from '../../util/index.js';
import { baselineCpu, compareCpu, expandCpu } from './cpu.js';
import type { CpuDef, GuestCpuDef } from './cpu-def.js';
import type { HypervisorCpuModels } from './hypervisor-models.js';
import { withGuestFeatures } from './settle-guest-cpu.js';
import { formatCpu, parseCpu, parseHostCpu, validateCpu } from './parse-cpu.js';

const RESULTS = {
  identical: CPUCompareResult.IDENTICAL,
  superset: CPUCompareResult.SUPERSET,
  incompatible: CPUCompareResult.INCOMPATIBLE,
} as const;

/**
 * virCPUCompareXML, the whole of connectCompareCPU and connectCompareHypervisorCPU once the host's CPU is known; flags are
 * ConnectCompareCPUFlags and known to be valid.
 */
export async function compareCpuXml(
  arch: string,
  host: CpuDef | undefined,
  xml: string,
  flags: number,
): Promise<CPUCompareResult> {
  if ((flags & ConnectCompareCPUFlags.VALIDATE_XML) !== 0) await validateCpu(xml);
  const cpu = parseCpu(xml);
  const comparison = compareCpu(arch, host, cpu);
  if (comparison.result === 'incompatible' && (flags & ConnectCompareCPUFlags.FAIL_INCOMPATIBLE) !== 0) {
    throw new LibvirtError(ErrorCode.CPU_INCOMPATIBLE, ErrorDomain.CPU, comparison.reason);
  }
  return RESULTS[comparison.result];
}

/** The whole of connectBaselineCPU; flags are ConnectBaselineCPUFlags and known to be valid. */
export function baselineCpuXml(xmls: readonly string[], flags: number): string {
  const cpus = xmls.map((xml) => parseHostCpu(xml));
  const migratable = (flags & ConnectBaselineCPUFlags.MIGRATABLE) !== 0;
  return finish(cpus[0]?.arch ?? '', baselineCpu(undefined, cpus, { migratable }), flags);
}

/** What a hypervisor offers guests of one architecture. */
export interface HypervisorCpus {
  readonly arch: string;
  readonly models?: HypervisorCpuModels | undefined;
  /** Features it can give, where it tells; with the MIGRATABLE flag only those that do not hinder migration. */
  readonly features?: readonly string[] | undefined;
}

/** The whole of connectBaselineHypervisorCPU for hypervisors that leave the computing to us. */
export function baselineHypervisorCpuXml(hypervisor: HypervisorCpus, xmls: readonly string[], flags: number): string {
  const { arch, models, features } = hypervisor;
  const migratable = (flags & ConnectBaselineCPUFlags.MIGRATABLE) !== 0 && features === undefined;
  const cpus = xmls.map((xml) => parseCpu(xml));
  const cpu = baselineCpu(arch, cpus, { models, features, migratable });
  return finish(arch, { ...cpu, model: { ...cpu.model, fallback: 'forbid' } }, flags);
}

function finish(arch: string, cpu: GuestCpuDef, flags: number): string {
  const shown = withGuestFeatures(arch, cpu);
  return formatCpu((flags & ConnectBaselineCPUFlags.EXPAND_FEATURES) === 0 ? shown : expandCpu(arch, shown));
}
