import type { QmpSchema } from './schema.js';

/** The default values of a type's properties by name; the value is undefined where QEMU gives none */
export type PropertyMap = ReadonlyMap<string, unknown>;

/** What a QEMU told about itself, as the flag rules read it */
export interface ProbeFacts {
  arch: string;
  version: number;
  kvm: boolean;
  commands: ReadonlySet<string>;
  schema: QmpSchema;
  types: ReadonlySet<string>;
  /** By QOM type; machine types by their alias */
  properties: ReadonlyMap<string, PropertyMap>;
  /** Parameters of each command-line option */
  options: ReadonlyMap<string, ReadonlySet<string>>;
  migration: ReadonlySet<string>;
  tpmModels: ReadonlySet<string>;
  tpmTypes: ReadonlySet<string>;
  cpuModels: ReadonlySet<string>;
  sev: boolean;
  sgx: boolean;
}
