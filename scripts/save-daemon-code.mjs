// Runs the bundled virtkitd of the folder given, asks it what clients ask first, and keeps the code that it has compiled.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { Host } from '../packages/core/dist/index.js';
import { Bundle } from '../packages/daemon/dist/bundle.js';

const [daemon] = process.argv.slice(2);
const bundle = Bundle.find(daemon);
const root = mkdtempSync(join(tmpdir(), 'virtkitd-'));
const failed = await bundle.load('main.js').main(['--root', root], bundle.drivers);
if (failed !== undefined) process.exit(failed);
try {
  const host = await Host.create({ root: daemon, config: { drivers: [{ package: '@virtkit/driver-remote' }] } });
  for (const uri of ['test+unix:///default', 'qemu+unix:///system']) {
    const connect = await host.open(`${uri}?socket=${join(root, 'sock/libvirt-sock')}`);
    await connect.getHostname();
    await connect.getURI();
    for (const domain of await connect.listAllDomains(0)) await domain.getXMLDesc(0);
    await connect.close();
  }
  await host.close();
  bundle.saveCode();
} finally {
  rmSync(root, { recursive: true, force: true });
}
process.exit(0);
