import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { ErrorCode, typedParam } from '@virtkit/core/util';
import { describe, expect, it } from 'vitest';
import { readUntil } from './support/guest.js';
import { endHostsAfterEach, openHost } from './support/host.js';
import { BUSYBOX, initramfs } from './support/linux.js';
import { EMULATOR, hasQemu, temporaryDirectory, until } from './support/qemu.js';

const dir = temporaryDirectory();
endHostsAfterEach();
const [DIRECTORY, PROGRAM] = [0o040755, 0o100755];
const AGENT = ['/usr/sbin/qemu-ga', '/usr/bin/qemu-ga'].find((path) => existsSync(path));

/** A kernel that is installed with its modules. */
function installedKernel(): { readonly path: string; readonly version: string } | undefined {
  const names = existsSync('/boot') ? readdirSync('/boot').filter((name) => name.startsWith('vmlinuz-')) : [];
  return names
    .map((name) => ({ path: join('/boot', name), version: name.slice('vmlinuz-'.length) }))
    .find(({ version }) => existsSync(`/lib/modules/${version}`));
}
const kernel = installedKernel();
const usable =
  hasQemu &&
  BUSYBOX !== undefined &&
  AGENT !== undefined &&
  kernel !== undefined &&
  spawnSync('modprobe', ['--version']).status === 0;

const INIT = `#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t proc proc /proc; mount -t sysfs sysfs /sys; mount -t devtmpfs dev /dev
for m in $(cat /modules/order); do insmod /modules/$m 2>/dev/null; done
mkdir -p /dev/virtio-ports /var/run /run
for d in /sys/class/virtio-ports/*; do [ -e $d/name ] && ln -sf /dev/$(basename $d) /dev/virtio-ports/$(cat $d/name); done
mkdir -p /sbin; ln -s /bin/busybox /sbin/hwclock
hostname agent-guest
ifconfig lo 127.0.0.1 up
echo ready
exec ${AGENT ?? ''} -m virtio-serial -p /dev/virtio-ports/org.qemu.guest_agent.0 -t /var/run
`;

/** A file system with the agent, its libraries and the drivers of its channel. */
function agentInitrd(version: string): Buffer {
  const files = new Map<string, Buffer>([['bin/busybox', readFileSync(BUSYBOX ?? '')]]);
  const modules: string[] = [];
  for (const name of ['virtio_pci', 'virtio_console']) {
    const { stdout } = spawnSync('modprobe', ['-S', version, '--show-depends', name], { encoding: 'utf8' });
    for (const [, path = ''] of stdout.matchAll(/^insmod (\S+)/gm)) {
      if (modules.includes(basename(path))) continue;
      modules.push(basename(path));
      files.set(join('modules', basename(path)), readFileSync(path));
    }
  }
  files.set('modules/order', Buffer.from(modules.join('\n')));
  files.set('init', Buffer.from(INIT));
  for (const path of [AGENT ?? '', ...libraries()]) files.set(path.slice(1), readFileSync(path));
  const folders = new Set(['proc', 'sys', 'dev', 'run', 'var', 'tmp', 'etc']);
  for (const path of files.keys())
    for (let folder = dirname(path); folder !== '.'; folder = dirname(folder)) folders.add(folder);
  return initramfs([
    ...[...folders].sort().map((folder) => [folder, DIRECTORY, new Uint8Array()] as const),
    ...[...files].map(([path, content]) => [path, PROGRAM, content] as const),
  ]);
}

const libraries = (): string[] =>
  execFileSync('ldd', [AGENT ?? ''], { encoding: 'utf8' })
    .match(/\/\S+/g)
    ?.filter((path) => existsSync(path)) ?? [];

describe.skipIf(!usable)(
  `the agent in a guest (skipped without ${EMULATOR}, qemu-ga, a static busybox and a kernel with its modules)`,
  { timeout: 180_000 },
  () => {
    it('answers, also to the next host', async () => {
      const initrd = join(dir, 'initrd');
      writeFileSync(initrd, agentInitrd(kernel?.version ?? ''));
      const root = mkdtempSync(join(dir, 'root-'));
      const { connect, host } = await openHost(root);
      const states: string[] = [];
      await connect.domainEventRegisterAny(null, 18, (event: { state: number; reason: number }) => {
        states.push(`${event.state}/${event.reason}`);
      });
      const domain = await connect.domainDefineXML(`<domain type='qemu'>
  <name>ga</name>
  <memory unit='MiB'>256</memory>
  <vcpu>2</vcpu>
  <os>
    <type arch='x86_64' machine='q35'>hvm</type>
    <kernel>${kernel?.path ?? ''}</kernel>
    <initrd>${initrd}</initrd>
    <cmdline>console=ttyS0 quiet panic=-1</cmdline>
  </os>
  <features><acpi/></features>
  <devices>
    <emulator>${EMULATOR}</emulator>
    <serial type='pty'/>
    <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>
  </devices>
</domain>`);
      await expect(domain.getTime()).rejects.toMatchObject({ code: ErrorCode.OPERATION_INVALID });
      await domain.createWithFlags(1);
      const console = await domain.openConsole(null);
      await expect(domain.getTime()).rejects.toMatchObject({ code: ErrorCode.OPERATION_INVALID });
      await domain.resume();
      await readUntil(console, 'ready');
      await until(() => states.includes('1/2'), 'the agent', 60_000);
      expect(await domain.getXMLDesc()).toContain(`name='org.qemu.guest_agent.0' state='connected'`);

      expect(await domain.qemuAgentCommand('{"execute": "guest-ping"}', -2)).toBe('{"return":{}}');
      await expect(domain.qemuAgentCommand('{"execute": "guest-nonsense"}', -2)).rejects.toMatchObject({
        code: ErrorCode.INTERNAL_ERROR,
      });
      const { seconds } = await domain.getTime();
      await domain.setTime(seconds + 3600n, 0);
      expect((await domain.getTime()).seconds).toBeGreaterThanOrEqual(seconds + 3600n);
      expect(await domain.getHostname(2)).toBe('agent-guest');
      const [lo] = await domain.interfaceAddresses(1);
      expect(lo?.name).toBe('lo');
      expect(lo?.addrs).toContainEqual({ type: 0, addr: '127.0.0.1', prefix: 8 });
      const info = await domain.getGuestInfo(2 | 8);
      expect(typedParam(info, 'os.kernel-release')).toBe(kernel?.version);
      expect(typedParam(await domain.getGuestVcpus(), 'online')).toBe('0-1');
      await domain.setGuestVcpus('1', 0);
      expect(await domain.getVcpusFlags(1 | 8)).toBe(1);
      await expect(domain.setGuestVcpus('9', 0)).rejects.toMatchObject({ code: ErrorCode.INVALID_ARG });
      await domain.suspend();
      await expect(domain.getTime()).rejects.toMatchObject({ code: ErrorCode.OPERATION_INVALID });
      await domain.resume();
      await host.close();

      const next = await openHost(root);
      const again = await next.connect.domainLookupByName('ga');
      expect(await again.getHostname(2)).toBe('agent-guest');
      await again.destroy();
    });
  },
);
