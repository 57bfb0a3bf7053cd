import type { DomainRef } from '../driver/index.js';
import type { Connect } from './connect.js';
import { DomainMethods } from './gen/domain-methods.gen.js';

/** virDomain */
export class Domain extends DomainMethods {
  constructor(
    readonly connect: Connect,
    readonly ref: DomainRef,
  ) {
    super();
  }

  /** virDomainGetName */
  get name(): string {
    return this.ref.name;
  }

  /** virDomainGetUUIDString */
  get uuid(): string {
    return this.ref.uuid;
  }

  /** virDomainGetID: as it was when this handle was made, -1 for an inactive domain */
  get id(): number {
    return this.ref.id;
  }
}
