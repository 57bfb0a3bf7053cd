// What would be published is what works: packages are packed, installed by npm into an empty project, and run there. A
// third party's driver is one `npm install` away.
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';

const root = new URL('../..', import.meta.url).pathname;
const project = realpathSync(mkdtempSync(join(tmpdir(), 'virtkit-published-')));
const run = promisify(execFile);
const inProject = (file, ...args) => run(file, args, { cwd: project });

beforeAll(async () => {
  const pnpm = join(root, 'tools/pnpm/node_modules/.bin/pnpm');
  for (const folder of ['core', 'guest', 'cli', 'driver-test'])
    await run(pnpm, ['pack', '--pack-destination', project], { cwd: join(root, 'packages', folder) });
  await run('npm', ['pack', '--silent', '--pack-destination', project], {
    cwd: join(root, 'examples/virtkit-driver-hello'),
  });
  writeFileSync(join(project, 'package.json'), '{ "private": true, "type": "module" }\n');
  const archives = readdirSync(project).filter((name) => name.endsWith('.tgz'));
  if (archives.length !== 5) throw new Error(`packed ${archives.join(', ')}`);
  const quiet = ['--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'];
  await inProject('npm', 'install', ...quiet, ...archives.map((name) => `./${name}`));
}, 180_000);
afterAll(() => rmSync(project, { recursive: true, force: true }));

it('the command line finds both drivers by their keyword, without complaint', async () => {
  const { stdout, stderr } = await inProject('node_modules/.bin/virtkit', 'drivers', '--json');
  expect(stderr).toBe('');
  const found = JSON.parse(stdout);
  expect(found.root).toBe(project);
  expect(found.drivers.map(({ package: name, status, warnings }) => ({ name, status, warnings }))).toEqual([
    { name: '@virtkit/driver-test', status: 'loaded', warnings: [] },
    { name: 'virtkit-driver-hello', status: 'loaded', warnings: [] },
  ]);
});

it('and drives them', async () => {
  const test = await inProject('node_modules/.bin/virtkit', '-c', 'test:///default', 'list', '--name');
  expect(test.stdout).toBe('test\n\n');
  const guest = join(root, 'examples/embed-two-drivers/guest.xml');
  const commands = `define ${guest}; start greeter; domstate greeter; destroy greeter`;
  const hello = await inProject('node_modules/.bin/virtkit', '-c', 'hello:///default', commands);
  expect(hello.stdout).toContain("Domain 'greeter' started\n\nrunning\n");
});

it('a program imports what is exported, and nothing else is reachable', async () => {
  writeFileSync(
    join(project, 'main.js'),
    `import { Host } from '@virtkit/core';
import { LibvirtError } from '@virtkit/core/util';
const host = await Host.create();
const connect = await host.open('test:///default');
const error = await connect.domainLookupByName('nosuch').catch((reason) => reason);
console.log(error instanceof LibvirtError, error.code);
await host.close();
await import('@virtkit/core/dist/loader/host.js').catch((reason) => console.log(reason.code));
`,
  );
  const { stdout } = await inProject(process.execPath, 'main.js');
  expect(stdout).toBe('true 42\nERR_PACKAGE_PATH_NOT_EXPORTED\n');
});

const guide = readFileSync(join(root, 'docs/guides/writing-a-driver.md'), 'utf8');
const blocks = (language) =>
  [...guide.matchAll(new RegExp('```' + language + '\\n(.*?)```', 'gs'))].map(([, code]) => code);

/** Installs the guide's driver with these sources, and returns what runs `virtkit` beside it. */
function guideDriver(folder, sources) {
  const place = join(project, folder);
  const driver = join(place, 'node_modules/virtkit-driver-hello');
  mkdirSync(join(driver, 'src'), { recursive: true });
  writeFileSync(join(driver, 'package.json'), blocks('json')[0]);
  for (const [name, code] of Object.entries(sources)) writeFileSync(join(driver, 'src', name), code);
  return (...args) => run(join(project, 'node_modules/.bin/virtkit'), args, { cwd: place });
}

it('the driver of the guide works as it stands there', async () => {
  const [index, connection] = blocks('js');
  const virtkit = guideDriver('guide', { 'index.js': index, 'connection.js': connection });
  const at = ['-c', 'hello:///default'];
  expect((await virtkit(...at, 'list', '--all')).stdout).toMatch(/-\s+one\s+shut off/);
  expect((await virtkit(...at, 'dominfo', 'one').catch((error) => error)).stderr).toMatch(/virDomainGetInfo/);
  expect((await virtkit(...at, 'destroy', 'one').catch((error) => error)).stderr).toContain(
    "domain 'one' is not running",
  );
});

it('and so does the one that keeps what it is given', async () => {
  const virtkit = guideDriver('keeping', { 'index.js': blocks('js')[2] });
  const at = ['-c', `hello:///embed?root=${encodeURIComponent(join(project, 'kept'))}`];
  await virtkit(...at, 'define', join(root, 'examples/embed-two-drivers/guest.xml'));
  expect((await virtkit(...at, 'list', '--all')).stdout).toMatch(/-\s+greeter\s+shut off/);
  expect((await virtkit(...at, 'dumpxml', 'greeter')).stdout).toContain('<name>greeter</name>');
  expect(readdirSync(join(project, 'kept/etc/hello'))).toEqual(['greeter.xml']);
});

it('a program that waits for events does not end before they come', async () => {
  writeFileSync(
    join(project, 'events.js'),
    `import { Host } from '@virtkit/core';
const host = await Host.create();
const connect = await host.open('test:///default');
let seen = 0;
for await (const event of await connect.domainEvents([0], { signal: AbortSignal.timeout(200) })) seen++;
await host.close();
console.log('closed', seen);
`,
  );
  expect((await inProject(process.execPath, 'events.js')).stdout).toBe('closed 0\n');
});
