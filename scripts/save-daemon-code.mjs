// Runs the bundled virtkitd of the folder given, asks it what clients ask first, and keeps the code that it has compiled.
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { Host } from '../packages/core/dist/index.js';
import { StoragePoolCreateFlags } from '../packages/core/dist/util/index.js';
import { Bundle } from '../packages/daemon/dist/bundle.js';

/** A guest as they often are. */
const sample = (type) => `<domain type='${type}'>
  <name>virtkit-sample</name>
  <memory unit='MiB'>512</memory>
  <vcpu>1</vcpu>
  <os><type>hvm</type></os>
  <features><acpi/><apic/></features>
  <devices>
    <disk type='file'><driver type='qcow2'/><source file='/sample'/><target dev='vda' bus='virtio'/></disk>
    <disk type='file' device='cdrom'><target dev='sda' bus='sata'/></disk>
    <interface type='network'><source network='default'/><model type='virtio'/></interface>
    <console type='pty'/>
    <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>
    <input type='tablet' bus='usb'/>
    <graphics type='vnc' port='-1'/>
    <video><model type='vga'/></video>
    <rng model='virtio'><backend model='random'/></rng>
  </devices>
</domain>`;

/** What is done to a domain before it is first started; where no emulator is installed, as far as that goes. */
async function defineSample(connect, type) {
  try {
    const domain = await connect.domainDefineXML(sample(type));
    await domain.getXMLDesc(0);
    if (type === 'qemu') await connect.domainXMLToNative('qemu-argv', sample(type));
    await domain.undefine();
  } catch (error) {
    process.stderr.write(`no code is kept of what ${type} domains are defined with: ${error}\n`);
  }
}

/** What is done with images: a pool, a volume, and both gone again. */
async function makeSampleVolume(connect, folder) {
  const pool = await connect.storagePoolCreateXML(
    `<pool type='dir'><name>virtkit-sample</name><target><path>${folder}</path></target></pool>`,
    StoragePoolCreateFlags.WITH_BUILD,
  );
  const make = (format) =>
    pool.storageVolCreateXML(
      `<volume><name>${format}</name><capacity unit='MiB'>1</capacity><allocation>0</allocation>` +
        `<target><format type='${format}'/></target></volume>`,
      0,
    );
  const volume = await make('raw');
  await make('qcow2').then(
    (image) => image.delete(0),
    (error) => process.stderr.write(`no code is kept of what images are made with: ${error}\n`),
  );
  for (let i = 0; i < 2; i++) {
    await pool.refresh(0);
    await pool.getXMLDesc(0);
    await pool.listAllVolumes(0);
    await volume.getXMLDesc(0);
    await volume.getInfo();
  }
  await volume.delete(0);
  await pool.destroy();
}

const daemon = realpathSync(process.argv[2]);
const bundle = Bundle.find(daemon);
const root = mkdtempSync(join(tmpdir(), 'virtkitd-'));
const failed = await bundle.load('main.js').main(['--root', root], bundle.drivers);
if (failed !== undefined) process.exit(failed);
try {
  const host = await Host.create({ root: daemon, config: { drivers: [{ package: '@virtkit/driver-remote' }] } });
  for (const uri of ['test+unix:///default', 'qemu+unix:///system']) {
    const connect = await host.open(`${uri}?socket=${join(root, 'sock/libvirt-sock')}`);
    await connect.getHostname();
    for (const domain of await connect.listAllDomains(0)) await domain.getXMLDesc(0);
    await defineSample(connect, uri.startsWith('test') ? 'test' : 'qemu');
    if (uri.startsWith('qemu')) await makeSampleVolume(connect, join(root, 'sample'));
    await connect.close();
  }
  await host.close();
  bundle.saveCode();
  process.exitCode = 0;
} catch (error) {
  // The daemon goes on whatever happens: it would not end by itself.
  console.error(error);
  process.exitCode = 1;
}
rmSync(root, { recursive: true, force: true });
process.exit();
