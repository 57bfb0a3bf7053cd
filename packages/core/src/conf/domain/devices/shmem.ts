import {
  attr,
  bytesIn,
  child,
  type ElementCodec,
  elementOf,
  oneOf,
  onOff,
  part,
  req,
  str,
  uint,
} from '../../xml/index.js';
import { type DeviceInfo, deviceInfo } from '../common/device-info.js';

/** virDomainShmemDef */
export interface ShmemDef extends DeviceInfo {
  name: string;
  role?: 'master' | 'peer';
  model?: { type: 'ivshmem' | 'ivshmem-plain' | 'ivshmem-doorbell' };
  /** Bytes; written in whole MiB. */
  size?: number;
  server?: { path?: string };
  msi?: { vectors?: number; ioeventfd?: boolean };
}

export const shmem: ElementCodec<ShmemDef> = elementOf<ShmemDef>('shmem', {
  name: req(str),
  role: attr(oneOf('master', 'peer'), { lenient: true }),
  model: child(
    part('model', { type: attr(oneOf('ivshmem', 'ivshmem-plain', 'ivshmem-doorbell')) }) as ElementCodec<
      NonNullable<ShmemDef['model']>
    >,
    { emptyIsAbsent: true },
  ),
  size: bytesIn('M'),
  server: child(part('server', { path: attr(str) })),
  msi: child(part('msi', { vectors: attr(uint, { unset: 0 }), ioeventfd: attr(onOff) })),
  ...deviceInfo,
});
