import { ErrorCode, ErrorDomain, LibvirtError } from '../../util/index.js';
import type { BaselineOptions } from './baseline-options.js';
import { IDENTICAL, incompatible, type CpuComparison, unknownHost } from './cpu-comparison.js';
import { isHostCpu, type CpuDef, type GuestCpuDef } from './cpu-def.js';
import type { CpuDriver } from './cpu-driver.js';
import { PPC64_COMPAT_MODES, PPC64_LEGACY, PPC64_MODELS, type PvrModelRow } from './map/models.js';

const VENDORS = new Set(PPC64_MODELS.map((model) => model.vendor));
const ARCHS = ['ppc64', 'ppc64le'];

function findModel(name: string | undefined): PvrModelRow {
  const found = PPC64_MODELS.find((model) => model.name === name);
  if (found !== undefined) return found;
  throw new LibvirtError(ErrorCode.INTERNAL_ERROR, ErrorDomain.CPU, `Unknown CPU model ${name ?? '(none)'}`);
}

function compare(host: CpuDef | undefined, cpu: CpuDef): CpuComparison {
  if (host?.model?.name === undefined) return unknownHost();
  if (isHostCpu(cpu) && !ARCHS.includes(cpu.arch)) {
    return incompatible(`CPU arch ${cpu.arch} does not match host arch`);
  }
  if (cpu.vendor !== undefined && cpu.vendor !== host.vendor) {
    return incompatible(`host CPU vendor does not match required CPU vendor ${cpu.vendor}`);
  }
  const hostModel = findModel(host.model.name).name;
  if (!isHostCpu(cpu)) {
    if (cpu.mode === 'host-model') return compareCompatMode(hostModel, cpu.model?.name);
    if (cpu.mode !== 'custom') return IDENTICAL;
  }
  const { name } = findModel(cpu.model?.name);
  return name === hostModel ? IDENTICAL : incompatible(`host CPU model does not match required CPU model ${name}`);
}

/** A host-model guest with a model wants the host to pass for an older one. */
function compareCompatMode(hostModel: string, mode: string | undefined): CpuComparison {
  if (mode === undefined) return IDENTICAL;
  const modes = PPC64_COMPAT_MODES.map(([name]) => name);
  const wanted = modes.indexOf(mode);
  if (wanted < 0) {
    throw new LibvirtError(
      ErrorCode.INTERNAL_ERROR,
      ErrorDomain.CPU,
      `Unknown compatibility mode ${mode}; known are ${modes.join(', ')}`,
    );
  }
  const native = PPC64_COMPAT_MODES.findIndex(([, model]) => model === hostModel);
  return wanted <= native ? IDENTICAL : incompatible(`host CPU does not support compatibility mode ${mode}`);
}

/** virCPUppc64Baseline: there is none but of equal models. */
function baseline(cpus: readonly CpuDef[], _options: BaselineOptions): GuestCpuDef {
  const failed = (detail: string) => new LibvirtError(ErrorCode.OPERATION_FAILED, ErrorDomain.CPU, detail);
  const model = findModel(cpus[0]?.model?.name);
  for (const cpu of cpus) {
    if (cpu.model?.name !== model.name) throw failed('CPUs are incompatible');
    if (cpu.vendor === undefined) continue;
    if (!VENDORS.has(cpu.vendor)) throw failed(`Unknown CPU vendor ${cpu.vendor}`);
    if (cpu.vendor !== model.vendor) {
      throw failed(`CPU vendor ${model.vendor} of model ${model.name} differs from vendor ${cpu.vendor}`);
    }
  }
  return { mode: 'custom', match: 'exact', model: { fallback: 'forbid', name: model.name }, feature: [] };
}

/** cpuDriverPPC64 */
export const ppc64Driver: CpuDriver = {
  name: 'ppc64',
  archs: ARCHS,
  compare,
  baseline,
  // A host-model guest stays what it is: the host in a compatibility mode.
  update: (guest) => (guest.mode === 'custom' ? { ...guest, match: 'exact' } : guest),
  convertLegacy(guest) {
    const name = guest.model?.name && PPC64_LEGACY[guest.model.name];
    return name ? { ...guest, model: { ...guest.model, name } } : guest;
  },
  modelNames: () => PPC64_MODELS.map((model) => model.name),
  modelVendor: (name) => PPC64_MODELS.find((model) => model.name === name)?.vendor,
};

/** ppc64ModelFindPVR: the model with this processor version register. */
export function ppc64ModelByPvr(pvr: number): { readonly model: string; readonly vendor: string } | undefined {
  const found =
    PPC64_MODELS.find((row) => row.pvr.some(([value, mask]) => (pvr & mask) >>> 0 === value)) ??
    // Registers without the revision in their lower half.
    PPC64_MODELS.find((row) => row.pvr.some(([value]) => value === pvr));
  return found && { model: found.name, vendor: found.vendor };
}
