import { ErrorCode, ErrorDomain, LibvirtError } from '../../util/index.js';
import { checkCpuFeatures, compareCpu, convertLegacyCpu, cpuHasFeature, translateCpu, updateCpu } from './cpu.js';
import type { CpuDef, GuestCpuDef } from './cpu-def.js';
import type { HypervisorCpuModels } from './hypervisor-models.js';

/** The host's CPU as a hypervisor can give it to guests. */
export interface HypervisorHostCpu {
  /** With everything there is: for checking. */
  readonly full?: CpuDef | undefined;
  /** Without what hinders migration: for host-model. */
  readonly migratable?: CpuDef | undefined;
  readonly models?: HypervisorCpuModels | undefined;
}

/**
 * qemuProcessUpdateGuestCPU: the CPU that a guest really gets. Checks what can be known before the start, resolves
 * host-model and what is optional, and chooses another model where the hypervisor lacks the one named.
 */
export function settleGuestCpu(arch: string, guest: GuestCpuDef, host: HypervisorHostCpu): GuestCpuDef {
  if (guest.mode === 'custom' && guest.model?.name === undefined) return guest;
  checkCpuFeatures(arch, guest);
  let cpu = convertLegacyCpu(arch, guest);
  if (cpu.mode === 'custom' || cpu.mode === 'host-model') {
    if (cpu.check === 'partial') {
      refuseForbidden(arch, cpu, host.full);
      const comparison = compareCpu(arch, host.full, cpu);
      if (comparison.result === 'incompatible') throw incompatibleCpu(comparison.reason);
    }
    cpu = translateCpu(arch, updateCpu(arch, cpu, host.migratable), host.models);
    cpu = { ...cpu, model: { ...cpu.model, fallback: 'forbid' } };
  }
  return withGuestFeatures(arch, cpu);
}

/** virCPUCheckForbiddenFeatures */
function refuseForbidden(arch: string, guest: GuestCpuDef, host: CpuDef | undefined): void {
  if (host === undefined) return;
  for (const { name, policy } of guest.feature) {
    if (policy === 'forbid' && cpuHasFeature(arch, host, name)) {
      throw incompatibleCpu(`Host CPU provides forbidden feature '${name}'`);
    }
  }
}

const incompatibleCpu = (reason: string): LibvirtError =>
  new LibvirtError(ErrorCode.CPU_INCOMPATIBLE, ErrorDomain.CPU, reason);

/** Features of the host's kernel alone: a guest switches them on itself, or can never have them. */
const NOT_FOR_GUESTS: ReadonlySet<string> = new Set(['cmt', 'mbm_total', 'mbm_local', 'osxsave', 'ospke']);

/** virQEMUCapsCPUFilterFeatures: without the features that cannot be asked for. */
export function withGuestFeatures(arch: string, cpu: GuestCpuDef): GuestCpuDef {
  if (arch !== 'x86_64' && arch !== 'i686') return cpu;
  return { ...cpu, feature: cpu.feature.filter(({ name }) => !NOT_FOR_GUESTS.has(name)) };
}
