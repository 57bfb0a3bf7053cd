import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { ErrorCode, ErrorDomain, LibvirtError } from '../../util/index.js';
import type { CommandOptions, CommandResult, CommandRunner } from '../../driver/index.js';

const MAX_OUTPUT = 16 * 1024 * 1024;

/** Runs programs of this machine. */
export class ProcessCommandRunner implements CommandRunner {
  run(program: string, args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
    const { input, env, cwd, signal, deadline = 60_000 } = options;
    return new Promise((resolve, reject) => {
      const child = spawn(program, args, {
        cwd,
        env: { ...process.env, LC_ALL: 'C', ...env },
        stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      }) as ChildProcessByStdio<Writable | null, Readable, Readable>;
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
      child.stdin?.on('error', () => undefined);
      child.stdin?.end(input);
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
