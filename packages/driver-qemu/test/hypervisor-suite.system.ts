import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import type { Host } from '@virtkit/core';
import { hypervisorSuite } from '@virtkit/testkit';
import { beforeAll, describe } from 'vitest';
import { bootImage, endQemusOf } from './support/guest.js';
import { endHostsAfterEach, openHost, shareCache } from './support/host.js';
import { EMULATOR, hasQemu, temporaryDirectory } from './support/qemu.js';

const dir = temporaryDirectory();
endHostsAfterEach();
const images = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((name) => join(dir, `${name}.img`));
let next = 0;
const imageOf = new Map<string, string>();

/** Each domain has a disk of its own: QEMU lets no two guests write to one. */
function image(name: string): string {
  const known = imageOf.get(name) ?? (images[next++ % images.length] as string);
  imageOf.set(name, known);
  return known;
}

describe.skipIf(!hasQemu)(`driver-qemu as a hypervisor (skipped without ${EMULATOR})`, () => {
  beforeAll(async () => {
    for (const path of images) await bootImage(dir, path.slice(dir.length + 1));
  });

  hypervisorSuite({
    name: 'driver-qemu',
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
    <disk type='file'><driver name='qemu' type='raw'/><source file='${image(name)}'/><target dev='vda' bus='virtio'/></disk>
    <serial type='pty'/>
  </devices>
</domain>`,
    console: { banner: /virtkit guest/, type: 'marco\r', echo: /marco/, powerOff: 'off\r' },
    async setup() {
      const root = shareCache(mkdtempSync(join(dir, 'root-')), join(dir, 'shared-cache'));
      const uri = `qemu:///embed?root=${root}`;
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
    },
  });
});
