import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import type { Host } from '@virtkit/core';
import { hypervisorSuite, type WrapSetup } from '@virtkit/testkit';
import { beforeAll, describe } from 'vitest';
import { bootImage, endQemusOf } from './guest.js';
import { endHostsAfterEach, openHost, shareCache } from './host.js';
import { EMULATOR, hasQemu, temporaryDirectory } from './qemu.js';

const direct: WrapSetup = (setup) => setup;

/** What this driver promises as a hypervisor. */
export function hypervisor(wrap = direct, how = ''): void {
  const dir = temporaryDirectory();
  endHostsAfterEach();
  const images = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((name) => join(dir, `${name}.qcow2`));
  const pristine = join(dir, 'boot.qcow2');
  let next = 0;
  const imageOf = new Map<string, string>();

  /** Each domain has a disk of its own: QEMU lets no two guests write to one. */
  function image(name: string): string {
    const known = imageOf.get(name) ?? (images[next++ % images.length] as string);
    imageOf.set(name, known);
    return known;
  }

  const usable = hasQemu && spawnSync('qemu-img', ['--version']).status === 0;

  describe.skipIf(!usable)(`driver-qemu${how} as a hypervisor (skipped without ${EMULATOR} and qemu-img)`, () => {
    beforeAll(async () => {
      // Only these can hold snapshots.
      execFileSync('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', await bootImage(dir), pristine]);
    });

    hypervisorSuite({
      name: `driver-qemu${how}`,
      domainXml: (name, uuid, more = '') => `<domain type='qemu'>
  <name>${name}</name>
  ${uuid === undefined ? '' : `<uuid>${uuid}</uuid>`}
  ${more}
  <memory unit='MiB'>16</memory>
  <vcpu current='1'>2</vcpu>
  <os><type arch='x86_64' machine='pc'>hvm</type></os>
  <features><acpi/></features>
  <devices>
    <emulator>${EMULATOR}</emulator>
    <disk type='file'><driver name='qemu' type='qcow2'/><source file='${image(name)}'/><target dev='vda' bus='virtio'/></disk>
    <serial type='pty'/>
  </devices>
</domain>`,
      console: { banner: /virtkit guest/, type: 'marco\r', echo: /marco/, powerOff: 'off\r' },
      setup: wrap(async () => {
        const root = shareCache(mkdtempSync(join(dir, 'root-')), join(dir, 'shared-cache'));
        const uri = `qemu:///embed?root=${root}`;
        // What a test keeps inside its images is none of the next one's business.
        for (const path of images) copyFileSync(pristine, path);
        imageOf.clear();
        next = 0;
        let { host, connect }: { host: Host; connect: Awaited<ReturnType<typeof openHost>>['connect'] } =
          await openHost(root);
        return {
          connect,
          open: (options) => host.open(uri, options),
          async restart() {
            await host.close();
            ({ host, connect } = await openHost(root));
            return connect;
          },
          async dispose() {
            await host.close();
            await endQemusOf(root);
          },
        };
      }),
    });
  });
}
