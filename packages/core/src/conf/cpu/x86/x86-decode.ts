import { ErrorCode, ErrorDomain, LibvirtError } from '../../../util/index.js';
import type { CpuFeatureDef } from '../cpu-def.js';
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
  /** Models that compete by what they switch off alone: of those a baseline is computed for, the least capable is wanted. */
  readonly inputs?: ReadonlySet<string> | undefined;
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
  /** For the features switched off: the more there are, the more every further one costs. */
  readonly penalty: number;
}

/** x86Decode: the known model that tells a processor's facts best. */
export function x86Decode(facts: X86Facts, options: X86DecodeOptions): X86Decoded {
  const map = x86Map();
  const features = withoutBrokenTsx(facts, map);
  let best: Candidate | undefined;
  // Newer models first: of two that do equally well the newer stays.
  for (let i = map.models.length - 1; i >= 0; i--) {
    const model = map.models[i]!;
    if (!model.decodes[options.kind]) continue;
    const limits = options.models?.get(model.name);
    if (options.models !== undefined && limits === undefined) continue;
    if (facts.vendor !== undefined && model.vendor !== undefined && facts.vendor !== model.vendor) continue;
    const candidate = tryModel(model, features, options.kind, limits?.blockers ?? [], map);
    if (candidate === undefined) continue;
    if (model.name === options.preferred) {
      best = candidate;
      break;
    }
    if (best === undefined || isBetter(candidate, best, facts.signature, options.inputs)) best = candidate;
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
  // What a model has of its own stays, migratable or not.
  const hinders = (name: string) => map.unmigratable.has(map.feature(name).index);
  const chosen = best.features.filter(({ name }) => !options.migratable || !hinders(name));
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
  const features: CpuFeatureDef[] = [];
  const extra = told.minus(model.features);
  if (kind === 'host') {
    if (!model.features.isSubsetOf(told)) return undefined;
    for (const index of extra) features.push({ name: map.features[index]!.name });
    return { model, features, penalty: 0 };
  }
  // What this hypervisor's version of the model cannot do here has to be switched off even if ours is without it, unless
  // it is asked for.
  const missing = model.features.minus(told);
  for (const name of blockers) {
    const blocker = map.findFeature(name);
    if (blocker !== undefined) missing.add(blocker.index);
  }
  for (const index of extra) features.push({ policy: 'require', name: map.features[index]!.name });
  for (const index of missing.minus(extra)) features.push({ policy: 'disable', name: map.features[index]!.name });
  for (const name of model.removed) addMissing(features, name);
  return { model, features, penalty: penaltyOf(features) };
}

function addMissing(features: CpuFeatureDef[], name: string): void {
  if (!features.some((feature) => feature.name === name)) features.push({ policy: 'disable', name });
}

/** The first disabled feature costs 1, the next 2 and so on; as in libvirt, only every other one counts. */
function penaltyOf(features: readonly CpuFeatureDef[]): number {
  let disabled = 0;
  for (const feature of features) if (feature.policy === 'disable') disabled++;
  const pairs = (disabled + 1) >>> 1;
  return (pairs * (pairs + 1)) / 2;
}

/** x86DecodeUseCandidate */
function isBetter(
  candidate: Candidate,
  best: Candidate,
  signature: X86Signature | undefined,
  inputs: ReadonlySet<string> | undefined,
): boolean {
  if (signature !== undefined) {
    const fits = x86ModelHasSignature(candidate.model, signature);
    if (fits !== x86ModelHasSignature(best.model, signature)) return fits;
  }
  if (inputs?.has(candidate.model.name) && candidate.penalty < best.penalty) return true;
  const difference = candidate.features.length + candidate.penalty - (best.features.length + best.penalty);
  return difference < 0 || (difference === 0 && candidate.penalty < best.penalty);
}

/** TSX of early Haswells is broken and switched off by microcode, whatever CPUID says. */
function withoutBrokenTsx({ features, vendor, signature }: X86Facts, map: X86Map): FeatureSet {
  if (vendor !== 'Intel' || signature?.family !== 6) return features;
  const { model, stepping } = signature;
  const broken = (model === 63 && stepping < 4) || model === 60 || model === 69 || model === 70;
  return broken ? features.minus(map.setOf(['hle', 'rtm'])) : features;
}
