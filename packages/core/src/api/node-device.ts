import type { NodeDeviceRef } from '../driver/index.js';
import type { Connect } from './connect.js';
import { NodeDeviceMethods } from './gen/node-device-methods.gen.js';

/** virNodeDevice */
export class NodeDevice extends NodeDeviceMethods {
  constructor(
    readonly connect: Connect,
    readonly ref: NodeDeviceRef,
  ) {
    super();
  }

  /** virNodeDeviceGetName */
  get name(): string {
    return this.ref.name;
  }
}
