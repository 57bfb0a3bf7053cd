import { type BigIntStats, constants } from 'node:fs';
import { access, copyFile, mkdir, open, rm, rmdir, stat, truncate } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { dirname, join, resolve } from 'node:path';
import type { Connect } from '@virtkit/core';
import type { StoragePermissions, StorageVolDef, VolumeEncryption } from '@virtkit/core/conf';
import type { CommandRunner } from '@virtkit/core/driver';
import { StorageVolCreateFlags, StorageVolWipeAlgorithm as Wipe, writeFileAtomic } from '@virtkit/core/util';
import type { Files, OpenFile } from './files/index.js';
import { createImageArgs, type ImageSource } from './commands/index.js';
import {
  argumentUnsupported,
  failed,
  internalError,
  invalidArg,
  noSupport,
  systemError,
  unknownFlags,
  unsupported,
} from './storage-errors.js';

export interface VolumeServices {
  readonly commands: CommandRunner;
  /** Where passphrases may lie for as long as qemu-img runs. */
  readonly secretFolder: string;
  readonly secrets: () => Promise<Connect>;
}

const MINUTES = 60_000;

const formatOf = (def: StorageVolDef): string => def.target.format?.type ?? 'raw';
const pathOf = (def: StorageVolDef): string => def.target.path ?? '';
const isRaw = (def: StorageVolDef): boolean => ['raw', 'iso'].includes(formatOf(def));

interface BuildOptions {
  readonly preallocate: boolean;
  /** The copy shares the blocks of what it is made from. */
  readonly reflink?: boolean;
  readonly input?: StorageVolDef;
}

/** A new file: what the system says of it, and whether there is nothing but zeroes in it. */
export interface Built {
  readonly stats: BigIntStats;
  readonly blank: boolean;
}

/** What is done to volumes that are files. */
export class VolumeWork {
  constructor(private readonly services: VolumeServices) {}

  /** virStorageBackendVolBuildLocal: the file, directory or image, new; nothing is left of it where this raises. */
  async build(def: StorageVolDef, files: Files, options: BuildOptions): Promise<Built> {
    const path = pathOf(def);
    const file = await claim(def, files);
    try {
      try {
        const plain = isRaw(def) && def.target.encryption === undefined && isPlain(options.input);
        if (formatOf(def) === 'dir' && def.backingStore?.path !== undefined)
          throw noSupport('backing storage not supported for directories volumes');
        if (formatOf(def) !== 'dir') await (plain ? this.#raw(def, file, options) : this.#image(def, options));
        return { stats: await own(file, def.target.permissions), blank: plain && options.input === undefined };
      } finally {
        await file.close();
      }
    } catch (error) {
      await rm(path, { force: true, recursive: true });
      throw error;
    }
  }

  async #raw(def: StorageVolDef, file: OpenFile, { preallocate, reflink = false, input }: BuildOptions): Promise<void> {
    if (preallocate) throw unsupported('metadata preallocation is not supported for raw volumes');
    if (def.backingStore?.path !== undefined) throw noSupport('backing storage not supported for raw volumes');
    const path = pathOf(def);
    if (input !== undefined) await copy(pathOf(input), path, reflink);
    const size = input === undefined ? 0 : Number((await file.stat({ bigint: true })).size);
    if (def.capacity > size) await extend(file, path, def.capacity);
    if (input === undefined && def.allocation > 0) await this.#allocate(path, def.allocation);
    await file.sync();
  }

  /** Makes the space up to `end` the volume's own: at once where the file system can, else by writing zeroes. */
  async #allocate(path: string, end: number): Promise<void> {
    const program = this.services.commands.find('fallocate');
    if (program === undefined) return fill(path, end);
    try {
      await this.services.commands.run(program, ['--length', String(end), path]);
    } catch (error) {
      if (!/not supported/i.test((error as Error).message))
        throw systemError(`cannot allocate ${end} bytes in file '${path}'`, error);
      await fill(path, end);
    }
  }

  async #image(def: StorageVolDef, { preallocate, reflink = false, input }: BuildOptions): Promise<void> {
    if (reflink) throw unknownFlags(StorageVolCreateFlags.REFLINK, 'storageBackendCreateQemuImg');
    await assertBackingIsThere(def);
    const program = this.services.commands.find('qemu-img');
    if (program === undefined) throw unsupported('volumes of this format need qemu-img, which is not in PATH');
    const source: ImageSource | undefined = input && {
      path: pathOf(input),
      format: formatOf(input),
      name: input.name,
      ...(input.target.encryption && { encryption: input.target.encryption }),
    };
    // Refused before anything is asked of the secrets.
    createImageArgs(def, { preallocate, ...(source && { input: source }) });
    const secretFiles: string[] = [];
    try {
      const secretFile = await this.#secretFile(def.target.encryption, secretFiles);
      const inputSecretFile = await this.#secretFile(input?.target.encryption, secretFiles);
      const calls = createImageArgs(def, {
        preallocate,
        ...(source && { input: source }),
        ...(secretFile !== undefined && { secretFile }),
        ...(inputSecretFile !== undefined && { inputSecretFile }),
      });
      for (const args of calls) await this.services.commands.run(program, args, { deadline: 60 * MINUTES });
    } finally {
      for (const file of secretFiles) await rm(file, { force: true });
    }
  }

  /** The passphrase in a file for qemu-img, which its owner alone can read; who asks removes those in `made`. */
  async #secretFile(encryption: VolumeEncryption | undefined, made: string[]): Promise<string | undefined> {
    const wanted = encryption?.secret[0];
    if (encryption === undefined) return undefined;
    if (wanted === undefined) throw internalError('no secret provided for LUKS');
    const connect = await this.services.secrets();
    try {
      const secret =
        wanted.uuid === undefined
          ? await connect.secretLookupByUsage(1, wanted.usage ?? '')
          : await connect.secretLookupByUUID(wanted.uuid);
      const value = await secret.getValue(0);
      const file = join(this.services.secretFolder, `${randomUUID()}.secret`);
      made.push(file);
      await writeFileAtomic(file, value, { mode: 0o600, durable: false });
      return file;
    } finally {
      await connect.close();
    }
  }

  async remove(def: StorageVolDef, files: Files): Promise<void> {
    const path = pathOf(def);
    try {
      await (def.type === 'dir' ? rmdir(path) : files.unlink(path));
    } catch (error) {
      // What is gone already is as it should be.
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
      throw systemError(`cannot remove ${def.type === 'dir' ? 'directory' : 'file'} '${path}'`, error);
    }
  }

  /** virStorageBackendVolResizeLocal */
  async resize(
    def: StorageVolDef,
    capacity: number,
    { allocate, shrink }: { allocate: boolean; shrink: boolean },
  ): Promise<void> {
    const path = pathOf(def);
    if (isRaw(def) && def.target.encryption === undefined) {
      const file = await open(path, 'r+');
      try {
        await file.truncate(capacity);
        if (allocate && capacity > def.capacity) await this.#allocate(path, capacity);
        await file.sync();
      } finally {
        await file.close();
      }
      return;
    }
    if (allocate) throw noSupport('preallocate is only supported for raw volumes');
    const args = ['resize', ...(shrink ? ['--shrink'] : []), '-f', formatOf(def), path, String(capacity)];
    await this.services.commands.run('qemu-img', args, { deadline: 10 * MINUTES });
  }

  /** virStorageBackendVolWipeLocal: zeroes, or random bytes, over all of it. */
  async wipe(def: StorageVolDef, algorithm: number): Promise<void> {
    if (def.type === 'dir') throw unsupported('directories cannot be wiped: delete the volume');
    if (algorithm === Wipe.TRIM) throw argumentUnsupported("'trim' algorithm not supported");
    if (algorithm !== Wipe.ZERO) {
      const name = SCRUB[algorithm];
      if (name === undefined) throw invalidArg(`wiping algorithm ${algorithm} is not known`);
      const scrub = this.services.commands.find('scrub');
      if (scrub === undefined) throw unsupported(`wiping algorithm ${name} needs scrub, which is not in PATH`);
      await this.services.commands.run(scrub, ['-f', '-p', name, pathOf(def)], { deadline: 60 * MINUTES });
      return;
    }
    const path = pathOf(def);
    const { size, blocks } = await stat(path);
    if (blocks * 512 < size) {
      // A sparse file is emptied at no cost and without filling the disk.
      await truncate(path, 0);
      await truncate(path, size);
      return;
    }
    await fill(path, size);
  }
}

/** EFBIG: there are no offsets beyond it, neither here nor in any file system. */
const TOO_LARGE = Object.assign(new Error('the file would be too large'), { errno: -27 });

async function extend(file: OpenFile, path: string, size: number): Promise<void> {
  try {
    if (!Number.isSafeInteger(size)) throw TOO_LARGE;
    await file.truncate(size);
  } catch (error) {
    throw systemError(`cannot extend file '${path}'`, error);
  }
}

/** Takes the name, so that nothing that lies there already is touched, now or in cleaning up. */
async function claim(def: StorageVolDef, files: Files): Promise<OpenFile> {
  const { O_CREAT, O_EXCL, O_RDONLY, O_RDWR } = constants;
  const path = pathOf(def);
  try {
    if (formatOf(def) !== 'dir') return await files.open(path, O_RDWR | O_CREAT | O_EXCL, 0o600);
    await mkdir(path, { mode: 0o700 });
    return await files.open(path, O_RDONLY);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw failed(`volume target path '${path}' already exists`);
    throw systemError(`cannot create path '${path}'`, error);
  }
}

/** What is asked for a new file, and what it is then. */
async function own(file: OpenFile, { mode = 0o600, owner, group }: StoragePermissions = {}): Promise<BigIntStats> {
  const now = await file.stat({ bigint: true });
  const [uid, gid] = [Number(now.uid), Number(now.gid)];
  const isTheirs = (owner ?? uid) === uid && (group ?? gid) === gid;
  if (!isTheirs) await file.chown(owner ?? uid, group ?? gid);
  const isOpen = Number(now.mode & 0o7777n) === mode;
  if (!isOpen) await file.chmod(mode);
  return isTheirs && isOpen ? now : file.stat({ bigint: true });
}

/** Blocks are shared where the file system can do that; with `reflink` it must. */
async function copy(from: string, to: string, reflink: boolean): Promise<void> {
  const { COPYFILE_FICLONE, COPYFILE_FICLONE_FORCE } = constants;
  await copyFile(from, to, reflink ? COPYFILE_FICLONE_FORCE : COPYFILE_FICLONE).catch((error: unknown) => {
    throw systemError(reflink ? `failed to clone files from '${from}'` : `cannot copy '${from}' to '${to}'`, error);
  });
}

/** What lies behind an image; a relative path begins where the image is. */
async function assertBackingIsThere({ backingStore, target }: StorageVolDef): Promise<void> {
  const path = backingStore?.path;
  if (path === undefined || path.includes(':')) return;
  await access(resolve(dirname(target.path ?? ''), path), constants.R_OK).catch((error: unknown) => {
    throw systemError(`inaccessible backing store volume ${path}`, error);
  });
}

const isPlain = (input: StorageVolDef | undefined): boolean =>
  input === undefined || (isRaw(input) && input.target.encryption === undefined);

/** Names of algorithms as scrub knows them. */
const SCRUB: Readonly<Record<number, string>> = {
  [Wipe.NNSA]: 'nnsa',
  [Wipe.DOD]: 'dod',
  [Wipe.BSI]: 'bsi',
  [Wipe.GUTMANN]: 'gutmann',
  [Wipe.SCHNEIER]: 'schneier',
  [Wipe.PFITZNER7]: 'pfitzner7',
  [Wipe.PFITZNER33]: 'pfitzner33',
  [Wipe.RANDOM]: 'random',
};

const BLOCK = Buffer.alloc(1024 * 1024);

/** Writes zeroes up to `end`, so that the space is the volume's own, on disk. */
async function fill(path: string, end: number): Promise<void> {
  const file = await open(path, 'r+');
  try {
    for (let at = 0; at < end;) {
      const { bytesWritten } = await file.write(BLOCK, 0, Math.min(BLOCK.length, end - at), at);
      at += bytesWritten;
    }
    await file.sync();
  } finally {
    await file.close();
  }
}
