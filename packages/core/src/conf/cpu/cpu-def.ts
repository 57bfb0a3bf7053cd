export const CPU_FEATURE_POLICIES = ['force', 'require', 'optional', 'disable', 'forbid'] as const;
export type CpuFeaturePolicy = (typeof CPU_FEATURE_POLICIES)[number];

export interface CpuFeatureDef {
  /** Guests only; a host's features are simply there. */
  policy?: CpuFeaturePolicy;
  name: string;
}

export interface CpuTopologyDef {
  sockets: number;
  dies: number;
  cores: number;
  threads: number;
}

export interface CpuPhysAddrDef {
  mode: 'emulate' | 'passthrough';
  bits?: number;
}

export interface CpuModelDef {
  /** What to do where the hypervisor does not know the model. */
  fallback?: 'allow' | 'forbid';
  /** The twelve letters CPUID gives as the vendor. */
  vendor_id?: string;
  name?: string;
}

/** virCPUDef of type guest: `<cpu>` of a domain. */
export interface GuestCpuDef {
  arch?: undefined;
  mode: 'custom' | 'host-model' | 'host-passthrough' | 'maximum';
  match?: 'minimum' | 'exact' | 'strict';
  check?: 'none' | 'partial' | 'full';
  migratable?: boolean;
  model?: CpuModelDef;
  vendor?: string;
  topology?: CpuTopologyDef;
  cache?: { level?: number; mode: 'emulate' | 'passthrough' | 'disable' };
  maxphysaddr?: CpuPhysAddrDef;
  feature: CpuFeatureDef[];
}

/** virCPUDef of type host: `<cpu>` in the capabilities of a host. */
export interface HostCpuDef {
  arch: string;
  /** Words that older clients look for. */
  features?: string[];
  model?: CpuModelDef;
  vendor?: string;
  microcode?: { version?: number };
  signature?: { family: number; model: number; stepping: number };
  /** The time stamp counter. */
  counter?: { name: 'tsc'; frequency: bigint; scaling?: boolean };
  topology?: CpuTopologyDef;
  maxphysaddr?: CpuPhysAddrDef;
  feature: CpuFeatureDef[];
  /** Page sizes the processor has. */
  pages?: { unit: string; size: number }[];
}

export type CpuDef = HostCpuDef | GuestCpuDef;

/** A description that names an architecture is a host's. */
export function isHostCpu(cpu: CpuDef): cpu is HostCpuDef {
  return cpu.arch !== undefined;
}

/** virCPUDefUpdateFeature: gives the feature this policy, in its place or at the end. */
export function withFeature(features: CpuFeatureDef[], name: string, policy: CpuFeaturePolicy): void {
  const found = features.findIndex((feature) => feature.name === name);
  if (found < 0) features.push({ policy, name });
  else features[found] = { policy, name };
}
