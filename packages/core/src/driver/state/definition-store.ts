import { readFileSync } from 'node:fs';
import { mkdir, readdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type ErrorDomain,
  LibvirtError,
  LoopShare,
  removeFile,
  syncDirectory,
  writeFileAtomic,
} from '../../util/index.js';
import type { Log } from '../services.js';

const SUFFIX = '.xml';

/** What stands before a definition on disk. */
const HEADER = `<!--
Written by virtkit; changes made by hand are overwritten. Use virsh or virtkit to edit.
-->
`;

/** A file of a store. */
export interface StoredFile {
  readonly path: string;
  /** Its name without the ending. */
  readonly base: string;
  readonly text: string;
  readonly autostart: boolean;
}

/** A definition as it was found on disk. */
export interface StoredDefinition<T> {
  readonly definition: T;
  readonly autostart: boolean;
  readonly file: string;
}

export interface DefinitionStoreOptions {
  readonly log: Log;
  /** Whose errors it raises. */
  readonly domain: ErrorDomain;
  /** What errors call one of its objects: `network`. */
  readonly what: string;
  /** The file name of an object, without the ending: {@link fileNameOf} unless given. May raise an error for a bad name. */
  readonly fileName?: (name: string) => string;
}

/** A name that may hold any character, as a file name. */
export const fileNameOf = (name: string): string =>
  encodeURIComponent(name).replace(/^\./, '%2E').replaceAll('%20', ' ');

/**
 * One XML file per object, and links in `autostart/` for those that start with the host. What a call has changed here
 * survives a loss of power once the call has ended.
 */
export class DefinitionStore {
  readonly #autostart: string;
  readonly #log: Log;
  readonly #domain: ErrorDomain;
  readonly #what: string;
  readonly #fileName: (name: string) => string;

  /** `folder` need not exist. */
  constructor(
    readonly folder: string,
    { log, domain, what, fileName = fileNameOf }: DefinitionStoreOptions,
  ) {
    this.#autostart = join(folder, 'autostart');
    this.#log = log;
    this.#domain = domain;
    this.#what = what;
    this.#fileName = fileName;
  }

  /** Path of an object's definition. */
  path(name: string): string {
    return join(this.folder, this.#fileName(name) + SUFFIX);
  }

  #link(name: string): string {
    return join(this.#autostart, this.#fileName(name) + SUFFIX);
  }

  /** All definitions as they were written; a file that cannot be read is left where it is, with a line in the log. */
  async *files(): AsyncGenerator<StoredFile> {
    const [names, started] = await Promise.all(
      [this.folder, this.#autostart].map((folder) => readdir(folder).catch(() => [] as string[])),
    );
    const autostarted = new Set(started);
    const share = new LoopShare();
    for (const name of names!.filter((one) => one.endsWith(SUFFIX)).sort()) {
      const path = join(this.folder, name);
      try {
        // A thousand small files are read ten times as fast without going through other threads.
        const text = readFileSync(path, 'utf8');
        yield { path, base: name.slice(0, -SUFFIX.length), text, autostart: autostarted.has(name) };
      } catch (error) {
        this.skipped(path, error);
      }
      if (share.used) await share.next();
    }
  }

  /** Says in the log that a file could not be used. */
  skipped(path: string, error: unknown): void {
    this.#log.error(`${path} is skipped, and left as it is: ${error instanceof Error ? error.message : String(error)}`);
  }

  /** Reads all definitions; one that cannot be understood is left where it is, with a line in the log. */
  async load<T>(parse: (text: string) => T): Promise<StoredDefinition<T>[]> {
    const found: StoredDefinition<T>[] = [];
    for await (const { path, text, autostart } of this.files()) {
      try {
        found.push({ definition: parse(text), autostart, file: path });
      } catch (error) {
        this.skipped(path, error);
      }
    }
    return found;
  }

  async save(name: string, text: string): Promise<void> {
    const path = this.path(name);
    try {
      await writeFileAtomic(path, HEADER + text);
    } catch (error) {
      throw this.#failed(`cannot save the definition of ${this.#what} '${name}' in ${path}`, error);
    }
  }

  /** The autostart link goes first: a crash between the two leaves an object that does not start by itself. */
  async remove(name: string): Promise<void> {
    try {
      if (removeFile(this.#link(name))) await syncDirectory(this.#autostart);
      if (removeFile(this.path(name))) await syncDirectory(this.folder);
    } catch (error) {
      throw this.#failed(`cannot remove the definition of ${this.#what} '${name}' in ${this.path(name)}`, error);
    }
  }

  async setAutostart(name: string, autostart: boolean): Promise<void> {
    const link = this.#link(name);
    try {
      if (autostart) {
        await mkdir(this.#autostart, { recursive: true, mode: 0o700 });
        await symlink(this.path(name), link).catch((error: NodeJS.ErrnoException) => {
          if (error.code !== 'EEXIST') throw error;
        });
      } else if (!removeFile(link)) return;
      await syncDirectory(this.#autostart);
    } catch (error) {
      throw this.#failed(`cannot change the autostart link ${link}`, error);
    }
  }

  #failed(what: string, error: unknown): LibvirtError {
    return LibvirtError.is(error) ? error : LibvirtError.system(this.#domain, what, error);
  }
}
