import type { QemuFlag } from './flag-names.js';

/** What runs the guest's instructions; the `type` attribute of the capability cache */
export type Accelerator = 'kvm' | 'tcg' | 'hvf';

/** One entry of query-machines */
export interface MachineType {
  name: string;
  alias?: string;
  /** 0 when QEMU names no limit */
  maxCpus: number;
  hotplugCpus?: boolean;
  /** QEMU's own default, which need not be libvirt's */
  isDefault?: boolean;
  /** QOM type of the CPU a guest gets when it names none */
  defaultCpu?: string;
  /** Whether `-numa node,mem=` is accepted, rather than memdev only */
  numaMemSupported?: boolean;
  defaultRamId?: string;
  deprecated?: boolean;
}

/** virDomainCapsCPUUsable */
export type CpuUsable = 'unknown' | 'yes' | 'no';

/** One entry of query-cpu-definitions */
export interface CpuModel {
  name: string;
  /** QOM type */
  typename?: string;
  usable: CpuUsable;
  /** Features the host lacks, in QEMU's order and with its repetitions */
  blockers: string[];
  deprecated?: boolean;
}

/** One property of an expanded CPU model */
export type HostCpuProperty =
  | { name: string; type: 'boolean'; value: boolean; migratable?: boolean }
  | { name: string; type: 'string'; value: string }
  | { name: string; type: 'number'; value: number };

/** The model that the accelerator's `host` (or `max`) CPU expands to */
export interface HostCpuModel {
  model: string;
  /** Whether each enabled feature is known to be migratable or not */
  migratability: boolean;
  properties: HostCpuProperty[];
}

/** What a binary offers under one accelerator */
export interface AcceleratorCaps {
  hostCpu?: HostCpuModel;
  /** Undefined where QEMU cannot list models */
  cpuModels?: CpuModel[];
  /** The default machine first */
  machines: MachineType[];
}

/** One entry of query-gic-capabilities */
export interface GicCapability {
  version: number;
  kernel: boolean;
  emulated: boolean;
}

/** query-sev-capabilities */
export interface SevCapability {
  cbitpos: number;
  reducedPhysBits: number;
  pdh: string;
  certChain: string;
  cpu0Id?: string;
}

/** query-sgx-capabilities; sizes in KiB */
export interface SgxCapability {
  flc: boolean;
  sgx1: boolean;
  sgx2: boolean;
  sectionSize: number;
  sections: { node: number; size: number }[];
}

/** The record behind QemuCaps: all a probe learns, all the cache keeps */
export interface QemuCapsData {
  binary: string;
  /** Modification time of the binary when it was probed, in seconds; 0 when unknown */
  binaryTime: number;
  /** Modification time of QEMU's module directory, in seconds */
  moduleDirTime?: number;
  /** Identity of the software that wrote the cache */
  selfTime: number;
  selfVersion: number;
  /** major * 1,000,000 + minor * 1,000 + micro */
  version: number;
  kvmVersion: number;
  microcodeVersion: number;
  hostCpuSignature?: string;
  /** The distribution's name of the build */
  package: string;
  kernelVersion?: string;
  arch: string;
  flags: Set<QemuFlag>;
  accelerators: Partial<Record<Accelerator, AcceleratorCaps>>;
  gic: GicCapability[];
  sev?: SevCapability;
  sgx?: SgxCapability;
  /** Enlightenments that hv-passthrough turned on, by libvirt's names */
  hyperv?: string[];
  kvmSupportsNesting?: true;
  kvmSupportsSecureGuest?: true;
}
