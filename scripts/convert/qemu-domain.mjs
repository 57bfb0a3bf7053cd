// QEMU's domains: their XML as the driver completes it, and the command lines that start them.
import { readFileSync } from 'node:fs';
import { formatDomain, parseDomain } from '../../packages/core/dist/conf/index.js';
import { parseCapsCache } from '../../packages/driver-qemu/dist/capabilities/index.js';
import { qemuXmlOption } from '../../packages/driver-qemu/dist/xml/index.js';

const known = new Map();

/** Capabilities as libvirt caches them; a path always holds the same. Machines go by their aliases. */
function capsOf(path) {
  if (!known.has(path)) {
    const caps = parseCapsCache(readFileSync(path, 'utf8'));
    for (const { machines } of Object.values(caps.data.accelerators))
      for (const machine of [...machines]) {
        if (machine.alias === undefined) continue;
        machines.push({ ...machine, alias: undefined });
        machine.name = machine.alias;
        delete machine.alias;
      }
    known.set(path, caps);
  }
  return known.get(path);
}

function optionFor({ params, paths, environment }) {
  const caps = capsOf(paths.caps);
  return qemuXmlOption({
    caps,
    emulatorFor: (arch) => `/usr/bin/qemu-system-${arch === 'i686' ? 'i386' : arch}`,
    hostArch: params.arch,
    isPcieDevice: () => undefined,
    channelDirs: [environment?.channelTargetDir ?? '/tmp/channel'],
    tpmVersions: ['1.2', '2.0'],
    spiceTls: environment?.spiceTLS ?? true,
    nvramDir: environment?.nvramDir ?? '/var/lib/libvirt/qemu/nvram',
  });
}

export const converters = {
  'qemu-xml-caps': (request) => {
    const option = optionFor(request);
    const def = parseDomain(request.input, option);
    return { xml: formatDomain(def, option, { secure: true }) };
  },
};
