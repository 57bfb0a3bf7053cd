import type { StoragePoolRef } from '../driver/index.js';
import type { Connect } from './connect.js';
import { StoragePoolMethods } from './gen/storage-pool-methods.gen.js';

/** virStoragePool */
export class StoragePool extends StoragePoolMethods {
  constructor(
    readonly connect: Connect,
    readonly ref: StoragePoolRef,
  ) {
    super();
  }

  /** virStoragePoolGetName */
  get name(): string {
    return this.ref.name;
  }

  /** virStoragePoolGetUUIDString */
  get uuid(): string {
    return this.ref.uuid;
  }
}
