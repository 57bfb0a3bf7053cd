import type { InterfaceRef } from '../driver/index.js';
import type { Connect } from './connect.js';
import { InterfaceMethods } from './gen/interface-methods.gen.js';

/** virInterface */
export class Interface extends InterfaceMethods {
  constructor(
    readonly connect: Connect,
    readonly ref: InterfaceRef,
  ) {
    super();
  }

  /** virInterfaceGetName */
  get name(): string {
    return this.ref.name;
  }

  /** virInterfaceGetMACString */
  get mac(): string {
    return this.ref.mac;
  }
}
