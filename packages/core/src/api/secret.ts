import type { SecretRef } from '../driver/index.js';
import type { Connect } from './connect.js';
import { SecretMethods } from './gen/secret-methods.gen.js';

/** virSecret */
export class Secret extends SecretMethods {
  constructor(
    readonly connect: Connect,
    readonly ref: SecretRef,
  ) {
    super();
  }

  /** virSecretGetUUIDString */
  get uuid(): string {
    return this.ref.uuid;
  }

  /** virSecretGetUsageType */
  get usageType(): number {
    return this.ref.usageType;
  }

  /** virSecretGetUsageID */
  get usageID(): string {
    return this.ref.usageID;
  }
}
