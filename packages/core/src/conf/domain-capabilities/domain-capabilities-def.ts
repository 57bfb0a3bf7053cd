import type { CpuFeatureDef, CpuModelDef } from '../cpu/index.js';

/** Something a hypervisor has or has not */
export interface Supported {
  supported: boolean;
}

/** virDomainCapsOS */
export interface OsCaps extends Supported {
  /** What `<os firmware=…>` may ask for */
  firmware?: string[];
  loader?: LoaderCaps;
}

export interface LoaderCaps extends Supported {
  /** Firmware images on the host */
  value?: string[];
  type?: string[];
  readonly?: string[];
  secure?: string[];
}

/** The CPU that a guest with mode host-model would get */
export interface HostModelCaps extends Supported {
  model?: CpuModelDef;
  vendor?: string;
  feature: CpuFeatureDef[];
}

/** One model of mode custom */
export interface CpuModelCaps {
  usable?: 'yes' | 'no' | 'unknown';
  deprecated?: boolean;
  vendor?: string;
  name: string;
}

/** virDomainCapsCPU */
export interface CpuCaps {
  hostPassthrough: Supported & { hostPassthroughMigratable?: string[] };
  maximum: Supported & { maximumMigratable?: string[] };
  hostModel: HostModelCaps;
  custom: Supported & { model: CpuModelCaps[] };
}

export interface DiskCaps extends Supported {
  diskDevice?: string[];
  bus?: string[];
  model?: string[];
}

export interface HostdevCaps extends Supported {
  mode?: string[];
  startupPolicy?: string[];
  subsysType?: string[];
  capsType?: string[];
  pciBackend?: string[];
}

export interface TpmCaps extends Supported {
  model?: string[];
  backendModel?: string[];
  backendVersion?: string[];
}

/** A device of which drivers report nothing are left out */
export interface DeviceCaps {
  disk?: DiskCaps;
  graphics?: Supported & { type?: string[] };
  video?: Supported & { modelType?: string[] };
  hostdev?: HostdevCaps;
  rng?: Supported & { model?: string[]; backendModel?: string[] };
  filesystem?: Supported & { driverType?: string[] };
  tpm?: TpmCaps;
  redirdev?: Supported & { bus?: string[] };
  channel?: Supported & { type?: string[] };
}

/** virSEVCapability as guests' owners see it */
export interface SevCaps extends Supported {
  cbitpos?: number;
  reducedPhysBits?: number;
  maxGuests?: number;
  maxESGuests?: number;
}

/** virSGXCapability; sizes in KiB */
export interface SgxCaps extends Supported {
  flc?: boolean;
  sgx1?: boolean;
  sgx2?: boolean;
  section_size?: { unit: string; size: number };
  sections?: { section: { node: number; size: number; unit: string }[] };
}

export interface FeatureCaps {
  gic?: Supported & { version?: string[] };
  vmcoreinfo?: Supported;
  genid?: Supported;
  backingStoreInput?: Supported;
  backup?: Supported;
  s390Pv?: Supported;
  sev?: SevCaps;
  sgx?: SgxCaps;
  hyperv?: Supported & { features?: string[] };
}

/** virDomainCaps: what guests of one emulator, architecture, machine and type may have */
export interface DomainCapabilities {
  path: string;
  domain: string;
  machine?: string;
  arch: string;
  vcpu?: { max: number };
  iothreads?: Supported;
  os: OsCaps;
  cpu: CpuCaps;
  memoryBacking?: Supported & { sourceType?: string[] };
  devices: DeviceCaps;
  features: FeatureCaps;
}
