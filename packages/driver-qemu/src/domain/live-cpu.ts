import { type DomainDef, updateLiveCpu, x86Facts } from '@virtkit/core/conf';
import { isX86 } from '../capabilities/machine-families.js';
import { type ExecuteOptions, type QmpConnection, QmpCommandError } from '../qmp/index.js';
import { type FeatureWord, cpuDataOfFeatureWords } from '../vcpu/index.js';

/** These are not told feature by feature. */
const HOST_MODES = new Set(['host-passthrough', 'maximum']);
const FIRST_CPU = '/machine/unattached/device[0]';

/**
 * qemuProcessRefreshCPU: the definition with the CPU that the guest really has, which QEMU tells in two answers. Raises
 * OPERATION_FAILED where the definition demands what the guest did not get.
 */
export async function withLiveCpu(monitor: QmpConnection, def: DomainDef, options: ExecuteOptions): Promise<DomainDef> {
  const arch = def.os.type.arch ?? '';
  if (def.cpu === undefined || !isX86(arch) || HOST_MODES.has(def.cpu.mode ?? 'custom')) return def;
  const ask = (property: string) =>
    monitor.execute<FeatureWord[]>('qom-get', { path: FIRST_CPU, property }, options).catch((error: unknown) => {
      if (QmpCommandError.behind(error) === undefined) throw error;
      return undefined;
    });
  const [enabled, filtered] = await Promise.all([ask('feature-words'), ask('filtered-features')]);
  if (enabled === undefined || filtered === undefined) return def;
  const featuresOf = (words: FeatureWord[]) => x86Facts(cpuDataOfFeatureWords(words)).features;
  const live = { enabled: featuresOf(enabled), disabled: featuresOf(filtered) };
  return { ...def, cpu: { ...def.cpu, ...updateLiveCpu(arch, def.cpu, live), check: 'full' } };
}
