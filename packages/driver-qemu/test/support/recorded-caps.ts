import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseCapsCache, type QemuCaps } from '../../src/capabilities/index.js';
import { qemuXmlOption } from '../../src/xml/index.js';

/** Where the recorded data of libvirt's tests lies, beside the repository. */
export const SHARED = process.env.VIRTKIT_SHARED ?? join(import.meta.dirname, '../../../../../shared');

const capsFile = (name: string): string => join(SHARED, 'corpus/shared/qemucaps', `caps_${name}.xml`);

export const hasRecordedCaps = (name: string): boolean => existsSync(capsFile(name));

/** Capabilities of a QEMU as libvirt recorded them. */
export function recordedCaps(name: string): QemuCaps {
  return parseCapsCache(readFileSync(capsFile(name), 'utf8'));
}

/** The rules for domains of that QEMU on a host with nothing special. */
export function optionWith(caps: QemuCaps, arch = caps.arch) {
  return qemuXmlOption({
    caps,
    emulatorFor: (guest) => `/usr/bin/qemu-system-${guest}`,
    hostArch: arch,
    isPcieDevice: () => undefined,
    channelDirs: ['/var/lib/virtkit/channel'],
    nvramDir: '/var/lib/virtkit/nvram',
    tpmVersions: ['2.0'],
  });
}
