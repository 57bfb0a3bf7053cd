import type { StoragePoolDef, StorageVolDef } from '@virtkit/core/conf';
import type { StoragePoolRef, StorageVolRef } from '@virtkit/core/driver';
import { ErrorDomain, JobQueue } from '@virtkit/core/util';
import { VolumeReader } from './volume-reader.js';
import type { FilesAt } from './files/index.js';

/** virStoragePoolObj: one pool and, while it is active, its volumes. */
export class Pool {
  def: StoragePoolDef;
  /** What it will be when started next, while it is active and persistent. */
  newDef: StoragePoolDef | undefined;
  active = false;
  /** While this lasts a new definition is for the next start. */
  starting = false;
  persistent = false;
  autostart = false;
  readonly volumes = new Map<string, StorageVolDef>();
  readonly jobs = new JobQueue(ErrorDomain.STORAGE);

  /** Finds out what its volumes are; what it learned ends with the pool's being active. */
  reader: VolumeReader;

  constructor(
    def: StoragePoolDef,
    private readonly filesAt: () => FilesAt,
  ) {
    this.def = def;
    this.reader = new VolumeReader(filesAt());
  }

  /** Forgets all that was found out while it was active. */
  clear(): void {
    this.volumes.clear();
    this.reader = new VolumeReader(this.filesAt());
  }

  get name(): string {
    return this.def.name;
  }

  get ref(): StoragePoolRef {
    return { name: this.def.name, uuid: this.def.uuid };
  }

  get config(): StoragePoolDef {
    return this.newDef ?? this.def;
  }

  volumeRef(def: StorageVolDef): StorageVolRef {
    return { pool: this.def.name, name: def.name, key: def.key ?? '' };
  }
}
