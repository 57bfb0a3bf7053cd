import type { DomainCheckpointRef } from '../driver/index.js';
import type { Connect } from './connect.js';
import { Domain } from './domain.js';
import { DomainCheckpointMethods } from './gen/domain-checkpoint-methods.gen.js';

/** virDomainCheckpoint */
export class DomainCheckpoint extends DomainCheckpointMethods {
  constructor(
    readonly connect: Connect,
    readonly ref: DomainCheckpointRef,
  ) {
    super();
  }

  /** virDomainCheckpointGetName */
  get name(): string {
    return this.ref.name;
  }

  /** virDomainCheckpointGetDomain */
  get domain(): Domain {
    return new Domain(this.connect, this.ref.dom);
  }
}
