import { randomFillSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { guestXml } from './guest.js';

/** Much of its memory is noise, which takes a while to be written and cannot be compressed. */
export function heavyGuest(name: string, image: string, dir: string, mib = 24): string {
  const noise = join(dir, 'noise');
  writeFileSync(noise, randomFillSync(Buffer.alloc(mib * 1024 * 1024)));
  return guestXml(name, {
    image,
    elements: `<qemu:commandline xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>
      <qemu:arg value='-device'/><qemu:arg value='loader,file=${noise},addr=0x1000000,force-raw=on'/>
    </qemu:commandline>`,
  }).replace(`<memory unit='MiB'>16<`, `<memory unit='MiB'>64<`);
}
