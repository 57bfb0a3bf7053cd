import { baselineHypervisorCpuXml, compareCpuXml, x86FeatureFromQemu } from '@virtkit/core/conf';
import {
  ConnectBaselineCPUFlags,
  type CPUCompareResult,
  ErrorCode,
  ErrorDomain,
  LibvirtError,
} from '@virtkit/core/util';
import type { DomainCapsSubject } from './domain-capabilities.js';
import { type CpuHost, hostModelCpu, hypervisorCpuModels } from './host-model.js';
import { isX86 } from './machine-families.js';
import type { QemuCaps } from './qemu-caps.js';

const unsupported = (detail: string) => new LibvirtError(ErrorCode.OPERATION_UNSUPPORTED, ErrorDomain.QEMU, detail);

/** qemuConnectCompareHypervisorCPU, once the emulator is chosen. */
export async function compareWithHypervisor(
  caps: QemuCaps,
  { emulator, arch, virtType }: DomainCapsSubject,
  host: CpuHost,
  xml: string,
  flags: number,
): Promise<CPUCompareResult> {
  const model = hostModelCpu(caps, virtType, host);
  // A model that may be replaced is the host's own: QEMU did not tell one.
  if (model === undefined || model.model?.fallback !== 'forbid') {
    throw unsupported(`QEMU '${emulator}' does not support reporting CPU model for virttype '${virtType}'`);
  }
  if (!isX86(arch)) throw unsupported(`comparing with the hypervisor CPU is not supported for arch ${arch}`);
  return compareCpuXml(arch, model, xml, flags);
}

/** qemuConnectBaselineHypervisorCPU, once the emulator is chosen. */
export function hypervisorBaseline(
  caps: QemuCaps,
  { emulator, arch, virtType }: DomainCapsSubject,
  xmls: readonly string[],
  flags: number,
): string {
  const models = hypervisorCpuModels(caps, virtType);
  if (models === undefined || models.size === 0) {
    throw unsupported(`QEMU '${emulator}' does not support any CPU models for virttype '${virtType}'`);
  }
  if (!isX86(arch)) throw unsupported(`computing baseline hypervisor CPU is not supported for arch ${arch}`);
  const migratable = (flags & ConnectBaselineCPUFlags.MIGRATABLE) !== 0;
  return baselineHypervisorCpuXml({ arch, models, features: featuresOf(caps, virtType, migratable) }, xmls, flags);
}

/** virQEMUCapsGetCPUFeatures: all that QEMU knows, whether this host can give it or not. */
function featuresOf(caps: QemuCaps, virtType: string, migratable: boolean): string[] | undefined {
  const expansion = caps.hostCpu(virtType);
  if (expansion === undefined || (migratable && !expansion.migratability)) return undefined;
  return expansion.properties.flatMap((property) =>
    property.type !== 'boolean' || (migratable && property.migratable === false)
      ? []
      : [x86FeatureFromQemu(property.name)],
  );
}
