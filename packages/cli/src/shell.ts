import { createInterface, type Interface } from 'node:readline';
import type { CommandSpec } from './command.js';
import { complete } from './complete.js';
import { UsageError } from './output/usage-error.js';
import type { Session } from './session.js';
import { shellCommands } from './shell-words.js';

/**
 * Reads commands until `quit` or the end of the input, on one connection. `run` runs one; its status is the shell's if the
 * input is no terminal (so that scripts fail where virsh's would).
 */
export async function shell(
  table: readonly CommandSpec[],
  session: Session,
  run: (words: readonly string[]) => Promise<number>,
): Promise<number> {
  const interactive = process.stdin.isTTY;
  const reader = createInterface({
    input: process.stdin,
    ...(interactive ? { output: process.stdout } : {}),
    prompt: 'virtkit # ',
    completer: (line: string, done: (error: null, result: [string[], string]) => void) => {
      const words = line.trimStart().split(/\s+/);
      const uri = session.uri === undefined ? [] : ['--connect', session.uri];
      complete(table, [...uri, ...words]).then(
        (found) => done(null, [[...found], words.at(-1) ?? '']),
        () => done(null, [[], line]),
      );
    },
  });
  if (interactive) console.log("Welcome to virtkit. 'help' shows commands, 'quit' leaves.\n");
  try {
    return await readCommands(reader, interactive, run);
  } finally {
    reader.close();
  }
}

async function readCommands(
  reader: Interface,
  interactive: boolean,
  run: (words: readonly string[]) => Promise<number>,
): Promise<number> {
  let status = 0;
  if (interactive) reader.prompt();
  for await (const line of reader) {
    try {
      for (const words of shellCommands(line)) {
        if (words[0] === 'quit' || words[0] === 'exit') return interactive ? 0 : status;
        if (words[0] === 'cd') process.chdir(words[1] ?? process.env['HOME'] ?? '/');
        else if (words[0] === 'pwd') console.log(process.cwd());
        else if (words[0] === 'echo') console.log(words.slice(1).join(' '));
        else status = await run(words);
      }
    } catch (error) {
      console.error(`error: ${(error as Error).message}`);
      if (!(error instanceof UsageError)) status = 1;
    }
    if (interactive) reader.prompt();
  }
  return interactive ? 0 : status;
}
