import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../src/commands/index.js';
import { complete } from '../src/complete.js';
import { createProgram } from '../src/main.js';
import { shellCommands } from '../src/shell-words.js';
import type { Values } from '../src/call.js';

async function parsed(...words: string[]): Promise<Values & { readonly name: string }> {
  let found: (Values & { name: string }) | undefined;
  await createProgram(async (spec, values) => {
    found = { name: spec.name, ...values };
  }).parseAsync(words, { from: 'user' });
  return found!;
}
const given = (table: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(table).filter(([, value]) => value !== undefined));

describe('the table of commands', () => {
  it('names each command once', () => {
    const names = COMMANDS.map(({ name }) => name);
    expect(names).toEqual([...new Set(names)]);
  });
  it.each(COMMANDS.map((spec) => [spec.name, spec] as const))('%s is well formed', (_, spec) => {
    const names = [...spec.args, ...spec.options].map(({ name }) => name);
    expect(names).toEqual([...new Set(names)]);
    expect(spec.summary).toMatch(/^[A-Z].*[^.]$/);
    const optional = spec.args.findIndex(({ required }) => !required);
    if (optional >= 0) expect(spec.args.slice(optional).every(({ required }) => !required)).toBe(true);
    expect(spec.args.slice(0, -1).every(({ variadic }) => !variadic)).toBe(true);
  });
});

describe('command lines', () => {
  it('take arguments by place, by name, and mixed', async () => {
    const want = { domain: 'web', file: '/x' };
    expect((await parsed('save', 'web', '/x')).args).toEqual(want);
    expect((await parsed('save', '--file', '/x', '--domain', 'web')).args).toEqual(want);
    expect((await parsed('save', '--file', '/x', 'web')).args).toEqual(want);
  });
  it('take global options before and after the command', async () => {
    for (const words of [
      ['--json', 'list'],
      ['list', '--json'],
      ['-c', 'test:///default', 'list'],
    ])
      expect((await parsed(...words)).name).toBe('list');
  });
  it('tell --autostart from --no-autostart', async () => {
    expect(given((await parsed('list', '--autostart')).options)).toEqual({ autostart: true });
    expect(given((await parsed('list', '--no-autostart')).options)).toEqual({ 'no-autostart': true });
    expect(given((await parsed('list')).options)).toEqual({});
    expect(given((await parsed('drivers', '--no-load')).options)).toEqual({ 'no-load': true });
  });
  it('take the rest of the words for a variadic argument', async () => {
    expect((await parsed('send-key', 'web', 'KEY_A', 'KEY_B')).args).toEqual({
      domain: 'web',
      keycode: ['KEY_A', 'KEY_B'],
    });
  });
});

describe("the shell's words", () => {
  it.each([
    ['list --all', [['list', '--all']]],
    ['list; dominfo x', [['list'], ['dominfo', 'x']]],
    [`desc web 'two words' "and \\"more\\""`, [['desc', 'web', 'two words', 'and "more"']]],
    ["desc web ''", [['desc', 'web', '']]],
    ['a\\ b # comment', [['a b']]],
    ['  ;; ', []],
  ])('%s', (line, words) => expect(shellCommands(line)).toEqual(words));
  it('an open quote is a mistake', () => expect(() => shellCommands("a 'b")).toThrow('missing'));
});

describe('completion', () => {
  it('of commands', async () => expect(await complete(COMMANDS, ['net-au'])).toEqual(['net-autostart']));
  it('of options', async () =>
    expect(await complete(COMMANDS, ['-c', 'x:///', 'list', '--state-p'])).toEqual(['--state-paused']));
  it('leaves hidden commands out', async () => expect(await complete(COMMANDS, ['__'])).toEqual([]));
  it('is silent where nothing fits', async () => {
    expect(await complete(COMMANDS, ['nosuch', ''])).toEqual([]);
    expect(await complete(COMMANDS, ['-c', ''])).toEqual([]);
  });
});
