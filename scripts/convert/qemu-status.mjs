// What libvirt keeps of a guest while it runs: read, and written back.
import { formatDomainStatus, formatPrivate, parseDomainStatus } from '../../packages/core/dist/conf/index.js';
import { qemuXmlOption } from '../../packages/driver-qemu/dist/xml/index.js';

/** A status document is complete: no emulator is asked for what it leaves out. */
const option = qemuXmlOption({
  caps: undefined,
  emulatorFor: () => undefined,
  hostArch: 'x86_64',
  isPcieDevice: () => undefined,
  channelDirs: [],
  nvramDir: '/var/lib/libvirt/qemu/nvram',
});

export const converters = {
  'qemu-status': ({ input }) => {
    const status = parseDomainStatus(input, option);
    return { xml: formatDomainStatus(status, formatPrivate(status.private), option) };
  },
};
