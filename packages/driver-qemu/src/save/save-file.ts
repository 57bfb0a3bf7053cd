import { constants, type FileHandle, open, rm, stat } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { dirname } from 'node:path';
import { ErrorDomain, LibvirtError, syncDirectory } from '@virtkit/core/util';
import { pumpToFile } from './pump.js';
import type { FilterProgram } from './save-formats.js';

/** How a file is written that a guest's memory goes to. */
export interface TargetOptions {
  readonly path: string;
  readonly bypassCache: boolean;
  readonly filter: FilterProgram | undefined;
}

/** A file that is being filled: whoever gives up removes it, if it is a file of ours. */
export class TargetFile {
  private constructor(
    readonly file: FileHandle,
    private readonly options: TargetOptions,
    private readonly regular: boolean,
  ) {}

  /** Creates it, or empties the one that is there. Raises SYSTEM_ERROR. */
  static async create(options: TargetOptions): Promise<TargetFile> {
    const { path } = options;
    const raise = (error: unknown): never => {
      throw LibvirtError.system(ErrorDomain.QEMU, `Failed to create file '${path}'`, error);
    };
    const before = await stat(path).catch(() => undefined);
    // A pipe that nobody reads from is refused rather than waited for: that could be for ever.
    const how = before?.isFIFO() === true ? constants.O_NONBLOCK : before?.isFile() === false ? 0 : constants.O_TRUNC;
    const flags = constants.O_WRONLY | constants.O_CREAT | how;
    const file = await open(path, flags, 0o600).catch(raise);
    try {
      const { isFile } = await file.stat().then((now) => ({ isFile: now.isFile() }));
      return new TargetFile(file, options, isFile);
    } catch (error) {
      await file.close();
      return raise(error);
    }
  }

  /** Takes what QEMU sends, behind `head`, until all is there or `signal` is aborted. */
  fill(socket: Socket, head: Buffer, signal: AbortSignal): Promise<void> {
    const { file, regular } = this;
    return pumpToFile(socket, { ...this.options, file, regular }, head, signal);
  }

  /** All is in it: `mark` becomes its beginning once the rest is on disk, and it is closed. */
  async finish(mark?: Buffer): Promise<void> {
    const { path } = this.options;
    try {
      if (this.regular) await this.file.sync();
      if (mark !== undefined) {
        await this.file.write(mark, 0, mark.length, 0);
        if (this.regular) await this.file.sync();
      }
      await this.file.close();
      if (this.regular) await syncDirectory(dirname(path));
    } catch (error) {
      throw LibvirtError.system(ErrorDomain.QEMU, `unable to write '${path}'`, error);
    }
  }

  /** What is in it is of no use. */
  async discard(): Promise<void> {
    await this.file.close().catch(() => undefined);
    if (this.regular) await rm(this.options.path, { force: true }).catch(() => undefined);
  }
}
