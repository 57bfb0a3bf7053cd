import { type ChildProcess, spawn, type StdioOptions } from 'node:child_process';
import { operationFailed } from '../errors.js';
import type { FilterProgram } from './save-formats.js';

/** How much of what a program complains about is kept. */
const MOST = 4096;

/** A program between QEMU and a file. */
export interface FilterProcess {
  readonly child: ChildProcess;
  /** Resolves when it has done its work; raises OPERATION_FAILED with what it said when it failed. */
  readonly done: Promise<void>;
}

/** Starts a program with its standard input and output as given; what it complains about goes into the error. */
export function startFilter({ program, args }: FilterProgram, [input, output]: readonly unknown[]): FilterProcess {
  const child = spawn(program, args, {
    stdio: [input, output, 'pipe'] as StdioOptions,
    env: { PATH: process.env.PATH ?? '', LC_ALL: 'C' },
  });
  let said = '';
  child.stderr?.on('data', (data: Buffer) => {
    if (said.length < MOST) said += data.toString();
  });
  const done = new Promise<void>((resolve, reject) => {
    child.once('error', (error) => reject(operationFailed(`unable to run '${program}': ${error.message}`, error)));
    child.once('close', (code, signal) => {
      if (code === 0) resolve();
      else
        reject(
          operationFailed(
            said.trim() || `${program}: ${signal === null ? `exit status ${code}` : `ended by signal ${signal}`}`,
          ),
        );
    });
  });
  done.catch(() => undefined);
  return { child, done };
}
