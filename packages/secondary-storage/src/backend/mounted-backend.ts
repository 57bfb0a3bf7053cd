import { readFile } from 'node:fs/promises';
import type { StoragePoolDef } from '@virtkit/core/conf';
import type { CommandRunner, HostFs } from '@virtkit/core/driver';
import { startPoolCommand } from '../commands/index.js';
import { failed } from '../storage-errors.js';
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
