// The hypervisor suite over a wire: driver-test in virtkitd, reached through driver-remote, built files throughout.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { Host } from '../../packages/core/dist/index.js';
import { hypervisorSuite } from '../../packages/testkit/dist/index.js';

const daemonProgram = new URL('../../packages/daemon/bin/virtkitd.js', import.meta.url).pathname;
const root = new URL('../../apps/host', import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), 'virtkit-loopback-'));
const socket = join(folder, 'sock');
const uri = `test+unix:///default?socket=${socket}`;
let daemon;

beforeAll(async () => {
  daemon = spawn(process.execPath, [daemonProgram, '--root', folder, '--socket', socket], { stdio: 'inherit' });
  for (let i = 0; i < 600 && !existsSync(socket); i++) await new Promise((resolve) => setTimeout(resolve, 50));
});
afterAll(async () => {
  const ended = new Promise((resolve) => daemon.once('close', resolve));
  daemon.kill('SIGTERM');
  await ended;
  rmSync(folder, { recursive: true, force: true });
});

/** All connections to a daemon see the same objects: each test begins by taking away what the last one left. */
async function clear(connect) {
  for (const domain of await connect.listAllDomains()) {
    if (await domain.isActive()) await domain.destroy();
    const snapshotsMetadata = 2;
    await domain.undefineFlags(snapshotsMetadata).catch(() => undefined); // a transient one is gone
  }
}

hypervisorSuite({
  name: 'driver-test over the wire',
  expectFail: {
    'refuses to start what runs': "libvirt's test driver raises an internal error",
    'refuses to stop or pause what does not run': "libvirt's test driver raises an internal error",
    'starts paused when asked to': "libvirt's test driver has no flags for it",
    'no autostart for what is transient': "libvirt's test driver marks transient domains as well",
    'is refused for a domain that does not run': 'it has no consoles, which a remote connection learns by asking',
  },
  domainXml: (name, uuid, more = '') => `<domain type='test'>
  <name>${name}</name>
  ${uuid === undefined ? '' : `<uuid>${uuid}</uuid>`}
  ${more}
  <memory unit='MiB'>16</memory>
  <vcpu current='1'>2</vcpu>
  <os><type>hvm</type></os>
</domain>`,
  async setup() {
    const host = await Host.create({ root });
    const connect = await host.open(uri);
    await clear(connect);
    return { connect, open: (options) => host.open(uri, options), dispose: () => host.close() };
  },
});
