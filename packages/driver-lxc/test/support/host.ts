import { join } from 'node:path';
import { type Embedded, openEmbedded } from '@virtkit/testkit';
import driver from '../../src/index.js';

/** A host of containers below a directory of its own. */
export const openContainers = (): Promise<Embedded> => openEmbedded(driver, join(import.meta.dirname, '../..'));

/** The document of a container; `more` goes inside `<domain>`. */
export const containerXml = (name: string, uuid?: string, more = '', devices = "<console type='pty'/>"): string =>
  `<domain type='lxc' xmlns:lxc='http://libvirt.org/schemas/domain/lxc/1.0'>
  <name>${name}</name>
  ${uuid === undefined ? '' : `<uuid>${uuid}</uuid>`}
  ${more}
  <memory unit='MiB'>64</memory>
  <vcpu>2</vcpu>
  <os><type>exe</type><init>/sbin/init</init></os>
  <devices>
    <filesystem type='mount'><source dir='/srv/${name}'/><target dir='/'/></filesystem>
    ${devices}
  </devices>
</domain>`;
