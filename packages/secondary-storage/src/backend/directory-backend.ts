import { chmod, chown, mkdir, rmdir, stat } from 'node:fs/promises';
import type { StoragePoolDef, StorageVolDef } from '@virtkit/core/conf';
import { invalid, systemError } from '../storage-errors.js';
import { permissionsOf } from '../file-facts.js';
import type { VolumeReader } from '../volume-reader.js';
import type { Backend, Formatting } from './backend.js';

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

  async refresh(def: StoragePoolDef, { files }: VolumeReader): Promise<StoragePoolDef> {
    const path = pathOf(def);
    try {
      const { bsize, blocks, bfree } = await files.space(path);
      const stats = await files.folder(path);
      const capacity = bsize * blocks;
      const available = bsize * bfree;
      return {
        ...def,
        capacity,
        available,
        allocation: capacity - available,
        target: { ...def.target, permissions: permissionsOf(stats) },
      };
    } catch (error) {
      throw systemError(`cannot statvfs path '${path}'`, error);
    }
  }
}
