// The program as people run it: built, in processes of its own.
import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, readFileSync, writeFileSync, existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeBootImage } from '@virtkit/guest';
import { afterAll, describe, expect, it } from 'vitest';
import { findProgram } from '../src/doctor-checks.js';

const program = fileURLToPath(new URL('../bin/virtkit.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'virtkit-cli-'));
const emulator = await findProgram('qemu-system-x86_64');

interface Result {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

function virtkit(...args: readonly string[]): Promise<Result> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [program, ...args],
      { cwd: folder, timeout: 55_000 },
      (error, stdout, stderr) => resolve({ status: error === null ? 0 : Number(error.code ?? 255), stdout, stderr }),
    );
    child.stdin?.end();
  });
}
/** One command that must succeed; what it says. */
async function ok(...args: readonly string[]): Promise<string> {
  const { status, stdout, stderr } = await virtkit(...args);
  expect(stderr).toBe('');
  expect(status).toBe(0);
  return stdout;
}

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('with the test driver', () => {
  const at = ['-c', 'test:///default'] as const;
  it('lists', async () => {
    expect(await ok(...at, 'list', '--all')).toBe(
      ' Id   Name   State\n----------------------\n 1    test   running\n\n',
    );
  });
  it('gives JSON', async () => {
    const [test] = JSON.parse(await ok(...at, 'list', '--all', '--json')) as Record<string, unknown>[];
    expect(test).toMatchObject({ id: 1, name: 'test', state: 'running' });
    expect(JSON.parse(await ok('--json', ...at, 'dominfo', 'test'))).toMatchObject({ cpus: 2, maxMemory: 8_388_608 });
  });
  it('gives JSON for everything that it prints', async () => {
    const commands = [
      'list --all, list --name, dominfo test, domstate test, domcontrol test, domblklist test, domiflist test, domstats test',
      'vcpucount test, vcpuinfo test, vcpupin test, emulatorpin test, domid test, domuuid test, desc test, dumpxml test',
      'domblkinfo test vda, dommemstat test, schedinfo test, memtune test, blkiotune test, numatune test, domifaddr test',
      'domfsinfo test, domtime test, iothreadinfo test, snapshot-create-as test s1, snapshot-list test, snapshot-info test s1',
      'net-list, net-info default, net-dumpxml default, net-uuid default, pool-list --details, pool-info default-pool',
      'vol-create-as default-pool v1 10M, vol-list default-pool, vol-info v1 --pool default-pool, vol-path v1 --pool default-pool',
      'iface-list, iface-mac eth1, nodedev-list, nodeinfo, nodecpumap, nodecpustats, freecell, version, uri, hostname, sysinfo',
      'capabilities, maxvcpus, cpu-models x86_64, suspend test, setmem test 1G, autostart test, event --list, pool-refresh default-pool',
    ].flatMap((line) => line.split(', '));
    const out = await ok('--json', ...at, commands.join('; '));
    // Each document begins at the left margin.
    const documents = out.split(/^(?=[[{])/m).map((text) => JSON.parse(text) as unknown);
    expect(documents).toHaveLength(commands.length);
  });
  it('runs several commands on one connection', async () => {
    const out = await ok(...at, 'destroy test; undefine test; list --all --name');
    expect(out).toBe("Domain 'test' destroyed\n\nDomain 'test' has been undefined\n\n\n");
  });
  it('reads commands from its input, as virsh does', async () => {
    const child = spawn(process.execPath, [program, ...at], { cwd: folder });
    let out = '';
    child.stdout.on('data', (data: Buffer) => (out += data.toString()));
    child.stdin.end('suspend test\ndomstate test --reason\nquit\n');
    const status = await new Promise((resolve) => child.once('close', resolve));
    expect(out).toBe("Domain 'test' suspended\n\npaused (user)\n\n");
    expect(status).toBe(0);
  });
  it('says what failed, why, and what helps', async () => {
    const { status, stdout, stderr } = await virtkit(...at, 'start', 'nosuch');
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(
      /^error: Failed to get domain 'nosuch'\nerror: Domain not found: .*\nhint: 'virtkit list --all' .*\n$/,
    );
    const json = await virtkit(...at, '--json', 'start', 'nosuch');
    expect(JSON.parse(json.stderr)).toMatchObject({ error: { code: 42, name: 'NO_DOMAIN' } });
  });
  it('changes nothing on a read-only connection', async () => {
    const { status, stderr } = await virtkit(...at, '-r', 'destroy', 'test');
    expect(status).toBe(1);
    expect(stderr).toContain('read only access prevents virDomainDestroy');
  });
  it('shows events', async () => {
    const out = await ok(...at, 'event --list');
    expect(out.split('\n').slice(0, 2)).toEqual(['lifecycle', 'reboot']);
    const quiet = await ok(...at, 'event', '--event', 'lifecycle', '--timeout', '1');
    expect(quiet).toBe('event loop timed out\nevents received: 0\n\n');
  });
  it('prints documents as JSON, and takes them so', async () => {
    const kinds = ['dumpxml test', 'net-dumpxml default', 'pool-dumpxml default-pool', 'iface-dumpxml eth1'];
    for (const words of kinds) expect(JSON.parse(await ok(...at, '--json', words))).toHaveProperty('name');
    const model = JSON.parse(await ok(...at, 'dumpxml', 'test', '--json')) as Record<string, unknown>;
    const file = join(folder, 'twin.json');
    writeFileSync(file, JSON.stringify({ ...model, name: 'twin', uuid: undefined }));
    expect(await ok(...at, `define ${file}; domstate twin`)).toContain('shut off');
    writeFileSync(file, JSON.stringify({ ...model, nam: 'x' }));
    const { status, stderr } = await virtkit(...at, 'define', file);
    expect(status).toBe(1);
    expect(stderr).toContain("there is no 'nam' here; did you mean 'name'?");
  });
  it('plans: what a definition would change, and when', async () => {
    const file = join(folder, 'plan.xml');
    const xml = await ok(...at, 'dumpxml', 'test');
    writeFileSync(file, xml);
    expect(await virtkit(...at, 'plan', file)).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('nothing to do'),
    });
    writeFileSync(file, xml.replace('</name>', '</name><title>t</title>').replace("arch='i686'", "arch='x86_64'"));
    const { status, stdout } = await virtkit(...at, '--json', 'plan', file);
    expect([status, JSON.parse(stdout)]).toMatchObject([
      2,
      {
        action: 'replace',
        changes: expect.arrayContaining([
          expect.objectContaining({
            path: 'title',
            before: null,
            when: 'live',
            how: 'desc test --title t --live --config',
          }),
          expect.objectContaining({ path: 'os.type.arch', when: 'needs replacement' }),
        ]),
      },
    ]);
    writeFileSync(file, xml.replace(/<uuid>.*<\/uuid>/, '').replace('<name>test', '<name>other'));
    expect(await virtkit(...at, 'plan', file)).toMatchObject({ status: 2, stdout: expect.stringContaining('created') });
    expect((await virtkit(...at, 'plan', join(folder, 'nosuch.xml'))).status).toBe(1);
  });
  it('completes names of domains', async () => {
    expect(await ok('__complete', '--', '-c', 'test:///default', 'dominfo', 't')).toBe('test\n');
  });
});

it.each(['', 'nosuch:///', 'nosuch+tcp://127.0.0.1:1/'])('refuses URI %j in words', async (uri) => {
  const { status, stderr } = await virtkit('-c', uri === '' ? 'x' : uri, 'list');
  expect(status).toBe(1);
  expect(stderr).toMatch(/^error: .+/);
});

it('writes volumes and reads them back', async () => {
  const content = Buffer.from(Array.from({ length: 3_000_000 }, (_, i) => (i * 31 + (i >> 9)) & 0xff));
  writeFileSync(join(folder, 'in.bin'), content);
  const commands = [
    `pool-define-as images dir --target ${join(folder, 'images')}`,
    'pool-build images',
    'pool-start images',
    'vol-create-as images disk.img 4M --format raw',
    'vol-upload disk.img in.bin --pool images',
    'vol-download disk.img out.bin --pool images --length 3000000',
    'vol-list images',
  ];
  const out = await ok('-c', `qemu:///embed?root=${join(folder, 'storage')}`, commands.join('; '));
  expect(out).toContain(` disk.img   ${join(folder, 'images/disk.img')}\n`);
  expect(readFileSync(join(folder, 'out.bin')).equals(content)).toBe(true);
});

it('doctor says what this machine can do', async () => {
  const findings = JSON.parse(await ok('doctor', '--json')) as { subject: string; status: string }[];
  expect(findings.find(({ subject }) => subject === 'Node')?.status).toBe('ok');
  expect(findings.find(({ subject }) => subject === 'Emulation')?.status).toBe(
    emulator === undefined ? 'missing' : 'ok',
  );
  expect(findings.map(({ subject }) => subject)).toEqual(
    expect.arrayContaining(['QEMU', 'KVM', 'Namespaces', 'Drivers']),
  );
});

describe.skipIf(emulator === undefined)('with QEMU (skipped without qemu-system-x86_64)', () => {
  it('quickstart boots a guest, talks to it, and leaves nothing behind', async () => {
    const out = await ok('quickstart', '--once');
    expect(out).toContain('virtkit guest');
    expect(out).toContain('The guest ended: shut down.');
    const where = /in (\/\S+virtkit-quickstart-\S+)/.exec(out)?.[1];
    expect(existsSync(where!)).toBe(false);
  });

  it('leads a life by hand', async () => {
    const at = ['-c', `qemu:///embed?root=${join(folder, 'state')}`] as const;
    const image = join(folder, 'guest.img');
    await writeBootImage(image);
    const file = join(folder, 'guest.xml');
    writeFileSync(
      file,
      `<domain type='qemu'>
  <name>web</name>
  <memory unit='MiB'>16</memory>
  <os><type arch='x86_64' machine='pc'>hvm</type></os>
  <devices>
    <disk type='file'><driver name='qemu' type='raw'/><source file='${image}'/><target dev='hda' bus='ide'/></disk>
    <serial type='pty'/>
  </devices>
</domain>`,
    );
    expect(await ok(...at, 'define', file)).toBe(`Domain 'web' defined from ${file}\n\n`);
    expect(await ok(...at, 'start', 'web')).toBe("Domain 'web' started\n\n");
    // Each command is a process of its own: the guest goes on between them, and is found again.
    expect(await ok(...at, 'domstate', 'web', '--reason')).toBe('running (booted)\n\n');
    expect(await ok(...at, 'suspend', 'web')).toBe("Domain 'web' suspended\n\n");
    expect(await ok(...at, 'resume', 'web')).toBe("Domain 'web' resumed\n\n");
    expect(await ok(...at, 'domblklist', 'web')).toContain(image);
    expect(await ok(...at, 'list', '--name')).toBe('web\n\n');
    expect(await ok(...at, 'destroy', 'web')).toBe("Domain 'web' destroyed\n\n");
    expect(await ok(...at, 'domstate', 'web', '--reason')).toMatch(/^shut off \(destroyed|unknown\)/);
    expect(await ok(...at, 'undefine', 'web')).toBe("Domain 'web' has been undefined\n\n");
    expect(await ok(...at, 'list', '--all', '--name')).toBe('\n');
  });
});
