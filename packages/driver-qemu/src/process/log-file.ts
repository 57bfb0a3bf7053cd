import { type FileHandle, open, stat } from 'node:fs/promises';
import { hostname, release, type } from 'node:os';

/** A time as libvirt writes it into a domain's log. */
function logTime(time: Date): string {
  return time.toISOString().replace('T', ' ').replace('Z', '+0000');
}

/** What the log's entry for a start tells. */
export interface StartEntry {
  readonly emulator: string;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Such as `qemu version: 7.2.22Debian 1:7.2+dfsg`. */
  readonly versions: readonly string[];
  readonly time: Date;
}

/** An argument as a shell would need it. */
function quoted(argument: string): string {
  return /^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", `'\\''`)}'`;
}

/** One option and its value per line, so that the command can be read and pasted into a shell. */
export function commandText({ emulator, argv, env }: StartEntry): string {
  const words = [...Object.entries(env).map(([name, value]) => `${name}=${quoted(value)}`), emulator];
  const lines: string[] = [];
  for (const argument of argv) {
    if (argument.startsWith('-') || lines.length === 0) lines.push(quoted(argument));
    else lines[lines.length - 1] += ` ${quoted(argument)}`;
  }
  return [...words, ...lines].join(' \\\n');
}

/** A domain's log: the command line of each start, what QEMU writes, and why it ended. */
export class DomainLog {
  constructor(readonly path: string) {}

  /** Opens the log for QEMU's output after writing the entry; `offset` is where QEMU's part begins. */
  async begin(entry: StartEntry): Promise<{ file: FileHandle; offset: number }> {
    const versions = [...entry.versions, `kernel: ${type()} ${release()}`, `hostname: ${hostname()}`];
    const file = await open(this.path, 'a+', 0o600);
    const text = `${logTime(entry.time)}: starting up ${versions.join(', ')}\n${commandText(entry)}\n`;
    try {
      await file.appendFile(text);
      return { file, offset: (await file.stat()).size };
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** How much is in it now. */
  async size(): Promise<number> {
    return (await stat(this.path)).size;
  }

  /** What QEMU wrote from `offset` on, at most the last `most` bytes, without what it says at every start. */
  async since(offset: number, most = 4096): Promise<string> {
    const file = await open(this.path, 'r');
    try {
      const { size } = await file.stat();
      const start = Math.max(offset, size - most);
      const { buffer, bytesRead } = await file.read(Buffer.alloc(Math.max(0, size - start)), 0, undefined, start);
      return buffer
        .toString('utf8', 0, bytesRead)
        .replace(/^char device redirected to .*\n?/gm, '')
        .trim();
    } finally {
      await file.close();
    }
  }

  /** Adds the entry for an end; an unwritable log is no reason to fail. */
  async end(reason: string, time: Date): Promise<void> {
    const file = await open(this.path, 'a', 0o600).catch(() => undefined);
    await file?.appendFile(`${logTime(time)}: shutting down, reason=${reason}\n`).catch(() => undefined);
    await file?.close();
  }
}
