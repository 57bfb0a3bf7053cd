import { Command, CommanderError, Option } from 'commander';
import { Call, type Values } from './call.js';
import type { CommandSpec } from './command.js';
import { COMMANDS } from './commands/index.js';
import { errorJson, errorLines } from './output/errors.js';
import { jsonValue, type Output } from './output/output.js';
import { UsageError } from './output/usage-error.js';
import { Session } from './session.js';
import { shell } from './shell.js';
import { shellCommands } from './shell-words.js';
import { VERSION } from './version.js';

interface GlobalOptions {
  readonly connect?: string;
  readonly readonly?: boolean;
  readonly quiet?: boolean;
  readonly json?: boolean;
  readonly root?: string;
}

/** Runs one command line; the result is the exit code: 0, or 1 for any failure, as virsh's; `plan` has 2 as well. */
export async function main(argv: readonly string[]): Promise<number> {
  const operand = firstOperand(argv);
  const bare = operand === undefined && !argv.some((word) => ['-h', '--help', '-v', '--version'].includes(word));
  // As in virsh: no command starts a shell, and one word may hold several commands.
  const batch = operand !== undefined && /[\s;]/.test(operand) && argv.at(-1) === operand ? operand : undefined;
  if (!bare && batch === undefined) return runWords(argv, undefined);
  const globals = batch === undefined ? argv : argv.slice(0, -1);
  let status = 0;
  const program = createProgram(async () => undefined);
  program.action(async () => {
    const options = program.opts<GlobalOptions>();
    await withSession(options, async (session) => {
      const run = (words: readonly string[]): Promise<number> => runWords(words, session);
      if (batch === undefined) status = await shell(COMMANDS, session, run);
      else for (const words of shellCommands(batch)) if ((status = await run(words)) !== 0) return;
    });
  });
  return (await parse(program, globals)) ?? status;
}

async function runWords(words: readonly string[], shared: Session | undefined): Promise<number> {
  let status = 0;
  const known = COMMANDS.filter(({ name }) => name === firstOperand(words));
  const program = createProgram(
    async (spec, values, options) => {
      const run = async (session: Session): Promise<void> => void (status = await execute(spec, values, session));
      if (shared === undefined) await withSession(options, run);
      else
        await run(
          shared.with({
            ...(options.json === true ? { json: true } : {}),
            ...(options.quiet === true ? { quiet: true } : {}),
          }),
        );
    },
    known.length > 0 ? known : COMMANDS,
  );
  return (await parse(program, words)) ?? status;
}

/** The exit code where the command line itself ended it (help, a mistake). */
async function parse(program: Command, words: readonly string[]): Promise<number | undefined> {
  try {
    await program.parseAsync([...words], { from: 'user' });
    return undefined;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 1;
    console.error(`error: ${(error as Error).message}`);
    return 1;
  }
}

async function withSession(options: GlobalOptions, work: (session: Session) => Promise<void>): Promise<void> {
  const session = new Session({
    uri: options.connect,
    readOnly: options.readonly === true,
    root: options.root,
    json: options.json === true,
    quiet: options.quiet === true,
  });
  const interrupt = (): void => session.interrupt();
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);
  try {
    await work(session);
  } finally {
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
    await session.close();
  }
}

/** The command on a command line: the first word that is neither an option nor the value of one. */
function firstOperand(argv: readonly string[]): string | undefined {
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i]!;
    if (word === '-c' || word === '--connect' || word === '--root') i++;
    else if (!word.startsWith('-')) return word;
  }
  return undefined;
}

/** Runs one row of the table and prints what it says. */
export async function execute(spec: CommandSpec, values: Values, session: Session): Promise<number> {
  const call = new Call(session, spec, values);
  try {
    for (const { name, required } of spec.args) if (required && values.args[name] === undefined) call.arg(name);
    const output = await spec.run(call);
    if (output !== undefined) print(output, session.options.json === true);
    return output?.status ?? 0;
  } catch (error) {
    // Whoever reads our output has had enough.
    if ((error as NodeJS.ErrnoException).code === 'EPIPE') return 0;
    if (session.options.json === true) console.error(JSON.stringify(errorJson(error, call.doing), jsonValue));
    else for (const line of errorLines(error, call.doing)) console.error(line);
    if (error instanceof UsageError) console.error(`hint: 'virtkit ${spec.name} --help' shows its arguments`);
    return 1;
  }
}

function print(output: Output, json: boolean): void {
  const text = json ? JSON.stringify(output.json, jsonValue, 2) : output.text();
  process.stdout.write(`${text}\n`);
  if (json) for (const note of output.jsonNotes?.() ?? []) console.error(`warning: ${note}`);
}

type OwnOptions = Readonly<Record<string, string | boolean | undefined>>;
type Run = (spec: CommandSpec, values: Values, globals: GlobalOptions) => Promise<void>;

/** The command line of the table. */
export function createProgram(run: Run, table: readonly CommandSpec[] = COMMANDS): Command {
  const program = new Command('virtkit')
    .description('Manages virtual machines of any hypervisor that has a virtkit driver. Commands are those of virsh.')
    .version(VERSION, '-v, --version', 'print the version')
    .option('-c, --connect <uri>', 'connection URI (else VIRTKIT_DEFAULT_URI, LIBVIRT_DEFAULT_URI, what is here)')
    .option('-r, --readonly', 'connect read-only')
    .option('-q, --quiet', 'no progress')
    .option('--json', 'print data as JSON')
    .option('--root <folder>', 'host folder: its virtkit.config.json and installed drivers are used')
    .helpCommand('help [command]', 'show commands, or one of them')
    .exitOverride()
    .showSuggestionAfterError()
    .configureHelp({
      subcommandTerm: (command) => `${command.name()} ${command.usage().replace('[options] ', '')}`.trim(),
    })
    .configureOutput({ outputError: (text, write) => write(text.replace("unknown command '", "unknown command: '")) });
  for (const spec of table) addCommand(program, spec, run);
  return program;
}

function addCommand(program: Command, spec: CommandSpec, run: Run): void {
  const command = program.command(spec.name, { hidden: spec.hidden === true }).summary(spec.summary);
  command.description(`${spec.summary}.`).helpGroup(`${spec.group}:`).exitOverride();
  const usage = spec.args.map(({ name, required, variadic }) => {
    const text = variadic ? `${name}...` : name;
    return required ? `<${text}>` : `[${text}]`;
  });
  command.usage(['[options]', ...usage].join(' '));
  for (const { name, variadic } of spec.args) {
    command.argument(variadic ? `[${name}...]` : `[${name}]`);
    // As in virsh, an argument may be named.
    command.addOption(new Option(`--${name} <${name}>`).hideHelp());
  }
  for (const { name, value, text } of spec.options)
    command.addOption(new Option(value === undefined ? `--${name}` : `--${name} <${value}>`, text));
  command.action(() => run(spec, valuesOf(spec, command.args, command.opts()), program.opts()));
}

/** Positional values fill the arguments that were not named. */
function valuesOf(spec: CommandSpec, given: readonly string[], own: OwnOptions): Values {
  const rest = [...given];
  const args: Record<string, string | readonly string[] | undefined> = {};
  for (const { name, variadic } of spec.args) {
    const named = own[camel(name)];
    if (typeof named === 'string') args[name] = variadic ? [named, ...rest.splice(0)] : named;
    else if (variadic) args[name] = rest.length > 0 ? rest.splice(0) : undefined;
    else args[name] = rest.shift();
  }
  const options = Object.fromEntries(spec.options.map(({ name }) => [name, optionValue(name, own)]));
  return { args, options };
}

/** Commander takes `--no-x` for the denial of `--x`. */
function optionValue(name: string, own: OwnOptions): string | true | undefined {
  if (name.startsWith('no-')) return own[camel(name.slice(3))] === false ? true : undefined;
  const value = own[camel(name)];
  return value === false ? undefined : value;
}

/** How commander names an option's value. */
function camel(name: string): string {
  return name.replace(/-(.)/g, (_, c: string) => c.toUpperCase());
}
