import type { StoragePoolDef, StorageVolDef } from '@virtkit/core/conf';
import type { StoragePoolRef, StorageVolRef } from '@virtkit/core/driver';

/** Bytes that every pool of this driver holds. */
const POOL_CAPACITY = 107_374_182_400;

/** virStorageVolObj */
export interface VolumeObject {
  readonly def: StorageVolDef;
  readonly path: string;
  readonly ref: StorageVolRef;
}

/** virStoragePoolObj: one pool and its volumes. */
export class PoolObject {
  readonly uuid: string;
  readonly ref: StoragePoolRef;
  persistent = false;
  autostart = false;
  active = false;
  readonly volumes = new Map<string, VolumeObject>();
  readonly #byPath = new Map<string, VolumeObject>();
  #def: StoragePoolDef;

  constructor(def: StoragePoolDef) {
    this.#def = def;
    this.uuid = def.uuid;
    this.ref = { name: def.name, uuid: def.uuid };
    this.define(def);
  }

  get name(): string {
    return this.ref.name;
  }

  get def(): StoragePoolDef {
    return this.#def;
  }

  /** A definition never says how much there is. */
  define(def: StoragePoolDef): void {
    this.#def = { ...def, capacity: POOL_CAPACITY, allocation: 0, available: POOL_CAPACITY };
    let allocated = 0;
    for (const { def: volume } of this.volumes.values()) allocated += volume.allocation;
    this.#allocate(allocated);
  }

  byPath(path: string): VolumeObject | undefined {
    return this.#byPath.get(path);
  }

  addVolume(def: StorageVolDef): VolumeObject {
    const path = `${this.#def.target.path ?? ''}/${def.name}`;
    const volume: VolumeObject = {
      def: { ...def, key: path, target: { ...def.target, path } },
      path,
      ref: { pool: this.name, name: def.name, key: path },
    };
    this.volumes.set(def.name, volume);
    this.#byPath.set(path, volume);
    this.#allocate(def.allocation);
    return volume;
  }

  removeVolume(volume: VolumeObject): void {
    this.volumes.delete(volume.def.name);
    this.#byPath.delete(volume.path);
    this.#allocate(-volume.def.allocation);
  }

  #allocate(bytes: number): void {
    const allocation = this.#def.allocation + bytes;
    this.#def = { ...this.#def, allocation, available: this.#def.capacity - allocation };
  }
}
