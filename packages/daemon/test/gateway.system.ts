import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Daemon } from '../src/index.js';

// A real libvirtd, asked by the real virsh directly and through a daemon that forwards: virsh, our server, the public API, our
// client, libvirtd. It runs in namespaces of its own, made by a tool beside the repository.
const shared = process.env['VIRTKIT_SHARED'] ?? join(import.meta.dirname, '../../../../shared');
const tool = join(shared, 'clients/bin/real-libvirtd');
const installed = (program: string): boolean => spawnSync(program, ['--version']).status === 0;
const usable = existsSync(tool) && process.getuid?.() === 0 && existsSync('/usr/sbin/libvirtd') && installed('virsh');

interface Said {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

const QUERIES: Readonly<Record<'test:///default' | 'qemu:///system', readonly string[]>> = {
  'test:///default': [
    'list --all',
    'list --all --title',
    'dominfo test',
    'domid test',
    'domuuid test',
    'domstate test --reason',
    'dumpxml test',
    'dumpxml test --inactive',
    'dumpxml nothing',
    'vcpucount test',
    'vcpuinfo test',
    'vcpupin test',
    'schedinfo test',
    'memtune test',
    'blkiotune test',
    'domstats --raw test',
    'domiflist test',
    'domfsinfo test',
    'snapshot-list test',
    'nodeinfo',
    'nodecpumap',
    'freecell --all',
    'capabilities',
    'hostname',
    'uri',
    'version --daemon',
    'sysinfo',
    'net-list --all',
    'net-info default',
    'net-dumpxml default',
    'net-dhcp-leases default',
    'pool-list --all --details',
    'pool-dumpxml default-pool',
    'vol-list default-pool',
    'iface-list --all',
    'iface-dumpxml eth1',
    'nodedev-list',
    'nodedev-dumpxml computer',
    'nwfilter-list',
    'secret-list',
  ],
  'qemu:///system': [
    'list --all',
    'version --daemon',
    'nodeinfo',
    'nodecpustats 999',
    'nodememstats 99',
    'node-memory-tune',
    'maxvcpus',
    'domcapabilities --virttype qemu',
    'cpu-models x86_64',
    'capabilities',
    'net-list --all',
    'pool-list --all',
    'secret-list',
    'nwfilter-list',
    'nodedev-list --cap net',
    'domid nothing',
    'domxml-to-native qemu-argv nothing',
  ],
};

/** What differs from one moment to the next. */
const steady = ({ status, stdout, stderr }: Said, socket: string): Said => {
  const plain = (text: string): string =>
    text
      .replaceAll(socket, 'SOCKET')
      .replace(/(cpu\.time|CPU time|free|Free|rx\.bytes|tx\.bytes)(\S*\s*[:=]\s*)[\d.]+/g, '$1$2N');
  return { status, stdout: plain(stdout), stderr: plain(stderr) };
};

describe.skipIf(!usable)(
  'in front of libvirtd (skipped without it, virsh, root, and the tool that isolates it)',
  () => {
    let root: string;
    let real: string;
    let front: string;
    let daemon: Daemon;
    beforeAll(async () => {
      root = await mkdtemp(join(tmpdir(), 'virtkitd-gateway-'));
      execFileSync(tool, ['start', join(root, 'real')], { stdio: 'ignore' });
      real = join(root, 'real/sock/libvirt-sock');
      front = join(root, 'front.sock');
      const config = join(root, 'front.conf');
      await writeFile(config, `forward_uri = "remote+unix:///?socket=${real}"\nlog_outputs = "1:file:${root}/log"\n`);
      daemon = await Daemon.start({ root, config, socket: front });
    }, 120_000);
    afterAll(async () => {
      await daemon?.stop();
      if (root === undefined) return;
      spawnSync(tool, ['stop', join(root, 'real')]);
      await rm(root, { recursive: true, force: true });
    });

    function virsh(socket: string, uri: string, command: string): Promise<Said> {
      const [scheme, path] = uri.split('://') as [string, string];
      const args = ['-c', `${scheme}+unix://${path}?socket=${socket}`, ...command.split(' ')];
      return new Promise((resolve) =>
        execFile('virsh', args, { env: { ...process.env, LC_ALL: 'C' }, timeout: 30_000 }, (error, stdout, stderr) =>
          resolve({ status: (error?.code as number | undefined) ?? 0, stdout, stderr }),
        ),
      );
    }

    it.each(Object.keys(QUERIES) as (keyof typeof QUERIES)[])(
      'answers as it does, asked for %s',
      { timeout: 240_000 },
      async (uri) => {
        for (const command of QUERIES[uri]) {
          const direct = steady(await virsh(real, uri, command), real);
          expect(steady(await virsh(front, uri, command), front), command).toEqual(direct);
        }
      },
    );

    it('changes what is there', { timeout: 120_000 }, async () => {
      const uri = 'qemu:///system';
      const file = join(root, 'net.xml');
      await writeFile(file, "<network><name>gw</name><bridge name='gwbr0'/></network>");
      expect(await virsh(front, uri, `net-define ${file}`)).toMatchObject({ status: 0 });
      const [through, direct] = [await virsh(front, uri, 'net-dumpxml gw'), await virsh(real, uri, 'net-dumpxml gw')];
      expect(through).toEqual(direct);
      expect(through.stdout).toContain('<name>gw</name>');
      expect(await virsh(front, uri, 'net-undefine gw')).toMatchObject({ status: 0 });
      expect(await virsh(real, uri, 'net-info gw')).toMatchObject({ status: 1 });
    });

    it('carries volumes up and down', { timeout: 120_000 }, async () => {
      const uri = 'qemu:///system';
      const data = Buffer.alloc(3_000_001, 'virtkit ');
      await writeFile(join(root, 'up'), data);
      expect(await virsh(front, uri, `pool-create-as gw dir --target ${root}/pool --build`)).toMatchObject({
        status: 0,
      });
      await virsh(front, uri, `vol-create-as gw one ${data.length}B`);
      expect(await virsh(front, uri, `vol-upload one ${root}/up --pool gw`)).toMatchObject({ status: 0, stderr: '' });
      expect(await virsh(front, uri, `vol-download one ${root}/down --pool gw`)).toMatchObject({
        status: 0,
        stderr: '',
      });
      expect((await readFile(join(root, 'down'))).equals(data)).toBe(true);
      await virsh(front, uri, 'pool-destroy gw');
    });

    it('passes on events', { timeout: 60_000 }, async () => {
      const uri = 'test:///default';
      const events = virsh(front, uri, 'event --domain test --event lifecycle --loop --timeout 4');
      await sleep(1500);
      await virsh(real, uri, 'suspend test');
      await virsh(real, uri, 'resume test');
      const { stdout } = await events;
      expect(stdout).toContain("event 'lifecycle' for domain 'test': Suspended Paused");
      expect(stdout).toContain("event 'lifecycle' for domain 'test': Resumed Unpaused");
    });
  },
);
