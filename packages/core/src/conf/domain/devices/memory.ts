import {
  attr,
  child,
  type ElementCodec,
  elementOf,
  flag,
  hex,
  leaf,
  oneOf,
  part,
  req,
  reqChild,
  reqScaled,
  scaled,
  str,
  uint,
  uuid,
  yesNo,
} from '../../xml/index.js';
import { bitmap } from '../common/bitmap.js';
import { type DeviceInfo, deviceInfo } from '../common/device-info.js';
import { badBitmap, internal, wrong } from '../common/problems.js';

export interface MemorySourceDef {
  nodemask?: string;
  /** KiB */
  pagesize?: number;
  path?: string;
  /** KiB */
  alignsize?: number;
  pmem?: true;
}

export interface MemoryTargetDef {
  /** KiB */
  size: number;
  node?: number;
  label?: { size: number };
  block?: number;
  requested?: number;
  /** What the guest has taken so far. */
  current?: number;
  readonly?: true;
  address?: { base: number };
}

/** virDomainMemoryDef */
export interface MemoryDeviceDef extends DeviceInfo {
  model: 'dimm' | 'nvdimm' | 'virtio-pmem' | 'virtio-mem' | 'sgx-epc';
  access?: 'shared' | 'private';
  discard?: boolean;
  uuid?: string;
  source?: MemorySourceDef;
  target: MemoryTargetDef;
}

const source = elementOf<MemorySourceDef>(
  'source',
  {
    nodemask: leaf(bitmap, badBitmap),
    pagesize: scaled('KiB', { unset: 0 }),
    path: leaf(str),
    alignsize: scaled('KiB', { unset: 0 }),
    pmem: flag(),
  },
  { omitEmpty: true },
);

const target = elementOf<MemoryTargetDef>('target', {
  size: reqScaled('KiB'),
  node: leaf(uint),
  label: child(part('label', { size: scaled('KiB', { unset: 0 }) }) as ElementCodec<{ size: number }>, {
    emptyIsAbsent: true,
  }),
  block: scaled('KiB'),
  requested: scaled('KiB'),
  current: scaled('KiB').when('live'),
  readonly: flag(),
  address: child(part('address', { base: req(hex(1, { max: Number.MAX_SAFE_INTEGER })) })),
});

export const memoryDevice: ElementCodec<MemoryDeviceDef> = elementOf<MemoryDeviceDef>('memory', {
  model: req(oneOf('dimm', 'nvdimm', 'virtio-pmem', 'virtio-mem', 'sgx-epc')),
  access: attr(oneOf('shared', 'private')),
  discard: attr(yesNo),
  uuid: leaf(uuid, { invalid: () => internal('malformed uuid element') }),
  source: child(source),
  target: reqChild(target, { missing: () => wrong('missing target element for <memory> device') }),
  ...deviceInfo,
});
