import { open, readdir, readFile, readlink, stat, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { ErrorDomain } from '../enums/index.js';
import { LibvirtError } from '../errors.js';

/** Reads what the kernel tells in files. What is not there, or not for us, is absent rather than an error. */
export class HostReader {
  /** `path` maps a host path to the one to read, so that a test can put the host's files in a folder. */
  constructor(private readonly path: (path: string) => string = (path) => path) {}

  /** A file's text without white space at its ends. */
  async text(path: string): Promise<string | undefined> {
    try {
      return (await readFile(this.path(path), 'utf8')).trim();
    } catch {
      return undefined;
    }
  }

  /** A decimal number in a file. */
  async number(path: string): Promise<number | undefined> {
    const text = await this.text(path);
    return text !== undefined && /^-?\d+$/.test(text) ? Number(text) : undefined;
  }

  /** Names in a folder, sorted; none if there is no such folder. */
  async names(path: string): Promise<string[]> {
    try {
      return (await readdir(this.path(path))).sort();
    } catch {
      return [];
    }
  }

  /** The numbers N for which the folder has an entry `PREFIX` N, ascending. */
  async numbered(path: string, prefix: string): Promise<number[]> {
    const names = await this.names(path);
    return names
      .filter((name) => name.startsWith(prefix) && /^\d+$/.test(name.slice(prefix.length)))
      .map((name) => Number(name.slice(prefix.length)))
      .sort((a, b) => a - b);
  }

  /** Sets a value of the kernel's; SYSTEM_ERROR where it will not have it. */
  async write(path: string, value: string): Promise<void> {
    try {
      await writeFile(this.path(path), value);
    } catch (error) {
      throw LibvirtError.system(ErrorDomain.NONE, `cannot set ${path} to ${value}`, error);
    }
  }

  /** The last name of what a link points to. */
  async link(path: string): Promise<string | undefined> {
    return readlink(this.path(path)).then(
      (target) => basename(target),
      () => undefined,
    );
  }

  /** Whether there is a device of these numbers; in a folder that stands for a host any file will do. */
  async isDevice(path: string, major: number, minor: number): Promise<boolean> {
    const found = await stat(this.path(path)).catch(() => undefined);
    if (found === undefined) return false;
    return !found.isCharacterDevice() || found.rdev === ((major << 8) | minor);
  }

  /** Runs `use` with a function that reads `length` bytes at an offset of a device. */
  async device<T>(path: string, use: (read: DeviceRead) => Promise<T>): Promise<T | undefined> {
    let file;
    try {
      file = await open(this.path(path), 'r');
    } catch {
      return undefined;
    }
    try {
      return await use(async (offset, length) => {
        const { bytesRead, buffer } = await file.read(Buffer.alloc(length), 0, length, offset);
        return bytesRead === length ? buffer : undefined;
      });
    } catch {
      return undefined;
    } finally {
      await file.close();
    }
  }
}

/** Undefined at the end of the device. */
export type DeviceRead = (offset: number, length: number) => Promise<Buffer | undefined>;
