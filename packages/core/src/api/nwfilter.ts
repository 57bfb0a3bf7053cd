import type { NWFilterRef } from '../driver/index.js';
import type { Connect } from './connect.js';
import { NWFilterMethods } from './gen/nwfilter-methods.gen.js';

/** virNWFilter */
export class NWFilter extends NWFilterMethods {
  constructor(
    readonly connect: Connect,
    readonly ref: NWFilterRef,
  ) {
    super();
  }

  /** virNWFilterGetName */
  get name(): string {
    return this.ref.name;
  }

  /** virNWFilterGetUUIDString */
  get uuid(): string {
    return this.ref.uuid;
  }
}
