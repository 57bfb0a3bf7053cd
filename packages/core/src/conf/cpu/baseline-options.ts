import type { HypervisorCpuModels } from './hypervisor-models.js';

export interface BaselineOptions {
  /** The models to choose from. */
  readonly models?: HypervisorCpuModels | undefined;
  /** Names of the features the hypervisor can give. */
  readonly features?: readonly string[] | undefined;
  /** Leave out features that hinder migration. */
  readonly migratable?: boolean | undefined;
}
