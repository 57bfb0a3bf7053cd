import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ErrorCode, Host, type HostOptions, LibvirtError } from '@virtkit/core';

let root: string;
beforeEach(async () => (root = await mkdtemp(join(tmpdir(), 'virtkit-host-'))));
afterEach(() => rm(root, { recursive: true }));

/** A driver as a third party would publish it, in plain JavaScript. */
async function install(
  name: string,
  manifest: Record<string, unknown> = {},
  options: { code?: string; keywords?: string[] } = {},
): Promise<void> {
  const dir = join(root, 'node_modules', name);
  await mkdir(dir, { recursive: true });
  const entry = { spi: '1.0', kind: 'hypervisor', name, uriSchemes: [name], ...manifest };
  await writeFile(
    join(dir, 'package.json'),
    JSON.stringify({
      name,
      version: '1.2.3',
      type: 'module',
      exports: './index.js',
      keywords: options.keywords ?? ['virtkit-driver'],
      virtkit: entry,
      peerDependencies: { '@virtkit/core': '^1.0.0' },
    }),
  );
  await writeFile(
    join(dir, 'index.js'),
    options.code ??
      `globalThis.imported = (globalThis.imported ?? []).concat('${name}');
       export default { name: '${String(entry.name)}', spi: '1.0', connection(c) {
         const options = c.resolve(Symbol.for('@virtkit/core:DriverOptions'));
         c.registerInstance(Symbol.for('@virtkit/core:ConnectionFactory'), { connectOpen: (uri) =>
           uri.path === '/declined' ? undefined : { hypervisor: { connectGetType: () => '${name}' + (options.suffix ?? '') } } });
       } };`,
  );
}
const imported = (): unknown => (globalThis as { imported?: unknown }).imported ?? [];
const host = (options: Partial<HostOptions> = {}): Promise<Host> => Host.create({ root, ...options });
const error = async (work: Promise<unknown>): Promise<LibvirtError> => {
  const result: unknown = await work.catch((e: unknown) => e);
  if (result instanceof LibvirtError) return result;
  throw new Error('nothing was raised');
};

describe('a host', () => {
  it('brings objects to life when it is started, not when it only loads', async () => {
    const brought: string[] = [];
    (globalThis as { brought?: string[] }).brought = brought;
    const code = `export default { name: 'alive', spi: '1.0',
      host(c) { c.registerInstance(Symbol.for('@virtkit/core:StateDriver'),
        { stateStart(scope) { globalThis.brought.push(scope); } }); },
      connection() {} };`;
    await install('alive', {}, { code });
    await install('broken', {}, { code: 'throw new Error("at import")' });
    const h = await host();
    expect((await h.load()).map(({ message }) => message)).toEqual([expect.stringContaining('at import')]);
    expect(h.drivers().map(({ status }) => status)).toEqual(['loaded', 'refused']);
    expect(brought).toEqual([]);
    await h.start('session');
    expect(brought).toEqual(['session']);
    await h.close();
  });
  it('finds drivers by keyword, and imports one at the first URI of its scheme', async () => {
    delete (globalThis as { imported?: unknown }).imported;
    await install('alpha');
    await install('@third/beta', { name: 'beta', uriSchemes: ['beta'] });
    await install('unrelated', {}, { keywords: [] });
    const h = await host();
    expect(h.drivers().map((d) => [d.package, d.status])).toEqual([
      ['@third/beta', 'found'],
      ['alpha', 'found'],
    ]);
    expect(imported()).toEqual([]);
    expect(await (await h.open('beta:///x')).getType()).toBe('@third/beta');
    expect(imported()).toEqual(['@third/beta']);
    expect(h.drivers().map((d) => d.status)).toEqual(['loaded', 'found']);
  });

  it('takes order and options from its configuration, and an allow-list', async () => {
    await install('alpha', { uriSchemes: ['x'] });
    await install('beta', { uriSchemes: ['x'] });
    const drivers = [{ package: 'beta', options: { suffix: '!' } }, { package: 'alpha' }];
    expect(await (await (await host({ config: { drivers } })).open('x:///')).getType()).toBe('beta!');
    const allowed = await host({ config: { allow: ['alp*'] } });
    expect(allowed.drivers().map((d) => d.package)).toEqual(['alpha']);
  });

  it('asks the next driver when one declines, and says so when all do', async () => {
    await install('alpha', { uriSchemes: ['x'] });
    const h = await host();
    expect(await error(h.open('x:///declined'))).toMatchObject({
      code: ErrorCode.NO_CONNECT,
      message: 'no connection driver available for x:///declined',
    });
    expect(await error(h.open('foo'))).toMatchObject({
      message: "no connection driver available for URI 'foo' does not include a driver name",
    });
    expect((await error(h.open('x://system'))).message).toContain('maybe you want x:///system');
  });

  it('reports all that is wrong together, with the remedy, and keeps the rest working', async () => {
    await install('good');
    await install('newer', { spi: '1.9' });
    await install('older', { spi: '0.3' });
    await install('broken', {}, { code: 'throw new Error("boom")' });
    await install('linked', {}, { code: `import '@virtkit/core/driver'` });
    await install('partial', {}, { code: `import 'no-such-library-of-drivers'` });
    await install('twin', { name: 'good' });
    const h = await host({
      config: {
        drivers: ['good', 'newer', 'older', 'broken', 'linked', 'partial', 'twin', 'absent'].map((p) => ({
          package: p,
        })),
      },
    });
    const problems = (await h.start()).map(({ message }) => message).join('\n');
    expect(problems).toMatch(/newer wants driver contract 1\.9, this host offers 1\.0: update @virtkit\/core/);
    expect(problems).toMatch(/older wants driver contract 0\.3.*install a newer older/);
    expect(problems).toMatch(/broken.*cannot be imported: boom/);
    expect(problems).toMatch(/linked.*Cannot find package '@virtkit\/core'.*install the package packed/s);
    expect(problems).toMatch(/partial.*Cannot find package 'no-such-library-of-drivers'.*run 'npm install' in/s);
    expect(problems).toMatch(/package twin: a driver named 'good' is already given by good/);
    expect(problems).toMatch(/package absent is not installed .*npm install absent/);
    expect(await (await h.open('good:///')).getType()).toBe('good');
  });

  it('refuses a module that differs from its manifest', async () => {
    await install('alpha', {}, { code: `export default { name: 'other', spi: '1.0', connection() {} }` });
    expect((await error((await host()).open('alpha:///'))).message).toContain("calls itself 'other' in code");
  });

  it('initialises the state of a driver once, before its first connection, and cleans it up', async () => {
    const key = `state-${root}`;
    await install(
      'alpha',
      {},
      {
        code: `const log = (globalThis[${JSON.stringify(key)}] = []);
        export default { name: 'alpha', spi: '1.0',
          host(c) { c.registerInstance(Symbol.for('@virtkit/core:StateDriver'), { stateInitialize: async () => void log.push('init'), stateCleanup: () => void log.push('cleanup') }); },
          connection(c) { c.registerInstance(Symbol.for('@virtkit/core:ConnectionFactory'), { connectOpen: () => (log.push('open'), { hypervisor: { connectGetType: () => 'A' } }) }); } };`,
      },
    );
    const h = await host();
    await Promise.all([h.open('alpha:///'), h.open('alpha:///')]);
    await h.close();
    expect((globalThis as Record<string, unknown>)[key]).toEqual(['init', 'open', 'open', 'cleanup']);
  });

  it('resolves aliases and the default URI', async () => {
    await install('alpha');
    const h = await host({ config: { defaultUri: 'mine', uriAliases: { mine: 'alpha:///' } } });
    expect((await h.open()).getURI()).toBe('alpha:///');
    expect((await h.open('mine')).getURI()).toBe('alpha:///');
    expect((await error(h.open('mine', { noAliases: true }))).code).toBe(ErrorCode.NO_CONNECT);
  });

  it('names the place of a mistake in its configuration', async () => {
    await writeFile(join(root, 'virtkit.config.json'), '{ "driver": [] }');
    expect((await error(host())).message).toMatch(/virtkit\.config\.json: unknown key "driver": known are drivers/);
    await writeFile(join(root, 'virtkit.config.json'), '{');
    expect((await error(host())).message).toMatch(/virtkit\.config\.json is not JSON/);
  });
});
