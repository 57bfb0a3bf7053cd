import { ErrorCode, ErrorDomain, LibvirtError } from '../../util/index.js';
import { armDriver } from './arm.js';
import type { BaselineOptions } from './baseline-options.js';
import type { CpuComparison } from './cpu-comparison.js';
import { isHostCpu, type CpuDef, type GuestCpuDef } from './cpu-def.js';
import type { CpuDriver, LiveFeatures } from './cpu-driver.js';
import type { HypervisorCpuModels } from './hypervisor-models.js';
import { ppc64Driver } from './ppc64.js';
import { s390Driver } from './s390.js';
import { x86Driver } from './x86/x86-driver.js';

const DRIVERS: readonly CpuDriver[] = [x86Driver, ppc64Driver, s390Driver, armDriver];

/** cpuGetSubDriver: what is known of an architecture's CPUs; NO_SUPPORT where nothing is. */
export function cpuDriver(arch: string): CpuDriver {
  const driver = findCpuDriver(arch);
  if (driver === undefined) throw noSupport(`'${arch}' architecture is not supported by CPU driver`);
  return driver;
}

/** The same, undefined where nothing is known. */
export function findCpuDriver(arch: string): CpuDriver | undefined {
  return DRIVERS.find((candidate) => candidate.archs.includes(arch));
}

/** virCPUCompare: can this host run this CPU? The host is undefined if it is not known. */
export function compareCpu(arch: string, host: CpuDef | undefined, cpu: CpuDef): CpuComparison {
  const { compare } = cpuDriver(arch);
  if (compare === undefined) throw noSupport(`cannot compare CPUs of ${arch} architecture`);
  return compare(host, cpu);
}

/** virCPUBaseline: the best CPU that all of `cpus`, one at least, can run. The architecture is the first one's if not given. */
export function baselineCpu(
  arch: string | undefined,
  cpus: readonly CpuDef[],
  options: BaselineOptions = {},
): GuestCpuDef {
  const first = cpus[0];
  if (first === undefined) throw invalid('No CPUs given: a baseline needs at least one');
  const nameless = cpus.findIndex((cpu) => cpu.model?.name === undefined);
  if (nameless >= 0) throw invalid(`No CPU model specified at index ${nameless}`);
  const known = arch ?? (isHostCpu(first) ? first.arch : '');
  const { baseline } = cpuDriver(known);
  if (baseline === undefined) throw noSupport(`cannot compute baseline CPU of ${known} architecture`);
  return baseline(cpus, options);
}

/** virCPUUpdate: the guest's CPU with everything settled that depends on the host. */
export function updateCpu(arch: string, guest: GuestCpuDef, host: CpuDef | undefined): GuestCpuDef {
  const { update } = cpuDriver(arch);
  if (guest.mode === 'host-passthrough' || guest.mode === 'maximum') return guest;
  const relative =
    guest.mode === 'host-model' ||
    guest.match === 'minimum' ||
    guest.feature.some((feature) => feature.policy === 'optional');
  if (update === undefined) {
    if (!relative) return guest;
    throw noSupport(`cannot update guest CPU for ${arch} architecture`);
  }
  if (relative && host === undefined) {
    throw new LibvirtError(ErrorCode.CONFIG_UNSUPPORTED, ErrorDomain.CPU, 'unknown host CPU model');
  }
  return update(guest, host, relative);
}

/** virCPUUpdateLive: the guest's CPU once it runs; unchanged where nothing is known of the architecture's features. */
export function updateLiveCpu(arch: string, guest: GuestCpuDef, live: LiveFeatures): GuestCpuDef {
  return cpuDriver(arch).updateLive?.(guest, live) ?? guest;
}

/** virCPUValidateFeatures: CONFIG_UNSUPPORTED for features that are none. */
export function checkCpuFeatures(arch: string, guest: GuestCpuDef): void {
  const unknown = findCpuDriver(arch)?.unknownFeature?.(guest);
  if (unknown !== undefined) {
    throw new LibvirtError(ErrorCode.CONFIG_UNSUPPORTED, ErrorDomain.CPU, `unknown CPU feature: ${unknown}`);
  }
}

/** virCPUTranslate: the guest's CPU told by one of the hypervisor's models; CONFIG_UNSUPPORTED if it must stay as it is. */
export function translateCpu(arch: string, guest: GuestCpuDef, models: HypervisorCpuModels | undefined): GuestCpuDef {
  const name = guest.model?.name;
  if (guest.mode !== 'custom' || name === undefined || models === undefined || models.has(name)) return guest;
  if (guest.model?.fallback === 'forbid') {
    throw new LibvirtError(
      ErrorCode.CONFIG_UNSUPPORTED,
      ErrorDomain.CPU,
      `CPU model ${name} is not supported by hypervisor (and its fallback is forbidden)`,
    );
  }
  const { translate } = cpuDriver(arch);
  if (translate === undefined) throw noSupport(`cannot translate CPU model ${name} to a supported model`);
  return translate(guest, models);
}

/** virCPUExpandFeatures: the features of the model told one by one, all sorted by name. */
export function expandCpu<T extends CpuDef>(arch: string, cpu: T): T {
  const expanded = cpuDriver(arch).expand?.(cpu) ?? cpu;
  const feature = expanded.feature.slice().sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  return { ...expanded, feature };
}

/** virCPUCopyMigratable: without the features that hinder migration. */
export function migratableCpu<T extends CpuDef>(arch: string, cpu: T): T {
  return cpuDriver(arch).migratable?.(cpu) ?? cpu;
}

/** virCPUCheckFeature: has the CPU the feature? */
export function cpuHasFeature(arch: string, cpu: CpuDef, name: string): boolean {
  const { hasFeature } = cpuDriver(arch);
  if (hasFeature === undefined) throw noSupport(`cannot check guest CPU feature for ${arch} architecture`);
  return hasFeature(cpu, name);
}

/** virCPUConvertLegacy: model names of the past made those of today. */
export function convertLegacyCpu(arch: string, guest: GuestCpuDef): GuestCpuDef {
  return findCpuDriver(arch)?.convertLegacy?.(guest) ?? guest;
}

/** virCPUGetModels: all model names; undefined where every name is accepted. */
export function cpuModelNames(arch: string): readonly string[] | undefined {
  return cpuDriver(arch).modelNames?.();
}

/** Who makes processors of a model; undefined for models of nobody, or that nobody knows. */
export function cpuModelVendor(arch: string, name: string): string | undefined {
  return findCpuDriver(arch)?.modelVendor?.(name);
}

function noSupport(detail: string): LibvirtError {
  return new LibvirtError(ErrorCode.NO_SUPPORT, ErrorDomain.CPU, detail);
}

function invalid(detail: string): LibvirtError {
  return new LibvirtError(ErrorCode.INVALID_ARG, ErrorDomain.CPU, detail);
}
