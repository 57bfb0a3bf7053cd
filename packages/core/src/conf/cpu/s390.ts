import { ErrorCode, ErrorDomain, LibvirtError } from '../../util/index.js';
import { IDENTICAL } from './cpu-comparison.js';
import type { CpuDriver } from './cpu-driver.js';
import { withHostModel } from './host-model.js';

/** cpuDriverS390: models are QEMU's business, which compares and expands them itself. */
export const s390Driver: CpuDriver = {
  name: 's390',
  archs: ['s390', 's390x'],
  compare: () => IDENTICAL,
  update(guest, host, relative) {
    if (!relative) return guest;
    if (guest.mode === 'custom') {
      throw new LibvirtError(
        ErrorCode.CONFIG_UNSUPPORTED,
        ErrorDomain.CPU,
        guest.match === 'minimum'
          ? 'match mode minimum not supported: name the model exactly'
          : 'optional CPU features are not supported: require or disable them',
      );
    }
    return host === undefined ? guest : withHostModel(guest, host);
  },
};
