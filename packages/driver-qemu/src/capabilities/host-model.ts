import {
  type GuestCpuDef,
  type HostCpuDef,
  type HypervisorCpuModels,
  isX86MsrFeature,
  withGuestFeatures,
  x86Decode,
  x86FactsFromQemu,
  x86FeatureFromQemu,
} from '@virtkit/core/conf';
import { isNativeGuest, isS390, isX86 } from './machine-families.js';
import type { HostCpuModel } from './model.js';
import type { QemuCaps } from './qemu-caps.js';

/** The host that the QEMU runs on */
export interface CpuHost {
  arch: string;
  /** The host's own CPU, where it is known */
  cpu?: HostCpuDef;
}

/**
 * virQEMUCapsGetHostModel: the CPU that a guest with mode host-model gets, told by libvirt's models; undefined where there is
 * none. QEMU's word counts where it has one, else the host's own CPU. `migratable`: without what hinders migration.
 */
export function hostModelCpu(
  caps: QemuCaps,
  virtType: string,
  host: CpuHost,
  options: { migratable?: boolean } = {},
): GuestCpuDef | undefined {
  const expansion = caps.hostCpu(virtType);
  if (expansion !== undefined && isX86(caps.arch))
    return fromX86(caps, virtType, expansion, options.migratable === true);
  if (expansion !== undefined && isS390(caps.arch)) return fromS390(expansion);
  if (virtType !== 'kvm' || !isNativeGuest(host.arch, caps.arch) || host.cpu?.model?.name === undefined)
    return undefined;
  const { model, vendor, feature } = host.cpu;
  return withGuestFeatures(host.arch, {
    mode: 'custom',
    match: 'exact',
    model: { fallback: 'allow', ...(model.name !== undefined && { name: model.name }) },
    ...(vendor !== undefined && { vendor }),
    feature: feature.map(({ name }) => ({ policy: 'require', name })),
  });
}

/** The models that QEMU has under this accelerator, with what hinders each */
export function hypervisorCpuModels(caps: QemuCaps, virtType: string): HypervisorCpuModels | undefined {
  const models = caps.cpuModels(virtType);
  if (models === undefined) return undefined;
  return new Map(
    models.map(({ name, usable, blockers }) => [
      name,
      usable === 'unknown' ? {} : { usable: usable === 'yes', blockers: blockers.map(x86FeatureFromQemu) },
    ]),
  );
}

function fromX86(caps: QemuCaps, virtType: string, expansion: HostCpuModel, migratable: boolean): GuestCpuDef {
  const unmigratable = new Set<string>();
  if (migratable && expansion.migratability) {
    for (const property of expansion.properties) {
      if (property.type === 'boolean' && property.migratable === false) unmigratable.add(property.name);
    }
  }
  const props = Object.fromEntries(expansion.properties.map(({ name, value }) => [name, value]));
  const decoded = x86Decode(x86FactsFromQemu(props, unmigratable), {
    kind: 'guest',
    models: hypervisorCpuModels(caps, virtType),
    migratable: migratable && !expansion.migratability,
  });
  return {
    mode: 'custom',
    match: 'exact',
    model: { fallback: 'forbid', name: decoded.model },
    ...(decoded.vendor !== undefined && { vendor: decoded.vendor }),
    // Such a QEMU cannot say which of these it really gives its guests.
    feature: caps.has('cpu-unavailable-features')
      ? decoded.features
      : decoded.features.filter(({ name }) => !isX86MsrFeature(name)),
  };
}

/** QEMU's s390 models are libvirt's: nothing is left to translate. */
function fromS390(expansion: HostCpuModel): GuestCpuDef {
  return {
    mode: 'custom',
    match: 'exact',
    model: { fallback: 'forbid', name: expansion.model },
    feature: expansion.properties.flatMap((property) =>
      property.type === 'boolean'
        ? [{ name: property.name, policy: property.value ? ('require' as const) : ('disable' as const) }]
        : [],
    ),
  };
}
