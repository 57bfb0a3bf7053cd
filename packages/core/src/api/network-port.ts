import type { NetworkPortRef } from '../driver/index.js';
import type { Connect } from './connect.js';
import { Network } from './network.js';
import { NetworkPortMethods } from './gen/network-port-methods.gen.js';

/** virNetworkPort */
export class NetworkPort extends NetworkPortMethods {
  constructor(
    readonly connect: Connect,
    readonly ref: NetworkPortRef,
  ) {
    super();
  }

  /** virNetworkPortGetUUIDString */
  get uuid(): string {
    return this.ref.uuid;
  }

  /** virNetworkPortGetNetwork */
  get network(): Network {
    return new Network(this.connect, this.ref.net);
  }
}
