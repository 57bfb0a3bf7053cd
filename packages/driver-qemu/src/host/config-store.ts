import { readFileSync } from 'node:fs';
import { mkdir, readdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { STORED_HEADER } from '@virtkit/core/driver';
import {
  ErrorCode,
  ErrorDomain,
  LibvirtError,
  LoopShare,
  removeFile,
  syncDirectory,
  writeFileAtomic,
} from '@virtkit/core/util';

const SUFFIX = '.xml';

/** A definition as it lies on disk. */
export interface StoredConfig {
  readonly name: string;
  readonly path: string;
  readonly xml: string;
}

/** The definitions of one scope, one file each, and the links that mark those to be started with the host. */
export class ConfigStore {
  readonly #dir: string;
  readonly #autostart: string;

  constructor(dir: string) {
    this.#dir = dir;
    this.#autostart = join(dir, 'autostart');
  }

  /** Path of a domain's definition. */
  path(name: string): string {
    if (name.includes('/') || name === '.' || name === '..' || name === '')
      throw new LibvirtError(ErrorCode.XML_ERROR, ErrorDomain.QEMU, `name ${name} cannot contain '/'`);
    return join(this.#dir, name + SUFFIX);
  }

  #link(name: string): string {
    return join(this.#autostart, name + SUFFIX);
  }

  /** On disk when this resolves. */
  async save(name: string, xml: string): Promise<void> {
    const path = this.path(name);
    try {
      await writeFileAtomic(path, STORED_HEADER + xml);
    } catch (error) {
      throw LibvirtError.system(ErrorDomain.QEMU, `cannot save the definition of domain '${name}' in ${path}`, error);
    }
  }

  /** The autostart link goes first: a crash between the two leaves a domain that does not start by itself. */
  async remove(name: string): Promise<void> {
    try {
      removeFile(this.#link(name));
      removeFile(this.path(name));
      await syncDirectory(this.#dir);
    } catch (error) {
      throw LibvirtError.system(ErrorDomain.QEMU, `cannot remove the definition of domain '${name}'`, error);
    }
  }

  /** All definitions; a file that cannot be read is reported and skipped. */
  async *load(skipped: (path: string, error: unknown) => void): AsyncGenerator<StoredConfig> {
    const files = await readdir(this.#dir).catch(() => []);
    const share = new LoopShare();
    for (const file of files.sort()) {
      if (!file.endsWith(SUFFIX)) continue;
      const path = join(this.#dir, file);
      try {
        // A thousand small files are read ten times as fast without going through other threads.
        yield { name: file.slice(0, -SUFFIX.length), path, xml: readFileSync(path, 'utf8') };
      } catch (error) {
        skipped(path, error);
      }
      if (share.used) await share.next();
    }
  }

  /** Names that are marked to be started with the host. */
  async autostarted(): Promise<Set<string>> {
    const files = await readdir(this.#autostart).catch(() => []);
    return new Set(files.filter((file) => file.endsWith(SUFFIX)).map((file) => file.slice(0, -SUFFIX.length)));
  }

  async setAutostart(name: string, on: boolean): Promise<void> {
    const link = this.#link(name);
    try {
      if (!on) return void removeFile(link);
      await mkdir(this.#autostart, { recursive: true, mode: 0o700 });
      await symlink(this.path(name), link);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return;
      throw LibvirtError.system(ErrorDomain.QEMU, `cannot change the autostart link ${link}`, error);
    }
    await syncDirectory(this.#autostart);
  }
}
