import { attr, child, type ElementCodec, elementOf, oneOf, part, req, reqChild, uint } from '../../xml/index.js';
import { type DeviceInfo, deviceInfo } from '../common/device-info.js';
import { virtioDriver, type VirtioOptions } from '../common/virtio-options.js';

/** virDomainCryptoDef */
export interface CryptoDef extends DeviceInfo {
  model: 'virtio';
  type: 'qemu';
  backend: { model: 'builtin' | 'lkcf'; queues?: number };
  driver?: VirtioOptions;
}

export const crypto: ElementCodec<CryptoDef> = elementOf<CryptoDef>('crypto', {
  model: req(oneOf('virtio')),
  type: req(oneOf('qemu')),
  backend: reqChild(part('backend', { model: req(oneOf('builtin', 'lkcf')), queues: attr(uint) })),
  driver: child(virtioDriver),
  ...deviceInfo,
});
