import type { NWFilterBindingRef } from '../driver/index.js';
import type { Connect } from './connect.js';
import { NWFilterBindingMethods } from './gen/nwfilter-binding-methods.gen.js';

/** virNWFilterBinding */
export class NWFilterBinding extends NWFilterBindingMethods {
  constructor(
    readonly connect: Connect,
    readonly ref: NWFilterBindingRef,
  ) {
    super();
  }

  /** virNWFilterBindingGetPortDev */
  get portdev(): string {
    return this.ref.portdev;
  }

  /** virNWFilterBindingGetFilterName */
  get filtername(): string {
    return this.ref.filtername;
  }
}
