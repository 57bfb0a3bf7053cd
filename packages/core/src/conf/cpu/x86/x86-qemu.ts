import { X86_QEMU_ALIASES } from '../map/x86-features.js';
import type { HypervisorCpuModel, HypervisorCpuModels } from '../hypervisor-models.js';
import type { X86Facts } from './x86-data.js';
import { x86Map } from './x86-map.js';

/** A CPU model of query-cpu-definitions, as far as it matters here. */
export interface QemuCpuDefinition {
  readonly name: string;
  readonly 'unavailable-features'?: readonly string[];
}

/** virQEMUCapsCPUFeatureFromQEMU: libvirt's name of an x86 feature of QEMU's. */
export function x86FeatureFromQemu(name: string): string {
  return Object.hasOwn(X86_QEMU_ALIASES, name) ? X86_QEMU_ALIASES[name]! : name;
}

/**
 * virQEMUCapsGetCPUModelX86Data: the processor told by the properties of query-cpu-model-expansion. `unmigratable` names
 * properties to leave out.
 */
export function x86FactsFromQemu(
  props: Readonly<Record<string, unknown>>,
  unmigratable: ReadonlySet<string> = new Set(),
): X86Facts {
  const map = x86Map();
  const features = map.emptySet();
  for (const [name, value] of Object.entries(props)) {
    if (value !== true || unmigratable.has(name)) continue;
    const feature = map.findFeature(x86FeatureFromQemu(name));
    if (feature !== undefined) features.add(feature.index);
  }
  const { vendor, family, model, stepping } = props;
  const signed = typeof family === 'number' && typeof model === 'number' && typeof stepping === 'number';
  return {
    features,
    vendor: typeof vendor === 'string' ? map.vendorNames.get(vendor) : undefined,
    signature: signed && family !== 0 ? { family, model, stepping } : undefined,
  };
}

/** The models of query-cpu-definitions, with what hinders each on this host. */
export function x86ModelsFromQemu(definitions: Iterable<QemuCpuDefinition>): HypervisorCpuModels {
  return new Map(
    Array.from(definitions, (definition): [string, HypervisorCpuModel] => {
      const missing = definition['unavailable-features'];
      if (missing === undefined) return [definition.name, {}];
      return [definition.name, { usable: missing.length === 0, blockers: missing.map(x86FeatureFromQemu) }];
    }),
  );
}

/** virCPUx86FeatureIsMSR: whether a feature is told by a model-specific register rather than by CPUID. */
export function isX86MsrFeature(name: string): boolean {
  const source = x86Map().findFeature(name)?.source;
  return source !== undefined && 'msr' in source;
}
