import type { CommandOptions, CommandResult, CommandRunner } from '@virtkit/core/driver';
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtkit/core/util';

/** Writes down what would be run; every program is there, and says nothing. */
export class RecordingRunner implements CommandRunner {
  /** Programs with their arguments, in the order of their start. */
  readonly lines: string[] = [];
  /** What each was given to read. */
  readonly inputs: (string | Uint8Array | undefined)[] = [];
  /** Lines that match fail. */
  failing: RegExp | undefined;
  /** What a line prints; nothing, unless a test says so. */
  output: (line: string) => string = () => '';

  find(program: string): string {
    return `/usr/sbin/${program}`;
  }

  run(program: string, args: readonly string[], options?: CommandOptions): Promise<CommandResult> {
    const line = [program, ...args].join(' ');
    this.lines.push(line);
    this.inputs.push(options?.input);
    return this.failing?.test(line) === true
      ? Promise.reject(new LibvirtError(ErrorCode.INTERNAL_ERROR, ErrorDomain.NONE, line))
      : Promise.resolve({ stdout: this.output(line), stderr: '' });
  }
}
