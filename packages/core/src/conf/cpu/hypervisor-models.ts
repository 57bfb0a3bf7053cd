/** What a hypervisor says of one of its CPU models. */
export interface HypervisorCpuModel {
  /** Features of the model that cannot be had on this host, by libvirt's names. */
  readonly blockers?: readonly string[];
  readonly usable?: boolean;
}

/** virDomainCapsCPUModels: the CPU models of a hypervisor by name. */
export type HypervisorCpuModels = ReadonlyMap<string, HypervisorCpuModel>;

export function hypervisorModels(names: Iterable<string>): HypervisorCpuModels {
  return new Map(Array.from(names, (name) => [name, {}]));
}
