import type { Call } from './call.js';
import type { Output } from './output/output.js';

/** An option of a command: a switch, which may stand for flag bits, or one that takes a value. */
export interface OptionSpec {
  /** Long name without dashes. */
  readonly name: string;
  /** Placeholder of its value; a switch without. */
  readonly value?: string;
  readonly text: string;
  /** Added to {@link Call.flags} when given. */
  readonly bits?: number;
}

/** A positional argument; it may be given as `--name VALUE` as well, as in virsh. */
export interface ArgSpec {
  readonly name: string;
  readonly required: boolean;
  readonly variadic: boolean;
}

/** One row of the command table. */
export interface CommandSpec {
  readonly name: string;
  readonly group: string;
  readonly summary: string;
  readonly args: readonly ArgSpec[];
  readonly options: readonly OptionSpec[];
  readonly hidden?: boolean;
  run(call: Call): Promise<Output | void>;
}

/** `--name <value>` or `--name` to its text; with bits as a pair. */
export type OptionTable = Readonly<Record<string, string | readonly [bits: number, text: string]>>;

export interface CommandDetails {
  /** For example `<domain> [file]`, or `[domain...]`. */
  readonly args?: string;
  readonly options?: OptionTable;
  readonly hidden?: boolean;
}

/** Makes rows of one group: `const domain = commands('Domains'); domain('start', 'Start …', {…}, async (call) => …)`. */
export function commands(group: string) {
  return (
    name: string,
    summary: string,
    { args = '', options = {}, hidden = false }: CommandDetails,
    run: CommandSpec['run'],
  ): CommandSpec => ({ name, group, summary, args: parseArgs(args), options: parseOptions(options), hidden, run });
}

function parseArgs(text: string): ArgSpec[] {
  return text
    .split(' ')
    .filter((word) => word !== '')
    .map((word) => ({
      name: word.replace(/[<>[\].]/g, ''),
      required: word.startsWith('<'),
      variadic: word.includes('...'),
    }));
}

function parseOptions(table: OptionTable): OptionSpec[] {
  return Object.entries(table).map(([usage, meaning]) => {
    const [name = '', value] = usage.replace(/^--/, '').split(' ');
    const [bits, text] = typeof meaning === 'string' ? [undefined, meaning] : meaning;
    return {
      name,
      text,
      ...(value === undefined ? {} : { value: value.replace(/[<>]/g, '') }),
      ...(bits === undefined ? {} : { bits }),
    };
  });
}
