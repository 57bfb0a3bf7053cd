import type { DomainDef } from '@virtkit/core/conf';
import type { QemuCaps } from '../../capabilities/index.js';
import { isArmVirt } from '../../machine.js';

/** qemuDomainDefEnableDefaultFeatures */
export function enableDefaultFeatures(def: DomainDef, caps: QemuCaps | undefined): void {
  if (!isArmVirt(def)) return;
  const features = (def.features ??= {});
  const gic = (features.gic ??= {});
  if (gic.version !== undefined) return;
  // The emulated GICv3 cannot deliver what PCI Express devices need, so that only real ones are used.
  const best =
    def.type === 'kvm'
      ? Math.max(0, ...(caps?.data.gic ?? []).filter(({ kernel }) => kernel).map(({ version }) => version))
      : 0;
  gic.version = String(best === 0 ? 2 : best) as NonNullable<typeof gic.version>;
}
