import { mkdir, readdir, readFile, readlink, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { removeFile, syncDirectory, writeFileAtomic } from '../../util/index.js';
import type { Log } from '../services.js';

/** A definition as it was found on disk. */
export interface StoredDefinition<T> {
  readonly definition: T;
  readonly autostart: boolean;
  readonly file: string;
}

/**
 * One XML file per object, and links in `autostart/` for those that start with the host. What a call has changed here
 * survives a loss of power once the call has ended.
 */
export class DefinitionStore {
  /** `folder` need not exist. */
  constructor(
    readonly folder: string,
    private readonly log: Log,
  ) {}

  /** A name that may hold any character, as a file name. */
  static fileName(name: string): string {
    return encodeURIComponent(name).replace(/^\./, '%2E').replaceAll('%20', ' ');
  }

  path(name: string, extension = '.xml'): string {
    return join(this.folder, DefinitionStore.fileName(name) + extension);
  }

  #link(name: string): string {
    return join(this.folder, 'autostart', `${DefinitionStore.fileName(name)}.xml`);
  }

  /** Reads all definitions; a file that cannot be read is left where it is, with a line in the log. */
  async load<T>(parse: (text: string, file: string) => T): Promise<StoredDefinition<T>[]> {
    const names = await readdir(this.folder).catch(() => [] as string[]);
    const found: StoredDefinition<T>[] = [];
    for (const name of names.filter((one) => one.endsWith('.xml')).sort()) {
      const file = join(this.folder, name);
      try {
        const definition = parse(await readFile(file, 'utf8'), file);
        const autostart = await readlink(join(this.folder, 'autostart', name)).then(
          () => true,
          () => false,
        );
        found.push({ definition, autostart, file });
      } catch (error) {
        this.log.error(`cannot load ${file}, which is left as it is: ${(error as Error).message}`);
      }
    }
    return found;
  }

  async save(name: string, text: string): Promise<void> {
    await writeFileAtomic(this.path(name), STORED_HEADER + text);
  }

  /** Removes a definition, its autostart link and what else bears its name. */
  async remove(name: string): Promise<void> {
    removeFile(this.#link(name));
    removeFile(this.path(name));
    await syncDirectory(this.folder).catch(() => undefined);
  }

  async setAutostart(name: string, autostart: boolean): Promise<void> {
    const link = this.#link(name);
    const folder = join(this.folder, 'autostart');
    if (autostart) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await symlink(this.path(name), link).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw error;
      });
    } else removeFile(link);
    await syncDirectory(folder).catch(() => undefined);
  }
}

/** What stands before a definition on disk. */
export const STORED_HEADER = `<!--
Written by virtkit; changes made by hand are overwritten. Use virsh or virtkit to edit.
-->
`;
