import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseConf } from '../src/config/conf-syntax.js';
import { checkConfig } from '../src/config/daemon-config.js';
import { sampleConfig } from '../src/config/sample-config.js';
import { DaemonLog } from '../src/log.js';
import { startDaemon } from './support/start.js';

const check = (text: string) => checkConfig(parseConf(text, 'f'), 'f');

describe('virtkitd.conf', () => {
  it('reads text, numbers, switches and lists with comments', () => {
    const { config } = check(`
      # a comment
      listen_tcp = 1      # another
      tcp_port = "16510"
      max_clients=7
      tls_allowed_dn_list = [ "CN=a", # one
        'CN=b', ]
    `);
    expect(config).toMatchObject({
      listen_tcp: true,
      tcp_port: '16510',
      max_clients: 7,
      tls_allowed_dn_list: ['CN=a', 'CN=b'],
      listen_tls: false,
      max_anonymous_clients: 20,
    });
  });

  it("accepts libvirtd's settings that mean nothing here, with a note", () => {
    expect(check('min_workers = 20\n').notes).toEqual(['f:1: min_workers means nothing to virtkitd']);
  });

  it.each([
    ['max_client = 3', 'f:1: max_client is no setting: is max_clients meant?'],
    ['\nmax_clients = "3"', 'f:2: max_clients must be a number'],
    ['max_clients = 0', 'must be at least 1'],
    ['listen_tcp = 2', 'must be 0 or 1'],
    ['auth_tcp = "polkit"', 'must be one of none, sasl'],
    ['unix_sock_rw_perms = "0888"', 'octal'],
    ['listen_addr = 0', 'must be text'],
    ['tls_allowed_dn_list = "x"', 'must be a list'],
    ['a b', "'=' after a is expected"],
    ['tcp_port = value', 'text needs quotes'],
    ['tcp_port = "unfinished', 'not expected here'],
    ['tcp_port = [ "a"', "']' at the end"],
    ['tcp_port', 'is expected'],
  ])('refuses %j', (text, message) => {
    expect(() => check(text)).toThrow(message);
  });

  it('prints a file that is good, with every setting at its default', () => {
    const sample = sampleConfig();
    const uncommented = sample.replace(/^#(\w+ = )/gm, '$1');
    const initial = checkConfig([], 'f').config;
    const read = check(uncommented).config;
    for (const [name, value] of Object.entries(initial))
      if (value !== undefined) expect(read[name as keyof typeof read], name).toEqual(value);
    expect(check(sample).config).toEqual(initial);
  });

  it('reports all mistakes at once', () => {
    expect(() => check('nonsense = 1\nmax_clients = 0\n')).toThrow(/f:1: .*\nf:2: /s);
  });
});

describe('the log', () => {
  it('follows levels by source and output', () => {
    const lines: string[] = [];
    const log = new DaemonLog((line) => lines.push(line));
    log.apply({ log_level: 3, log_filters: '1:qemu 4:rpc', log_outputs: '2:stderr' });
    log.root.warning('one', { client: 3, from: 'a b' });
    log.root.info('two');
    log.root.child('qemu').info('three');
    log.root.child('qemu').debug('four');
    log.root.child('rpc').warning('five');
    expect(lines.map((line) => line.replace(/^\S+ /, ''))).toEqual([
      'warning daemon: one client=3 from="a b"\n',
      'info qemu: three\n',
    ]);
    expect(() => log.apply({ log_level: 3, log_filters: 'qemu', log_outputs: undefined })).toThrow(
      /Malformed format for filter 'qemu'/,
    );
    expect(() => log.apply({ log_level: 3, log_filters: undefined, log_outputs: '1:paper' })).toThrow(
      /Invalid log destination 'paper'/,
    );
  });
});

describe('a log file that cannot be written', () => {
  it('costs no more than its place', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'virtkitd-log-'));
    const lines: string[] = [];
    const log = new DaemonLog((line) => lines.push(line));
    const file = join(folder, 'log');
    log.apply({ log_level: 1, log_filters: undefined, log_outputs: `1:file:${file}` });
    await rm(file);
    await mkdir(file);
    log.root.warning('still told');
    expect(lines.join('')).toMatch(/cannot write to .*still told/);
    await rm(folder, { recursive: true });
  });
});

describe('reload', () => {
  it('takes a good configuration and keeps the old one in place of a broken one', async () => {
    const running = await startDaemon('log_level = 4\n');
    try {
      const file = join(running.root, 'etc/virtkitd.conf');
      await writeFile(file, 'max_clients = 17\nlog_level = 4\n');
      await running.daemon.reload();
      expect(running.daemon.server.limits.clients).toBe(17);
      await writeFile(file, 'max_clients = "many"\n');
      const { daemon } = running;
      daemon.log.apply({ log_level: 4, log_filters: '4:daemon', log_outputs: `4:file:${join(running.root, 'log')}` });
      await daemon.reload();
      expect(daemon.server.limits.clients).toBe(17);
    } finally {
      await running.stop();
    }
  });

  it('gives the sockets the modes of the configuration', async () => {
    const { stat } = await import('node:fs/promises');
    const running = await startDaemon('unix_sock_rw_perms = "0750"\nunix_sock_ro_perms = "0777"\n');
    try {
      expect((await stat(running.socket)).mode & 0o777).toBe(0o750);
      expect((await stat(`${running.socket}-ro`)).mode & 0o777).toBe(0o777);
      // A second daemon may not take the place of one that runs.
      const { Daemon } = await import('../src/index.js');
      await expect(Daemon.start({ root: running.root, drivers: [] })).rejects.toThrow(/another process listens/);
    } finally {
      await running.stop();
    }
  });
});

describe('TLS', () => {
  const run = promisify(execFile);
  let folder: string;
  let ready = false;
  const path = (name: string): string => join(folder, name);
  const certificate = async (name: string, subject: string): Promise<void> => {
    await run('openssl', [
      'req',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-keyout',
      path(`${name}.key`),
      '-out',
      path(`${name}.csr`),
      '-subj',
      subject,
    ]);
    await writeFile(path(`${name}.ext`), 'subjectAltName=DNS:localhost,IP:127.0.0.1\n');
    await run('openssl', [
      'x509',
      '-req',
      '-in',
      path(`${name}.csr`),
      '-CA',
      path('ca.pem'),
      '-CAkey',
      path('ca.key'),
      '-CAcreateserial',
      '-days',
      '2',
      '-extfile',
      path(`${name}.ext`),
      '-out',
      path(`${name}.pem`),
    ]);
  };
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'virtkitd-tls-'));
    try {
      await run('openssl', [
        'req',
        '-x509',
        '-newkey',
        'rsa:2048',
        '-nodes',
        '-keyout',
        path('ca.key'),
        '-out',
        path('ca.pem'),
        '-days',
        '2',
        '-subj',
        '/CN=ca',
      ]);
      await certificate('server', '/O=Example/CN=localhost');
      await certificate('good', '/C=GB/O=Example/CN=good');
      await certificate('other', '/C=GB/O=Example/CN=other');
      ready = true;
    } catch {
      // Without openssl there are no certificates to try.
    }
  }, 60_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('verifies both sides, checks the name, and says so with one byte', async (context) => {
    if (!ready) return context.skip('openssl is needed to make certificates');
    const { connect } = await import('node:tls');
    const { readFile } = await import('node:fs/promises');
    const { RawClient } = await import('./support/raw-client.js');
    const port = 20000 + (process.pid % 20000);
    const running = await startDaemon(
      `listen_tls = 1\nlisten_addr = "127.0.0.1"\ntls_port = "${port}"\nlog_level = 4\nauth_tls = "none"
       ca_file = "${path('ca.pem')}"\ncert_file = "${path('server.pem')}"\nkey_file = "${path('server.key')}"
       tls_allowed_dn_list = [ "C=GB,O=Example,CN=go*" ]\n`,
    );
    const attempt = async (name: string | undefined): Promise<Buffer> => {
      const ca = await readFile(path('ca.pem'));
      const own =
        name === undefined
          ? {}
          : { cert: await readFile(path(`${name}.pem`)), key: await readFile(path(`${name}.key`)) };
      const socket = connect({ port, host: '127.0.0.1', ca, ...own });
      return new Promise((resolve, reject) => {
        socket.once('data', (data: Buffer) => {
          resolve(data);
          if (name === 'good') reopened = socket;
          else socket.destroy();
        });
        socket.once('error', reject);
        socket.once('close', () => resolve(Buffer.alloc(0)));
      });
    };
    let reopened: import('node:tls').TLSSocket | undefined;
    try {
      expect(await attempt('good')).toEqual(Buffer.from([1]));
      const client = new RawClient(reopened!);
      await client.open();
      expect(await client.call('connectGetHostname')).toEqual({ hostname: 'localhost' });
      const replies = Array.from({ length: 200 }, () => client.send('connectListAllDomains', 1, 0).reply);
      expect((await Promise.all(replies)).every(({ status }) => status === 0)).toBe(true);
      client.close();
      expect(await attempt('other')).toHaveLength(0);
      expect(await attempt(undefined).catch(() => Buffer.alloc(0))).toHaveLength(0);
    } finally {
      await running.stop();
    }
  }, 60_000);
});
