import { readdir, readFile } from 'node:fs/promises';
import type { StoragePoolDef, StorageVolDef } from '@virtkit/core/conf';
import type { HostFs } from '@virtkit/core/driver';
import { noSupport } from '../storage-errors.js';
import type { VolumeReader } from '../volume-reader.js';
import type { Backend, PoolSizes } from './backend.js';

/** The host's multipath devices; there is one such pool at most. */
export class MultipathBackend implements Backend {
  constructor(private readonly hostFs: HostFs) {}

  async build(): Promise<void> {
    throw noSupport("pools of type 'mpath' are not built");
  }

  async start(): Promise<void> {}

  async stop(): Promise<void> {}

  async remove(): Promise<void> {
    throw noSupport("pools of type 'mpath' are not deleted");
  }

  async check(): Promise<boolean> {
    return true;
  }

  async volumes(_def: StoragePoolDef, reader: VolumeReader): Promise<StorageVolDef[]> {
    const blocks = await readdir(this.hostFs.path('/sys/block')).catch(() => []);
    const found = await Promise.all(blocks.sort().map((block) => this.#volume(block, reader)));
    return found.filter((volume) => volume !== undefined);
  }

  /** A map of device-mapper that multipath has made. */
  async #volume(block: string, reader: VolumeReader): Promise<StorageVolDef | undefined> {
    const fact = (name: string): Promise<string> =>
      readFile(this.hostFs.path(`/sys/block/${block}/dm/${name}`), 'utf8').then(
        (text) => text.trim(),
        () => '',
      );
    if (!(await fact('uuid')).startsWith('mpath-')) return undefined;
    return reader.find(`/dev/mapper/${await fact('name')}`);
  }

  async refresh(def: StoragePoolDef, reader: VolumeReader): Promise<StoragePoolDef> {
    return { ...def, ...(await this.sizes(def, reader)) };
  }

  async sizes(def: StoragePoolDef, reader: VolumeReader): Promise<PoolSizes> {
    const volumes = await this.volumes(def, reader);
    const capacity = volumes.reduce((sum, volume) => sum + volume.capacity, 0);
    return { capacity, allocation: capacity, available: 0 };
  }
}
