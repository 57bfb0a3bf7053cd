import type { StorageVolRef } from '../driver/index.js';
import type { Connect } from './connect.js';
import { StorageVolMethods } from './gen/storage-vol-methods.gen.js';

/** virStorageVol */
export class StorageVol extends StorageVolMethods {
  constructor(
    readonly connect: Connect,
    readonly ref: StorageVolRef,
  ) {
    super();
  }

  /** Name of the volume's pool */
  get pool(): string {
    return this.ref.pool;
  }

  /** virStorageVolGetName */
  get name(): string {
    return this.ref.name;
  }

  /** virStorageVolGetKey */
  get key(): string {
    return this.ref.key;
  }
}
