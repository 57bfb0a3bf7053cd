import { ErrorCode, ErrorDomain, LibvirtError } from '../../../util/index.js';
import { FeatureSet } from '../feature-set.js';
import {
  X86_CPUID_FEATURES,
  X86_MSR_FEATURES,
  X86_UNMIGRATABLE,
  X86_VENDORS,
  type Register,
} from '../map/x86-features.js';
import { X86_MODELS } from '../map/x86-models.js';

/** Where a feature is told: a bit of a register of a CPUID leaf, or of a model-specific register. */
export interface X86Feature {
  readonly name: string;
  readonly index: number;
  readonly source: X86Source;
  readonly bit: number;
}

export type X86Source =
  { readonly leaf: number; readonly subleaf: number; readonly register: Register } | { readonly msr: number };

export interface X86SignatureRange {
  readonly family: number;
  readonly model: number;
  readonly firstStepping?: number;
  readonly lastStepping?: number;
}

export interface X86Model {
  readonly name: string;
  readonly vendor: string | undefined;
  readonly signatures: readonly X86SignatureRange[];
  readonly features: FeatureSet;
  /** Names of features the model once had. */
  readonly removed: readonly string[];
  readonly decodes: Readonly<Record<'host' | 'guest', boolean>>;
}

/** All that is known of x86 CPUs, ready for computing. */
export class X86Map {
  readonly features: readonly X86Feature[];
  /** In order of age. */
  readonly models: readonly X86Model[];
  readonly unmigratable: FeatureSet;
  private readonly featureNames: ReadonlyMap<string, X86Feature>;
  private readonly modelNames = new Map<string, X86Model>();
  /** Vendor strings of CPUID to names. */
  readonly vendorNames: ReadonlyMap<string, string>;

  constructor() {
    this.features = readFeatures();
    this.featureNames = new Map(this.features.map((feature) => [feature.name, feature]));
    this.unmigratable = this.setOf(X86_UNMIGRATABLE);
    this.vendorNames = new Map(Object.entries(X86_VENDORS).map(([name, text]) => [text, name]));
    this.models = X86_MODELS.map((row) => {
      const base = row.from === undefined ? this.emptySet() : this.model(row.from).features;
      const model: X86Model = {
        name: row.name,
        vendor: row.vendor,
        signatures: words(row.signatures).map(readSignature),
        features: base.plus(this.setOf(words(row.add))).minus(this.setOf(words(row.drop))),
        removed: words(row.removed),
        decodes: { host: !row.never?.includes('host'), guest: !row.never?.includes('guest') },
      };
      this.modelNames.set(row.name, model);
      return model;
    });
  }

  emptySet(): FeatureSet {
    return FeatureSet.of(this.features.length);
  }

  setOf(names: Iterable<string>): FeatureSet {
    const set = this.emptySet();
    for (const name of names) set.add(this.feature(name).index);
    return set;
  }

  findFeature(name: string): X86Feature | undefined {
    return this.featureNames.get(name);
  }

  feature(name: string): X86Feature {
    const found = this.featureNames.get(name);
    if (found === undefined) throw unknown(`Unknown CPU feature ${name}`);
    return found;
  }

  findModel(name: string): X86Model | undefined {
    return this.modelNames.get(name);
  }

  model(name: string): X86Model {
    const found = this.modelNames.get(name);
    if (found === undefined) throw unknown(`Unknown CPU model ${name}`);
    return found;
  }

  hasVendor(name: string): boolean {
    return Object.hasOwn(X86_VENDORS, name);
  }
}

let map: X86Map | undefined;

/** Built at the first use. */
export function x86Map(): X86Map {
  return (map ??= new X86Map());
}

function unknown(detail: string): LibvirtError {
  return new LibvirtError(ErrorCode.INTERNAL_ERROR, ErrorDomain.CPU, detail);
}

function readFeatures(): X86Feature[] {
  const features: X86Feature[] = [];
  const read = (source: X86Source, text: string) => {
    for (const word of words(text)) {
      const colon = word.lastIndexOf(':');
      features.push({ name: word.slice(0, colon), index: features.length, source, bit: Number(word.slice(colon + 1)) });
    }
  };
  for (const [leaf, subleaf, register, text] of X86_CPUID_FEATURES) read({ leaf, subleaf, register }, text);
  for (const [msr, text] of X86_MSR_FEATURES) read({ msr }, text);
  return features;
}

function readSignature(text: string): X86SignatureRange {
  const [family, model, steppings] = text.split('/');
  const range = { family: Number(family), model: Number(model) };
  if (steppings === undefined) return range;
  const [first, last] = steppings.split('-');
  return { ...range, firstStepping: Number(first), lastStepping: Number(last ?? first) };
}

function words(text: string | undefined): string[] {
  return text === undefined || text === '' ? [] : text.split(' ');
}
