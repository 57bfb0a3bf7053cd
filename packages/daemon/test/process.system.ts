import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RawClient } from './support/raw-client.js';

const BIN = fileURLToPath(new URL('../bin/virtkitd.js', import.meta.url));
const BUILT = existsSync(new URL('../dist/main.js', import.meta.url));

let root: string;
let child: ChildProcess | undefined;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'virtkitd-proc-'));
  await mkdir(join(root, 'etc'));
});
afterEach(async () => {
  child?.kill('SIGKILL');
  child = undefined;
  await rm(root, { recursive: true, force: true });
});

interface Ended {
  readonly status: number | null;
  readonly output: string;
}

/** What the running child has written so far. */
let written = '';

function start(args: readonly string[], input = ''): Promise<Ended> {
  const running = (child = spawn(process.execPath, [BIN, ...args], { env: { ...process.env, NODE_OPTIONS: '' } }));
  written = '';
  running.stdout.on('data', (data: Buffer) => (written += data.toString()));
  running.stderr.on('data', (data: Buffer) => (written += data.toString()));
  running.stdin.end(input);
  return once(running, 'close').then(([status]) => ({ status: status as number | null, output: written }));
}

/** Listens, hands the socket to virtkitd as a service manager does, and never accepts by itself. */
const ACTIVATOR = `
  const { createServer } = require('node:net');
  const { spawn } = require('node:child_process');
  const [bin, root, path] = process.argv.slice(1);
  const server = createServer().listen(path, () => {
    const env = { ...process.env, LISTEN_FDS: '1', LISTEN_FDNAMES: 'virtkitd-ro.socket' };
    const stdio = ['ignore', 'ignore', 'inherit', server._handle.fd];
    const child = spawn(process.execPath, [bin, '--root', root], { env, stdio });
    require('node:fs').writeSync(1, String(child.pid));
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20000);
  });
`;

async function listening(path: string): Promise<RawClient> {
  for (let i = 0; i < 500; i++) {
    if (existsSync(path)) {
      const client = new RawClient(path);
      const answered = await Promise.race([client.call('authList'), client.gone()]).catch(() => undefined);
      if (answered !== undefined) return client;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`nobody listens on ${path}`);
}

describe.skipIf(!BUILT)('virtkitd as a program', () => {
  it('listens below its root, reads its configuration again, and ends by SIGTERM with its sockets', async () => {
    const ended = start(['--root', root]);
    const client = await listening(join(root, 'sock/libvirt-sock'));
    const readOnly = await listening(join(root, 'sock/libvirt-sock-ro'));
    await expect(client.call('connectOpen', 'nosuch:///x', 0)).rejects.toMatchObject({ code: 5 });
    await writeFile(join(root, 'etc/virtkitd.conf'), 'log_level = 1\nnonsense = 1\n');
    child!.kill('SIGHUP');
    for (let i = 0; i < 200 && !written.includes('reload failed'); i++)
      await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await readOnly.call('authList')).toEqual({ types: [0] });
    child!.kill('SIGTERM');
    await client.gone();
    const { status, output } = await ended;
    expect(status).toBe(0);
    expect(output).toContain('reload failed, the old configuration stays');
    expect(output).toContain('nonsense is no setting');
    expect(existsSync(join(root, 'sock/libvirt-sock'))).toBe(false);
  }, 30_000);

  it('listens on a path that it is given', async () => {
    void start(['--root', root, '--socket', join(root, 'mine')]);
    await listening(join(root, 'mine'));
    await listening(join(root, 'mine-ro'));
  }, 30_000);

  it('serves a socket that a service manager opened', async () => {
    const path = join(root, 'activated');
    const activator = (child = spawn(process.execPath, ['-e', ACTIVATOR, BIN, root, path], {
      env: { ...process.env, NODE_OPTIONS: '' },
    }));
    const [pid] = (await once(activator.stdout, 'data')) as [Buffer];
    try {
      const client = await listening(path);
      await client.call('connectSupportsFeature', 10);
      expect(existsSync(join(root, 'sock/libvirt-sock'))).toBe(false);
      client.close();
    } finally {
      process.kill(Number(pid.toString()), 'SIGKILL');
    }
  }, 30_000);

  it('checks a configuration and names every mistake', async () => {
    const file = join(root, 'etc/virtkitd.conf');
    await writeFile(file, 'max_clients = 3 # fine\nprio_workers = 5\n');
    expect(await start(['--root', root, '--check'])).toMatchObject({
      status: 0,
      output: expect.stringMatching(/prio_workers means nothing.*\n.*is good/) as string,
    });
    await writeFile(file, 'max_client = 3\n');
    expect(await start(['--root', root, '--check'])).toMatchObject({
      status: 1,
      output: expect.stringContaining('is max_clients meant?') as string,
    });
    expect((await start(['--config', join(root, 'absent'), '--check'])).status).toBe(1);
    expect((await start(['--no-such-option'])).status).toBe(2);
  }, 30_000);

  it('adds and removes users of SASL', async () => {
    expect((await start(['--root', root, '--sasl-user', 'fred'], 'secret\n')).status).toBe(0);
    const file = join(root, 'etc/sasl-users');
    expect(await readFile(file, 'utf8')).toMatch(/^fred:SCRAM-SHA-256/);
    expect((await start(['--root', root, '--sasl-user', 'fred', '--remove'])).status).toBe(0);
    expect(await readFile(file, 'utf8')).not.toContain('fred');
    expect((await start(['--root', root, '--sasl-user', 'a:b'], 'x')).status).toBe(1);
  }, 30_000);
});
