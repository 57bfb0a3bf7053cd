import { chmod, chown, mkdir, rmdir, stat } from 'node:fs/promises';
import type { StoragePoolDef, StorageVolDef } from '@virtkit/core/conf';
import type { Awaitable } from '@virtkit/core/driver';
import { invalid, systemError } from '../storage-errors.js';
import { permissionsOf } from '../file-facts.js';
import type { VolumeReader } from '../volume-reader.js';
import type { Backend, Formatting, PoolSizes } from './backend.js';

const pathOf = (def: StoragePoolDef): string => def.target.path ?? '';

/** Pools that are a directory. */
export class DirectoryBackend implements Backend {
  async build(def: StoragePoolDef, format?: Formatting): Promise<void> {
    const path = pathOf(def);
    const { mode, owner, group } = def.target.permissions ?? {};
    try {
      const existed = await stat(path).then(
        () => true,
        () => false,
      );
      await mkdir(path, { recursive: true, mode: mode ?? 0o711 });
      if (mode !== undefined || !existed) await chmod(path, mode ?? 0o711);
      if (owner !== undefined || group !== undefined) {
        const now = await stat(path);
        await chown(path, owner ?? now.uid, group ?? now.gid);
      }
    } catch (error) {
      throw systemError(`cannot create path '${path}'`, error);
    }
    if (format !== undefined) await this.format(def, format);
  }

  /** A directory lies in no device. */
  protected async format(def: StoragePoolDef, _format: Formatting): Promise<void> {
    throw invalid(`No source device specified when formatting pool '${def.name}'`);
  }

  async start(_def: StoragePoolDef): Promise<void> {}

  async stop(_def: StoragePoolDef): Promise<void> {}

  async remove(def: StoragePoolDef): Promise<void> {
    await rmdir(pathOf(def)).catch((error: unknown) => {
      throw systemError(`failed to remove pool '${pathOf(def)}'`, error);
    });
  }

  async check(def: StoragePoolDef): Promise<boolean> {
    return stat(pathOf(def)).then(
      (found) => found.isDirectory(),
      () => false,
    );
  }

  volumes(def: StoragePoolDef, reader: VolumeReader): Promise<StorageVolDef[]> {
    return reader.folder(pathOf(def));
  }

  sizes(def: StoragePoolDef, { files }: VolumeReader): Promise<PoolSizes> {
    return statting(def, async (path) => {
      const { bsize, blocks, bfree } = await files.space(path);
      const capacity = bsize * blocks;
      const available = bsize * bfree;
      return { capacity, available, allocation: capacity - available };
    });
  }

  async refresh(def: StoragePoolDef, reader: VolumeReader): Promise<StoragePoolDef> {
    const sizes = await this.sizes(def, reader);
    const stats = await statting(def, (path) => reader.files.folder(path));
    return { ...def, ...sizes, target: { ...def.target, permissions: permissionsOf(stats) } };
  }
}

async function statting<T>(def: StoragePoolDef, look: (path: string) => Awaitable<T>): Promise<T> {
  const path = pathOf(def);
  try {
    return await look(path);
  } catch (error) {
    throw systemError(`cannot statvfs path '${path}'`, error);
  }
}
