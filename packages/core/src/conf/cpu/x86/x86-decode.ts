import { ErrorCode, ErrorDomain, LibvirtError } from '../../../util/index.js';
import { withFeature, type CpuFeatureDef } from '../cpu-def.js';
import type { FeatureSet } from '../feature-set.js';
import type { HypervisorCpuModels } from '../hypervisor-models.js';
import { x86ModelHasSignature, type X86Facts, type X86Signature } from './x86-data.js';
import { x86Map, type X86Map, type X86Model } from './x86-map.js';

export interface X86DecodeOptions {
  /** A host's CPU is told by what it has; a guest's also by what is switched off. */
  readonly kind: 'host' | 'guest';
  /** The models to choose from; all that are known where absent. */
  readonly models?: HypervisorCpuModels | undefined;
  /** A model taken over any other if it can be had. */
  readonly preferred?: string | undefined;
  /** Leave out features that hinder migration. */
  readonly migratable?: boolean;
}

/** A processor's facts told as a named model and what differs from it. */
export interface X86Decoded {
  readonly model: string;
  readonly vendor: string | undefined;
  /** For a guest with policies `require` and `disable`; for a host without. */
  readonly features: CpuFeatureDef[];
  readonly signature: X86Signature | undefined;
}

interface Candidate {
  readonly model: X86Model;
  readonly features: readonly CpuFeatureDef[];
  readonly cost: { readonly total: number; readonly disabled: number };
}

/** x86Decode: the known model that tells a processor's facts best. */
export function x86Decode(facts: X86Facts, options: X86DecodeOptions): X86Decoded {
  const map = x86Map();
  const features = withoutBrokenTsx(facts, map);
  const told = options.migratable ? features.minus(map.unmigratable) : features;
  let best: Candidate | undefined;
  // Newer models first: of two that do equally well the newer stays.
  for (let i = map.models.length - 1; i >= 0; i--) {
    const model = map.models[i]!;
    if (!model.decodes[options.kind]) continue;
    const limits = options.models?.get(model.name);
    if (options.models !== undefined && limits === undefined) continue;
    if (facts.vendor !== undefined && model.vendor !== undefined && facts.vendor !== model.vendor) continue;
    const candidate = tryModel(model, told, options.kind, limits?.blockers ?? [], map);
    if (candidate === undefined) continue;
    if (model.name === options.preferred) {
      best = candidate;
      break;
    }
    if (best === undefined || isBetter(candidate, best, facts.signature)) best = candidate;
  }
  if (best === undefined) {
    throw new LibvirtError(
      ErrorCode.INTERNAL_ERROR,
      ErrorDomain.CPU,
      options.models === undefined
        ? 'Cannot find suitable CPU model for given data'
        : 'Cannot find suitable CPU model for given data among those the hypervisor supports',
    );
  }
  const chosen = best.features.slice();
  if (options.kind === 'guest') {
    for (const name of best.model.removed) {
      if (!chosen.some((feature) => feature.name === name)) chosen.push({ policy: 'disable', name });
    }
  }
  return { model: best.model.name, vendor: facts.vendor, features: chosen, signature: facts.signature };
}

/** The description by this model; undefined where a host lacks something of it. */
function tryModel(
  model: X86Model,
  told: FeatureSet,
  kind: 'host' | 'guest',
  blockers: readonly string[],
  map: X86Map,
): Candidate | undefined {
  const missing = model.features.minus(told);
  const features: CpuFeatureDef[] = [];
  if (kind === 'host') {
    if (!missing.isEmpty) return undefined;
    for (const index of told.minus(model.features)) features.push({ name: map.features[index]!.name });
    return { model, features, cost: { total: features.length, disabled: 0 } };
  }
  for (const index of told.minus(model.features)) features.push({ policy: 'require', name: map.features[index]!.name });
  for (const index of missing) features.push({ policy: 'disable', name: map.features[index]!.name });
  // What this hypervisor's version of the model cannot do here has to be switched off even if the model is ours without it.
  for (const name of blockers) withFeature(features, name, 'disable');
  return { model, features, cost: listCost(features) };
}

/**
 * Length of the list, in which every further disabled feature weighs more than the one before. libvirt counts up to the
 * number of features not yet found to be disabled, so it misses disabled ones near the end of a list with many of them.
 */
function listCost(features: readonly CpuFeatureDef[]): { readonly total: number; readonly disabled: number } {
  let enabled = features.length;
  let disabled = 0;
  let weight = 1;
  for (let i = 0; i < enabled; i++) {
    if (features[i]!.policy !== 'disable') continue;
    enabled--;
    disabled += weight++;
  }
  return { total: enabled + disabled, disabled };
}

/** x86DecodeUseCandidate */
function isBetter(candidate: Candidate, best: Candidate, signature: X86Signature | undefined): boolean {
  if (signature !== undefined) {
    const fits = x86ModelHasSignature(candidate.model, signature);
    if (fits !== x86ModelHasSignature(best.model, signature)) return fits;
  }
  const { total, disabled } = candidate.cost;
  return total < best.cost.total || (total === best.cost.total && disabled < best.cost.disabled);
}

/** TSX of early Haswells is broken and switched off by microcode, whatever CPUID says. */
function withoutBrokenTsx({ features, vendor, signature }: X86Facts, map: X86Map): FeatureSet {
  if (vendor !== 'Intel' || signature?.family !== 6) return features;
  const { model, stepping } = signature;
  const broken = (model === 63 && stepping < 4) || model === 60 || model === 69 || model === 70;
  return broken ? features.minus(map.setOf(['hle', 'rtm'])) : features;
}
