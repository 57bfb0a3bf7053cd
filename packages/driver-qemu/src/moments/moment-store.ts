import { existsSync } from 'node:fs';
import { readFile, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ErrorDomain, LibvirtError, removeFile, syncDirectory, writeFileAtomic } from '@virtkit/core/util';

const SUFFIX = '.xml';

/** The files of one kind of moment: a folder for each domain, a document for each moment. */
export class MomentStore {
  readonly #dir: string;
  readonly #what: string;

  /** `what` is what errors call a moment. */
  constructor(dir: string, what: string) {
    this.#dir = dir;
    this.#what = what;
  }

  /** On disk when this resolves. */
  async save(domain: string, name: string, xml: string): Promise<void> {
    const folder = join(this.#dir, domain);
    const path = join(folder, name + SUFFIX);
    try {
      await writeFileAtomic(path, xml);
      // The folder may be new, and must be found after a loss of power.
      await syncDirectory(this.#dir);
    } catch (error) {
      throw LibvirtError.system(
        ErrorDomain.QEMU,
        `cannot save ${this.#what} '${name}' of domain '${domain}' in ${path}`,
        error,
      );
    }
  }

  async remove(domain: string, name: string): Promise<void> {
    const folder = join(this.#dir, domain);
    try {
      removeFile(join(folder, name + SUFFIX));
      await syncDirectory(folder);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
      throw LibvirtError.system(ErrorDomain.QEMU, `cannot remove ${this.#what} '${name}' of domain '${domain}'`, error);
    }
  }

  /** Forgets all of a domain's; most have none. */
  async removeAll(domain: string): Promise<void> {
    const folder = join(this.#dir, domain);
    if (!existsSync(folder)) return;
    try {
      await rm(folder, { recursive: true, force: true });
    } catch (error) {
      throw LibvirtError.system(ErrorDomain.QEMU, `cannot remove the ${this.#what}s of domain '${domain}'`, error);
    }
  }

  /** Names of the domains that may have some. */
  domains(): Promise<string[]> {
    return readdir(this.#dir).catch(() => []);
  }

  /** All of a domain's; a file that cannot be read is reported and skipped. */
  async load(
    domain: string,
    skipped: (path: string, error: unknown) => void,
  ): Promise<{ readonly path: string; readonly xml: string }[]> {
    const folder = join(this.#dir, domain);
    const found: { path: string; xml: string }[] = [];
    for (const file of (await readdir(folder).catch(() => [])).sort()) {
      if (!file.endsWith(SUFFIX)) continue;
      const path = join(folder, file);
      try {
        found.push({ path, xml: await readFile(path, 'utf8') });
      } catch (error) {
        skipped(path, error);
      }
    }
    return found;
  }
}
