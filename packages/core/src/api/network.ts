import type { NetworkRef } from '../driver/index.js';
import type { Connect } from './connect.js';
import { NetworkMethods } from './gen/network-methods.gen.js';

/** virNetwork */
export class Network extends NetworkMethods {
  constructor(
    readonly connect: Connect,
    readonly ref: NetworkRef,
  ) {
    super();
  }

  /** virNetworkGetName */
  get name(): string {
    return this.ref.name;
  }

  /** virNetworkGetUUIDString */
  get uuid(): string {
    return this.ref.uuid;
  }
}
