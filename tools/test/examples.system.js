// The examples run as their readers would run them: built packages, a plain Node, drivers found by name in node_modules.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { beforeAll, expect, it } from 'vitest';
import { linkExamples } from '../../scripts/link-examples.mjs';

const examples = new URL('../../examples', import.meta.url).pathname;
const cli = new URL('../../packages/cli/bin/virtkit.js', import.meta.url).pathname;
const run = promisify(execFile);

beforeAll(linkExamples);

it('a program that embeds a host with two drivers', async () => {
  const { stdout, stderr } = await run(process.execPath, [`${examples}/embed-two-drivers/index.js`]);
  expect(stderr).toBe('');
  expect(stdout).toContain('test:///default: test\n');
  expect(stdout).toContain('hello:///default: greeter says: hello from a process\n');
  expect(stdout).toMatch(/greeter defined\n.*greeter started\n.*greeter stopped\n.*greeter undefined\n/);
});

it("the command line finds a third party's driver in the project that it is run in", async () => {
  const options = { cwd: `${examples}/embed-two-drivers` };
  const { stdout } = await run(process.execPath, [cli, 'drivers', '--json'], options);
  const { root, drivers } = JSON.parse(stdout);
  expect(root).toBe(options.cwd);
  expect(drivers.map(({ package: name, status }) => [name, status])).toEqual([
    ['@virtkit/driver-test', 'loaded'],
    ['virtkit-driver-hello', 'loaded'],
  ]);
  const listed = await run(process.execPath, [cli, '-c', 'hello:///default', 'list', '--all'], options);
  expect(listed.stdout).toBe(' Id   Name   State\n--------------------\n\n');
});
