import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DefinitionStore } from '../../src/driver/index.js';
import { LevelLog } from '../../src/loader/index.js';
import { ErrorCode, ErrorDomain } from '../../src/util/index.js';

let root: string;
let problems: string[];
const log = new LevelLog(
  (_level, _source, message) => void problems.push(message),
  () => 'error',
);
const storeIn = (folder: string, fileName?: (name: string) => string) =>
  new DefinitionStore(folder, { log, domain: ErrorDomain.NETWORK, what: 'network', ...(fileName && { fileName }) });
const contentOf = async (store: DefinitionStore) =>
  (await store.load((text) => /<x>(.*)<\/x>/.exec(text)![1]!)).map(({ definition, autostart }) => [
    definition,
    autostart,
  ]);

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'virtkit-store-'));
  problems = [];
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

describe('a store of definitions', () => {
  it('is empty where there is no folder yet', async () => {
    const store = storeIn(join(root, 'none'));
    expect(await contentOf(store)).toEqual([]);
    await store.remove('anything');
    await store.setAutostart('anything', false);
    expect(existsSync(join(root, 'none'))).toBe(false);
  });

  it('keeps what was saved, under names with any character, and whether it starts with the host', async () => {
    const store = storeIn(join(root, 'etc'));
    for (const name of ['plain', 'a/b', '..', 'ä ö', '.hidden']) await store.save(name, `<x>${name}</x>\n`);
    await store.setAutostart('a/b', true);
    await store.setAutostart('a/b', true);
    await store.setAutostart('plain', true);
    await store.setAutostart('plain', false);
    expect(await contentOf(storeIn(join(root, 'etc')))).toEqual(
      expect.arrayContaining([
        ['plain', false],
        ['a/b', true],
        ['..', false],
        ['ä ö', false],
        ['.hidden', false],
      ]),
    );
    expect(readdirSync(root)).toEqual(['etc']);
    await store.remove('a/b');
    await store.save('a/b', '<x>again</x>');
    expect(await contentOf(store)).toContainEqual(['again', false]);
  });

  it('passes over what cannot be understood, and says so', async () => {
    const store = storeIn(root);
    await store.save('good', '<x>good</x>');
    writeFileSync(join(root, 'bad.xml'), '<y/>');
    writeFileSync(join(root, 'other.txt'), '');
    expect(await contentOf(store)).toEqual([['good', false]]);
    expect(problems).toEqual([expect.stringContaining(`${join(root, 'bad.xml')} is skipped`)]);
    expect(existsSync(join(root, 'bad.xml'))).toBe(true);
  });

  it('names its files as it is told, and raises the errors of its subsystem', async () => {
    const store = storeIn(root, (name) => `net-${name}`);
    await store.save('one', '<x/>');
    expect(store.path('one')).toBe(join(root, 'net-one.xml'));
    expect(existsSync(store.path('one'))).toBe(true);
    writeFileSync(join(root, 'file'), '');
    await expect(storeIn(join(root, 'file')).save('one', '<x/>')).rejects.toMatchObject({
      code: ErrorCode.SYSTEM_ERROR,
      domain: ErrorDomain.NETWORK,
      message: expect.stringContaining(
        `cannot save the definition of network 'one' in ${join(root, 'file', 'one.xml')}`,
      ),
    });
  });
});
