import type { DomainSnapshotRef } from '../driver/index.js';
import type { Connect } from './connect.js';
import { Domain } from './domain.js';
import { DomainSnapshotMethods } from './gen/domain-snapshot-methods.gen.js';

/** virDomainSnapshot */
export class DomainSnapshot extends DomainSnapshotMethods {
  constructor(
    readonly connect: Connect,
    readonly ref: DomainSnapshotRef,
  ) {
    super();
  }

  /** virDomainSnapshotGetName */
  get name(): string {
    return this.ref.name;
  }

  /** virDomainSnapshotGetDomain */
  get domain(): Domain {
    return new Domain(this.connect, this.ref.dom);
  }
}
