import { attr, child, type ElementCodec, elementOf, oneOf, part, uintWith, yesNo } from '../../xml/index.js';
import { type DeviceInfo, deviceInfo } from '../common/device-info.js';
import { unsupported } from '../common/problems.js';
import { virtioDriver, type VirtioOptions } from '../common/virtio-options.js';

/** virDomainVsockDef */
export interface VsockDef extends DeviceInfo {
  model?: 'virtio' | 'virtio-transitional' | 'virtio-non-transitional';
  cid?: { auto?: boolean; address?: number };
  driver?: VirtioOptions;
}

export const vsock: ElementCodec<VsockDef> = elementOf<VsockDef>('vsock', {
  model: attr(oneOf('virtio', 'virtio-transitional', 'virtio-non-transitional')),
  cid: child(
    part(
      'cid',
      { auto: attr(yesNo), address: attr(uintWith({ nonZero: true })) },
      {
        omitEmpty: true,
        after({ address }) {
          if (address !== undefined && address < 3) throw unsupported('guest CIDs must be >= 3');
        },
      },
    ),
  ),
  ...deviceInfo,
  driver: child(virtioDriver),
});
