import type { BaselineOptions } from './baseline-options.js';
import type { CpuComparison } from './cpu-comparison.js';
import type { CpuDef, GuestCpuDef } from './cpu-def.js';
import type { FeatureSet } from './feature-set.js';
import type { HypervisorCpuModels } from './hypervisor-models.js';

/** Features of a running guest: those it has, and those it was to have but cannot. */
export interface LiveFeatures {
  readonly enabled: FeatureSet;
  readonly disabled: FeatureSet;
}

/** cpuArchDriver: what is known of the CPUs of a family of architectures; what is absent cannot be told for them. */
export interface CpuDriver {
  readonly name: string;
  /** Architectures, by libvirt's names. */
  readonly archs: readonly string[];
  /** Can `host` run `cpu`? */
  compare?(host: CpuDef | undefined, cpu: CpuDef): CpuComparison;
  /** The best CPU that all can run. */
  baseline?(cpus: readonly CpuDef[], options: BaselineOptions): GuestCpuDef;
  /** The guest's description with everything settled that depends on the host. */
  update?(guest: GuestCpuDef, host: CpuDef | undefined, relative: boolean): GuestCpuDef;
  /** The guest's description once it runs. */
  updateLive?(guest: GuestCpuDef, live: LiveFeatures): GuestCpuDef;
  /** The first feature of the guest's that is none. */
  unknownFeature?(guest: GuestCpuDef): string | undefined;
  hasFeature?(cpu: CpuDef, name: string): boolean;
  /** The same CPU told by one of these models. */
  translate?(guest: GuestCpuDef, models: HypervisorCpuModels): GuestCpuDef;
  /** The model's features told one by one. */
  expand?<T extends CpuDef>(cpu: T): T;
  migratable?<T extends CpuDef>(cpu: T): T;
  /** Names of the past made those of today. */
  convertLegacy?(guest: GuestCpuDef): GuestCpuDef;
  /** All model names; undefined where the driver cannot tell. */
  modelNames?(): readonly string[];
  /** Who makes processors of a model; undefined where many do. */
  modelVendor?(name: string): string | undefined;
}
