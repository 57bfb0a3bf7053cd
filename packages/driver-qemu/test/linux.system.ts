import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { lifecycle, readUntil } from './support/guest.js';
import { endHostsAfterEach, openHost } from './support/host.js';
import { BUSYBOX, initramfs, linuxKernel } from './support/linux.js';
import { EMULATOR, hasQemu, temporaryDirectory, until } from './support/qemu.js';

const dir = temporaryDirectory();
endHostsAfterEach();
const DIRECTORY = 0o040755;
const PROGRAM = 0o100755;

const INIT = `#!/bin/busybox sh
/bin/busybox mount -t proc proc /proc
/bin/busybox echo "Linux $(/bin/busybox uname -r): $(/bin/busybox grep -c ^processor /proc/cpuinfo) CPUs"
/bin/busybox echo "told: $(/bin/busybox cat /proc/cmdline)"
exec /bin/busybox sh
`;

it.skipIf(!hasQemu || BUSYBOX === undefined)(
  'boots Linux directly, with its command line and initial file system (skipped without QEMU or a static busybox)',
  { timeout: 120_000 },
  async (test) => {
    const kernel = await linuxKernel();
    if ('missing' in kernel) return test.skip(kernel.missing);
    const initrd = join(dir, 'initrd');
    const program = readFileSync(BUSYBOX ?? '');
    writeFileSync(
      initrd,
      initramfs([
        ['bin', DIRECTORY, new Uint8Array()],
        ['proc', DIRECTORY, new Uint8Array()],
        ['dev', DIRECTORY, new Uint8Array()],
        ['bin/busybox', PROGRAM, program],
        ['init', PROGRAM, Buffer.from(INIT)],
      ]),
    );
    const { connect } = await openHost(mkdtempSync(join(dir, 'root-')));
    const events = await lifecycle(connect);
    const domain = await connect.domainDefineXML(`<domain type='qemu'>
  <name>linux</name>
  <memory unit='MiB'>256</memory>
  <vcpu>2</vcpu>
  <os>
    <type arch='x86_64' machine='q35'>hvm</type>
    <kernel>${kernel.path}</kernel>
    <initrd>${initrd}</initrd>
    <cmdline>console=ttyS0 quiet panic=-1 virtkit="a, b"</cmdline>
  </os>
  <features><acpi/></features>
  <devices>
    <emulator>${EMULATOR}</emulator>
    <serial type='pty'/>
  </devices>
</domain>`);
    await domain.createWithFlags(1);
    const console = await domain.openConsole(null);
    await domain.resume();
    const said = await readUntil(console, '# ');
    expect(said).toMatch(/Linux \S+: 2 CPUs/);
    expect(said).toContain('virtkit="a, b"');
    await console.send(Buffer.from('busybox poweroff -f\n'));
    await until(() => events.includes('5/0'), 'the end', 30_000);
    expect(events.slice(-2)).toEqual(['6/1', '5/0']);
  },
);
