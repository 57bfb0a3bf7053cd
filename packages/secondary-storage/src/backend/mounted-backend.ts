import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { StoragePoolDef } from '@virtkit/core/conf';
import type { CommandRunner, HostFs } from '@virtkit/core/driver';
import { startPoolCommand } from '../commands/index.js';
import { failed, invalid } from '../storage-errors.js';
import type { Formatting } from './backend.js';
import { DirectoryBackend } from './directory-backend.js';

const unescape = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)));

/** File systems of the host or of another, mounted where the pool says. */
export class MountedBackend extends DirectoryBackend {
  constructor(
    private readonly commands: CommandRunner,
    private readonly hostFs: HostFs,
  ) {
    super();
  }

  /** virStorageBackendMakeFileSystem */
  protected override async format(def: StoragePoolDef, format: Formatting): Promise<void> {
    const device = def.source.device?.[0]?.path;
    if (device === undefined) return super.format(def, format);
    if (!existsSync(this.hostFs.path(device)))
      throw invalid(`Source device does not exist when formatting pool '${def.name}'`);
    if (format === 'keep') await this.#assertBlank(device);
    const kind = def.source.format?.type ?? 'auto';
    await this.commands.run('mkfs', ['-t', kind, ...(kind === 'xfs' ? ['-f'] : []), device]);
  }

  /** virStorageBackendDeviceIsEmpty */
  async #assertBlank(device: string): Promise<void> {
    // Without more options it only tells what is there.
    const { stdout } = await this.commands.run('wipefs', ['--noheadings', '--output', 'TYPE', device]);
    const [found] = stdout.trim().split('\n');
    if (found) throw invalid(`Device '${device}' is already formatted using '${found}': overwriting must be asked for`);
  }

  override async start(def: StoragePoolDef): Promise<void> {
    if (await this.check(def)) throw failed(`Target '${def.target.path}' is already mounted`);
    const command = startPoolCommand(def);
    if (command === undefined) return;
    const [program, ...args] = command;
    await this.commands.run(program, args);
  }

  override async stop(def: StoragePoolDef): Promise<void> {
    if (await this.check(def)) await this.commands.run('umount', [def.target.path ?? '']);
  }

  override async check(def: StoragePoolDef): Promise<boolean> {
    const mounts = await readFile(this.hostFs.path('/proc/self/mounts'), 'utf8');
    return mounts.split('\n').some((line) => unescape(line.split(' ')[1] ?? '') === def.target.path);
  }
}
