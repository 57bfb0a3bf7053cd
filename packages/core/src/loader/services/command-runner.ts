import { type ChildProcessByStdio, spawn, type SpawnOptions } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { accessSync, closeSync, constants, existsSync, openSync, unlinkSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, isAbsolute, join } from 'node:path';
import type { Readable } from 'node:stream';
import { ErrorCode, ErrorDomain, LibvirtError } from '../../util/index.js';
import type { CommandOptions, CommandResult, CommandRunner } from '../../driver/index.js';

/** Where files are memory. */
const MEMORY = '/dev/shm';
const MAX_OUTPUT = 16 * 1024 * 1024;

/** Runs programs of this machine. */
export class ProcessCommandRunner implements CommandRunner {
  run(program: string, args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
    const { input, env, cwd, signal, deadline = 60_000 } = options;
    return new Promise((resolve, reject) => {
      const stdin = input === undefined ? undefined : openInput(input);
      const child = start(program, args, {
        cwd,
        env: { ...process.env, LC_ALL: 'C', ...env },
        stdio: [stdin ?? 'ignore', 'pipe', 'pipe'],
      });
      if (stdin !== undefined) closeSync(stdin);
      const output = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
      let size = 0;
      let failure: LibvirtError | undefined;
      const fail = (code: ErrorCode, text: string, cause?: unknown): void => {
        failure ??= new LibvirtError(code, ErrorDomain.NONE, `${describe(program, args)}: ${text}`, { cause });
        child.kill('SIGKILL');
      };
      const timer = setTimeout(() => fail(ErrorCode.OPERATION_TIMEOUT, `no end after ${deadline} ms`), deadline);
      const onAbort = (): void => fail(ErrorCode.OPERATION_ABORTED, 'the caller gave up waiting', signal?.reason);
      if (signal?.aborted) onAbort();
      else signal?.addEventListener('abort', onAbort, { once: true });
      for (const name of ['stdout', 'stderr'] as const)
        child[name].on('data', (chunk: Buffer) => {
          size += chunk.length;
          if (size > MAX_OUTPUT) fail(ErrorCode.INTERNAL_ERROR, `more than ${MAX_OUTPUT} bytes of output`);
          else output[name].push(chunk);
        });
      child.on('error', (error: NodeJS.ErrnoException) => {
        clearTimeout(timer);
        const text = error.code === 'ENOENT' ? 'not found: is it installed, and in PATH?' : error.message;
        reject(
          failure ??
            new LibvirtError(ErrorCode.SYSTEM_ERROR, ErrorDomain.NONE, `cannot execute binary ${program}: ${text}`, {
              cause: error,
              int1: Math.abs(error.errno ?? 1),
            }),
        );
      });
      child.on('close', (status, killedBy) => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
        const stdout = Buffer.concat(output.stdout).toString();
        const stderr = Buffer.concat(output.stderr).toString();
        if (failure === undefined && status === 0) return resolve({ stdout, stderr });
        const how = killedBy === null ? `exit status ${status}` : `ended by ${killedBy}`;
        reject(
          failure ??
            new LibvirtError(
              ErrorCode.INTERNAL_ERROR,
              ErrorDomain.NONE,
              `Child process (${describe(program, args)}) unexpected ${how}: ${stderr.trim() || stdout.trim()}`,
            ),
        );
      });
    });
  }

  find(program: string): string | undefined {
    if (isAbsolute(program)) return executable(program) ? program : undefined;
    const path = `${process.env['PATH'] ?? ''}${delimiter}/usr/sbin${delimiter}/sbin`;
    return path
      .split(delimiter)
      .map((dir) => join(dir, program))
      .find(executable);
  }
}

const start = (
  program: string,
  args: readonly string[],
  options: SpawnOptions,
): ChildProcessByStdio<null, Readable, Readable> =>
  spawn(program, args, options) as ChildProcessByStdio<null, Readable, Readable>;

/**
 * A nameless file with that content, to be read from its start. Programs that open /dev/stdin by name cannot do so with the
 * sockets that Node makes pipes of; and in memory, what is in it may be a secret.
 */
function openInput(input: string | Uint8Array): number {
  const file = join(existsSync(MEMORY) ? MEMORY : tmpdir(), `virtkit-input-${randomUUID()}`);
  const fd = openSync(file, 'wx+', 0o600);
  unlinkSync(file);
  const bytes = Buffer.from(input);
  // Written by position, so that the reader begins at the start.
  let done = 0;
  while (done < bytes.length) done += writeSync(fd, bytes, done, bytes.length - done, done);
  return fd;
}

function executable(file: string): boolean {
  // What is not there costs a look in place of an exception.
  if (!existsSync(file)) return false;
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function describe(program: string, args: readonly string[]): string {
  return [program, ...args].join(' ');
}
