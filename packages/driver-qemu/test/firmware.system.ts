import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DomainUndefineFlagsValues as Undefine, ErrorCode } from '@virtkit/core/util';
import { beforeAll, describe, expect, it } from 'vitest';
import { bootImage, readUntil } from './support/guest.js';
import { endHostsAfterEach, openHost, shareCache } from './support/host.js';
import { EMULATOR, hasQemu, temporaryDirectory, until } from './support/qemu.js';

const OVMF = '/usr/share/OVMF/OVMF_CODE_4M.fd';
const hasParts = hasQemu && existsSync(OVMF) && spawnSync('swtpm_setup', ['--version']).error === undefined;
const dir = temporaryDirectory();
endHostsAfterEach();

/** What virt-install makes for a modern guest, with the disks we have. */
const modern = (image: string, data: string): string => `<domain type='qemu'>
  <name>modern</name>
  <memory unit='MiB'>256</memory>
  <vcpu>2</vcpu>
  <iothreads>2</iothreads>
  <os firmware='efi'>
    <type arch='x86_64' machine='q35'>hvm</type>
    <firmware><feature enabled='no' name='secure-boot'/></firmware>
    <boot dev='hd'/>
  </os>
  <features><acpi/><apic/><vmport state='off'/></features>
  <clock offset='utc'>
    <timer name='rtc' tickpolicy='catchup'/><timer name='pit' tickpolicy='delay'/><timer name='hpet' present='no'/>
  </clock>
  <devices>
    <emulator>${EMULATOR}</emulator>
    <disk type='file' device='disk'>
      <driver name='qemu' type='raw' iothread='1'/><source file='${image}'/><target dev='vda' bus='virtio'/>
    </disk>
    <disk type='file' device='disk'>
      <driver name='qemu' type='raw' iothread='2'/><source file='${data}'/><target dev='vdb' bus='virtio'/>
    </disk>
    <controller type='usb' model='qemu-xhci' ports='15'/>
    <interface type='user'><model type='virtio'/></interface>
    <console type='pty'/>
    <channel type='unix'><source mode='bind'/><target type='virtio' name='org.qemu.guest_agent.0'/></channel>
    <tpm model='tpm-crb'><backend type='emulator'/></tpm>
    <graphics type='vnc' port='-1'/>
    <video><model type='virtio'/></video>
    <memballoon model='virtio'/>
    <rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>
  </devices>
</domain>`;

const tpmsOf = (root: string): string[] =>
  readdirSync('/proc').filter((name) => {
    const { stdout } = spawnSync('cat', [`/proc/${name}/cmdline`], { encoding: 'utf8' });
    return /^\d+$/.test(name) && stdout.startsWith('swtpm\0') && stdout.includes(root);
  });

describe.skipIf(!hasParts)(
  `a modern guest (skipped without ${EMULATOR}, ${OVMF} and swtpm)`,
  { timeout: 120_000 },
  () => {
    let image: string;
    let data: string;
    beforeAll(async () => {
      image = await bootImage(dir);
      data = await bootImage(dir, 'data.img');
    });

    it('runs UEFI with a TPM on q35, leaves nothing when it ends, and its files when it is kept', async () => {
      const root = shareCache(mkdtempSync(join(dir, 'root-')), join(dir, 'shared-cache'));
      const { connect } = await openHost(root);
      const domain = await connect.domainDefineXML(modern(image, data));
      await domain.createWithFlags(1);
      const console = await domain.openConsole(null);
      await domain.resume();
      const xml = await domain.getXMLDesc();
      expect(xml).toMatch(/<loader readonly='yes' type='pflash'>\/usr\/share\/OVMF\//);
      expect(xml).toContain(`${join(root, 'lib/qemu/nvram/modern_VARS.fd')}</nvram>`);
      expect(xml.match(/model='pcie-root-port'/g)?.length).toBeGreaterThan(6);
      expect(tpmsOf(root)).toHaveLength(1);
      await readUntil(console, 'BdsDxe');
      await domain.destroy();
      await until(() => tpmsOf(root).length === 0, 'the end of the TPM');
      await expect(domain.undefine()).rejects.toMatchObject({ code: ErrorCode.OPERATION_INVALID });
      await expect(domain.undefineFlags(Undefine.NVRAM | Undefine.KEEP_NVRAM)).rejects.toMatchObject({
        code: ErrorCode.OPERATION_INVALID,
      });
      expect(readdirSync(join(root, 'lib/qemu/swtpm'))).toEqual([domain.uuid]);
      await domain.undefineFlags(Undefine.NVRAM);
      expect(readdirSync(join(root, 'lib/qemu/nvram'))).toEqual([]);
      expect(readdirSync(join(root, 'lib/qemu/swtpm'))).toEqual([]);
    });
  },
);
