import { UsageError } from './output/usage-error.js';

/** Splits a line as virsh's shell does: quotes, backslashes, `;` between commands, `#` before comments. */
export function shellCommands(line: string): string[][] {
  const commands: string[][] = [[]];
  let word: string | undefined;
  let quote: string | undefined;
  const end = (): void => {
    if (word !== undefined) commands.at(-1)!.push(word);
    word = undefined;
  };
  for (let i = 0; i < line.length; i++) {
    const char = line[i]!;
    if (quote !== undefined) {
      if (char === quote) quote = undefined;
      else if (char === '\\' && quote === '"') word = (word ?? '') + (line[++i] ?? '');
      else word = (word ?? '') + char;
    } else if (char === '"' || char === "'") {
      quote = char;
      word ??= '';
    } else if (char === '\\') word = (word ?? '') + (line[++i] ?? '');
    else if (/\s/.test(char)) end();
    else if (char === ';') {
      end();
      commands.push([]);
    } else if (char === '#' && word === undefined) break;
    else word = (word ?? '') + char;
  }
  if (quote !== undefined) throw new UsageError(`missing ${quote}`);
  end();
  return commands.filter((words) => words.length > 0);
}
