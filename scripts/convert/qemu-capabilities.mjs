// QEMU's capabilities: recorded probes to the cache, the cache to domain capabilities.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { formatDomainCapabilities } from '../../packages/core/dist/conf/index.js';
import {
  formatCapsCache,
  parseCapsCache,
  probeCapabilities,
  qemuDomainCapabilities,
  replayDialogue,
} from '../../packages/driver-qemu/dist/capabilities/index.js';
import { loadFirmwareDescriptors } from '../../packages/driver-qemu/dist/firmware/index.js';

const parsed = new Map();

/** The capabilities in a cache file; the same path holds the same text. */
export function capsOf(path) {
  let caps = parsed.get(path);
  if (caps === undefined) parsed.set(path, (caps = parseCapsCache(readFileSync(path, 'utf8'))));
  return caps;
}

/** libvirt's tests tell hosts apart by a microcode version made of architecture and QEMU version; only KVM looks at it. */
function seed(arch, version) {
  const sum = (text) => [...text].reduce((total, letter) => total + letter.charCodeAt(0), 0);
  return sum(arch) * 100000 + sum(version);
}

let firmware;

/** The firmware that libvirt's tests pretend is installed */
function testFirmware() {
  const shared = process.env.VIRTKIT_SHARED ?? join(import.meta.dirname, '../../../shared');
  const root = join(shared, 'corpus/shared/qemufirmwaredata');
  return (firmware ??= loadFirmwareDescriptors([
    join(root, 'usr/share/qemu/firmware'),
    join(root, 'etc/qemu/firmware'),
  ]));
}

const LOADERS = ['/usr/share/AAVMF/AAVMF_CODE.fd', '/usr/share/AAVMF/AAVMF32_CODE.fd', '/usr/share/OVMF/OVMF_CODE.fd'];

export const converters = {
  'qemu-caps': async ({ params: { arch, version }, paths }) => {
    const source = replayDialogue(`/usr/bin/qemu-system-${arch}`, readFileSync(paths.replies, 'utf8'));
    const caps = await probeCapabilities(source, (flags) => ({
      microcodeVersion: flags.has('kvm') ? seed(arch, version) : 0,
    }));
    return { xml: formatCapsCache(caps) };
  },

  'qemu-domcaps': async ({ params, paths }) => {
    const caps = capsOf(paths.caps);
    const { arch, emulator, virttype: virtType } = params;
    const named = params.machine ?? caps.preferredMachine(virtType);
    const machine = caps.canonicalMachine(virtType, named);
    const host = {
      arch,
      ...(arch === 'ppc64' && { cpu: { arch, model: { name: 'POWER8' }, feature: [] } }),
      firmware: await testFirmware(),
      loaders: LOADERS,
      fixedLoaders: LOADERS,
      vfio: true,
      swtpm: params.tpmVersions,
      sevGuests: { max: 59, maxEs: 450 },
    };
    return { xml: formatDomainCapabilities(qemuDomainCapabilities(caps, { emulator, arch, virtType, machine }, host)) };
  },
};
