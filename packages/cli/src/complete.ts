import type { Connect } from '@virtkit/core';
import type { CommandSpec } from './command.js';
import { Session } from './session.js';

/** How an argument's values are found, by its name in the table. */
const SOURCES: Readonly<Record<string, (connect: Connect) => Promise<readonly string[]>>> = {
  domain: async (connect) => (await connect.listAllDomains()).map(({ name }) => name),
  network: async (connect) => (await connect.listAllNetworks()).map(({ name }) => name),
  pool: async (connect) => (await connect.listAllStoragePools()).map(({ name }) => name),
  interface: async (connect) => (await connect.listAllInterfaces()).map(({ name }) => name),
  device: async (connect) => (await connect.listAllNodeDevices()).map(({ name }) => name),
  nwfilter: async (connect) => (await connect.listAllNWFilters()).map(({ name }) => name),
  secret: async (connect) => (await connect.listAllSecrets()).map(({ uuid }) => uuid),
};

const GLOBAL = ['--connect', '--readonly', '--quiet', '--json', '--root', '--help'];
/** Global options that take a value. */
const VALUED = new Set(['-c', '--connect', '--root']);

/** What could stand at the end of these words; the last one is being typed and may be empty. Never fails. */
export async function complete(table: readonly CommandSpec[], words: readonly string[]): Promise<readonly string[]> {
  const current = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  let uri: string | undefined;
  let root: string | undefined;
  let spec: CommandSpec | undefined;
  let positional = 0;
  for (let i = 0; i < before.length; i++) {
    const word = before[i]!;
    if (VALUED.has(word)) {
      if (word === '--root') root = before[++i];
      else uri = before[++i];
    } else if (word.startsWith('-')) {
      const option = spec?.options.find(({ name }) => `--${name}` === word);
      if (option?.value !== undefined) i++;
    } else if (spec === undefined) {
      spec = table.find(({ name }) => name === word);
      if (spec === undefined) return [];
    } else positional++;
  }
  const fitting = (all: readonly string[]): readonly string[] => all.filter((word) => word.startsWith(current));
  if (VALUED.has(before.at(-1) ?? '')) return [];
  if (spec === undefined)
    return fitting(
      current.startsWith('-') ? GLOBAL : table.filter(({ hidden }) => hidden !== true).map(({ name }) => name),
    );
  if (current.startsWith('-')) return fitting([...spec.options.map(({ name }) => `--${name}`), ...GLOBAL]);
  const arg = spec.args[positional] ?? spec.args.findLast(({ variadic }) => variadic);
  const source = arg === undefined ? undefined : SOURCES[arg.name];
  if (source === undefined) return [];
  const session = new Session({ uri, root, readOnly: true, quiet: true });
  const timer = setTimeout(() => session.interrupt(), 2000);
  try {
    return fitting(await source(await session.connect()));
  } catch {
    return [];
  } finally {
    clearTimeout(timer);
    await session.close().catch(() => undefined);
  }
}
