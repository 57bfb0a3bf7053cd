import { execFile } from 'node:child_process';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const here = dirname(fileURLToPath(import.meta.url));

it.each([
  ['@virtkit/core', 'Host'],
  ['@virtkit/core/util', 'LibvirtError'],
  ['@virtkit/core/conf', 'readXml'],
  ['@virtkit/core/driver', 'defineDriver'],
])('%s is importable as built, in a plain Node', async (entry, name) => {
  const script = `import * as entry from '${entry}'; console.log(typeof entry.${name});`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], { cwd: here });
  expect(stdout).toBe('function\n');
});

it('a host without drivers refuses a URI in words', async () => {
  const script = `import { Host } from '@virtkit/core';
    const host = await Host.create({ config: { drivers: [] } });
    await host.open('nosuch:///').catch((error) => console.log(error.code, error.message));`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], { cwd: here });
  expect(stdout).toMatch(/^5 .*nosuch/);
});
