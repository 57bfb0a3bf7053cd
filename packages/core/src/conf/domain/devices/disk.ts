import {
  attr,
  attrOr,
  child,
  type ElementCodec,
  elementOf,
  type Fields,
  flag,
  leaf,
  nonEmpty,
  oneOf,
  onOff,
  part,
  positive,
  raw,
  req,
  type Scalar,
  str,
  u64,
  uint,
  ulong,
  variants,
  yesNo,
} from '../../xml/index.js';
import { type BootableInfo, bootableInfo } from '../common/device-info.js';
import { unsupported, wrong } from '../common/problems.js';
import { type BackingStoreDef, backingStore } from '../common/backing-store.js';
import { type FormatDef, metadataCache, type StorageFormat, storageFormat } from '../common/storage-format.js';
import { aroundSource, type StorageSource } from '../common/storage-source.js';
import {
  type StorageAuthDef,
  storageAuth,
  type StorageEncryptionDef,
  storageEncryption,
} from '../common/storage-auth.js';
import { type VirtioOptions, virtioOptions } from '../common/virtio-options.js';

export const DISK_DEVICES = ['disk', 'cdrom', 'floppy', 'lun'] as const;
export const DISK_BUSES = ['ide', 'fdc', 'scsi', 'virtio', 'xen', 'usb', 'uml', 'sata', 'sd'] as const;
export type DiskBus = (typeof DISK_BUSES)[number];
const ERROR_POLICIES = ['stop', 'report', 'ignore', 'enospace'] as const;

/** `<driver>` of a disk */
export interface DiskDriverDef extends VirtioOptions {
  name?: string;
  type?: StorageFormat;
  cache?: 'default' | 'none' | 'writethrough' | 'writeback' | 'directsync' | 'unsafe';
  error_policy?: (typeof ERROR_POLICIES)[number];
  rerror_policy?: (typeof ERROR_POLICIES)[number];
  io?: 'native' | 'threads' | 'io_uring';
  ioeventfd?: boolean;
  event_idx?: boolean;
  copy_on_read?: boolean;
  discard?: 'unmap' | 'ignore';
  iothread?: number;
  detect_zeroes?: 'off' | 'on' | 'unmap';
  queues?: number;
  queue_size?: number;
  metadata_cache?: { max_size?: number };
}

const trueFalse: Scalar<boolean> = {
  type: { kind: 'boolean', values: ['true', 'false'] },
  parse: (text) => text === 'true',
  format: String,
  plain: true,
};

const badFormat = { invalid: (value: string) => unsupported(`unknown driver format value '${value}'`) };

const driver = elementOf<DiskDriverDef>(
  'driver',
  {
    name: attr(str),
    type: attr({ ...storageFormat, parse: (text) => storageFormat.parse(text === 'aio' ? 'raw' : text) }, badFormat),
    cache: attr(oneOf('default', 'none', 'writethrough', 'writeback', 'directsync', 'unsafe')),
    error_policy: attr(oneOf(...ERROR_POLICIES)),
    rerror_policy: attr(oneOf(...ERROR_POLICIES)),
    io: attr(oneOf('native', 'threads', 'io_uring')),
    ioeventfd: attr(onOff),
    event_idx: attr(onOff),
    copy_on_read: attr(onOff),
    discard: attr(oneOf('unmap', 'ignore')),
    iothread: attr(positive),
    detect_zeroes: attr(oneOf('off', 'on', 'unmap')),
    queues: attr(uint, { unset: 0 }),
    queue_size: attr(uint, { unset: 0 }),
    ...virtioOptions,
    metadata_cache: child(metadataCache),
  },
  {
    omitEmpty: true,
    after(model) {
      if (model.cache === 'default') delete model.cache;
    },
  },
);

/** virDomainBlockIoTuneInfo */
export interface IoTuneDef {
  total_bytes_sec?: number;
  read_bytes_sec?: number;
  write_bytes_sec?: number;
  total_iops_sec?: number;
  read_iops_sec?: number;
  write_iops_sec?: number;
  total_bytes_sec_max?: number;
  read_bytes_sec_max?: number;
  write_bytes_sec_max?: number;
  total_iops_sec_max?: number;
  read_iops_sec_max?: number;
  write_iops_sec_max?: number;
  size_iops_sec?: number;
  group_name?: string;
  total_bytes_sec_max_length?: number;
  read_bytes_sec_max_length?: number;
  write_bytes_sec_max_length?: number;
  total_iops_sec_max_length?: number;
  read_iops_sec_max_length?: number;
  write_iops_sec_max_length?: number;
}

/** virDomainDiskDefIotuneParse's complaint. */
const amount = leaf(
  { ...ulong, parse: (text) => u64Near(text) },
  { invalid: (_value, { name }) => wrong(`disk iotune field '${name}' must be an integer`) },
);

/** Limits that JavaScript cannot count are beyond what any driver takes. */
function u64Near(text: string): number | undefined {
  const value = u64.parse(text);
  return value === undefined ? undefined : Number(value);
}

export const ioTune: ElementCodec<IoTuneDef> = elementOf<IoTuneDef>(
  'iotune',
  {
    total_bytes_sec: amount,
    read_bytes_sec: amount,
    write_bytes_sec: amount,
    total_iops_sec: amount,
    read_iops_sec: amount,
    write_iops_sec: amount,
    total_bytes_sec_max: amount,
    read_bytes_sec_max: amount,
    write_bytes_sec_max: amount,
    total_iops_sec_max: amount,
    read_iops_sec_max: amount,
    write_iops_sec_max: amount,
    size_iops_sec: amount,
    group_name: leaf(str),
    total_bytes_sec_max_length: amount,
    read_bytes_sec_max_length: amount,
    write_bytes_sec_max_length: amount,
    total_iops_sec_max_length: amount,
    read_iops_sec_max_length: amount,
    write_iops_sec_max_length: amount,
  },
  {
    omitEmpty: true,
    after(model) {
      // Zero is libvirt's "no limit", which it does not write.
      for (const key of Object.keys(model) as (keyof IoTuneDef)[]) if (model[key] === 0) delete model[key];
    },
  },
);

export interface DiskTargetDef {
  dev: string;
  bus?: DiskBus;
  tray?: 'open' | 'closed';
  removable?: boolean;
  rotation_rate?: number;
}

const target = elementOf<DiskTargetDef>(
  'target',
  {
    // A name that is not said is missed later than one that is none.
    dev: attrOr(nonEmpty, '', { invalid: () => wrong("Unknown disk name '' and no address specified") }),
    bus: attr(oneOf(...DISK_BUSES)),
    tray: attr(oneOf('open', 'closed')),
    removable: attr(onOff),
    rotation_rate: attr(uint, { unset: 0 }),
  },
  {
    after(model) {
      if (model.tray === 'closed') delete model.tray;
    },
  },
);

/** virDomainDiskDef's `<mirror>`: a block job that copies while the domain runs. */
export type DiskMirrorDef = StorageSource & {
  file?: string;
  formatAttribute?: string;
  job?: 'copy' | 'active-commit';
  ready?: 'yes' | 'no' | 'abort' | 'pivot';
  format?: FormatDef;
  backingStore?: BackingStoreDef;
};

const mirror: ElementCodec<DiskMirrorDef> = elementOf<DiskMirrorDef>(
  'mirror',
  variants(
    'type',
    aroundSource(
      {
        file: attr(str),
        formatAttribute: attr(str, { name: 'format' }),
        job: attr(oneOf('copy', 'active-commit')),
        ready: attr(oneOf('yes', 'no', 'abort', 'pivot')),
        format: child(
          elementOf<FormatDef>('format', { type: req(storageFormat), metadata_cache: child(metadataCache) }),
        ),
      },
      { backingStore: child(backingStore) },
    ),
  ),
);

interface DiskBody extends BootableInfo {
  device: (typeof DISK_DEVICES)[number];
  model?: 'virtio' | 'virtio-transitional' | 'virtio-non-transitional';
  rawio?: boolean;
  sgio?: 'filtered' | 'unfiltered';
  snapshot?: 'no' | 'internal' | 'external' | 'manual';
  driver?: DiskDriverDef;
  auth?: StorageAuthDef;
  backingStore?: BackingStoreDef;
  backenddomain?: { name: string };
  geometry?: { cyls: number; heads: number; secs: number; trans?: 'none' | 'auto' | 'lba' };
  blockio?: { logical_block_size?: number; physical_block_size?: number };
  mirror?: DiskMirrorDef;
  target?: DiskTargetDef;
  iotune?: IoTuneDef;
  readonly?: true;
  shareable?: true;
  transient?: { shareBacking?: boolean };
  serial?: string;
  wwn?: string;
  vendor?: string;
  product?: string;
  encryption?: StorageEncryptionDef;
  /** Status XML only: what the driver keeps about the disk, as markup. */
  privateData?: string;
  /** Status XML only: <auth> and <encryption> stand in the disk, not in its source. */
  diskSecretsPlacement?: { auth?: boolean; enc?: boolean };
}

/** virDomainDiskDef */
export type DiskDef = DiskBody & StorageSource;

const before: Partial<Fields<DiskBody>> = {
  device: attrOr(oneOf(...DISK_DEVICES), 'disk'),
  model: attr(oneOf('virtio', 'virtio-transitional', 'virtio-non-transitional')),
  rawio: attr(yesNo),
  sgio: attr(oneOf('filtered', 'unfiltered')),
  snapshot: attr(oneOf('no', 'internal', 'external', 'manual')),
  driver: child(driver),
  auth: child(storageAuth),
};

const after: Partial<Fields<DiskBody>> = {
  backingStore: child(backingStore),
  backenddomain: child(part('backenddomain', { name: attr(str) }) as ElementCodec<{ name: string }>, {
    emptyIsAbsent: true,
  }),
  geometry: child(
    part(
      'geometry',
      {
        cyls: attrOr(uint, 0),
        heads: attrOr(uint, 0),
        secs: attrOr(uint, 0),
        trans: attr(oneOf('none', 'auto', 'lba')),
      },
      { before: (model) => (model.cyls > 0 && model.heads > 0 && model.secs > 0 ? model : undefined) },
    ),
  ),
  blockio: child(
    part(
      'blockio',
      { logical_block_size: attr(uint, { unset: 0 }), physical_block_size: attr(uint, { unset: 0 }) },
      { omitEmpty: true },
    ),
  ),
  mirror: child(mirror).when('live'),
  target: child(target),
  iotune: child(ioTune),
  readonly: flag(),
  shareable: flag(),
  transient: child(part('transient', { shareBacking: attr(yesNo) })),
  serial: leaf(str),
  wwn: leaf(str),
  vendor: leaf(str),
  product: leaf(str),
  encryption: child(storageEncryption),
  ...bootableInfo,
  privateData: raw().when('status'),
  diskSecretsPlacement: child(part('diskSecretsPlacement', { auth: attr(trueFalse), enc: attr(trueFalse) })).when(
    'status',
  ),
};

export const disk: ElementCodec<DiskDef> = elementOf<DiskDef>(
  'disk',
  variants('type', aroundSource(before, after), { fallback: 'file' }),
  {
    after({ auth, encryption, source }) {
      if (auth !== undefined && source?.auth !== undefined)
        throw unsupported('an <auth> definition already found for the <disk> definition');
      if (encryption !== undefined && source?.encryption !== undefined)
        throw unsupported('an <encryption> definition already found for disk source');
    },
    // What cannot be written to is not part of a snapshot anyway.
    before: (model) => {
      if (model.snapshot !== 'no' || model.readonly !== true) return model;
      const { snapshot: _snapshot, ...rest } = model;
      return rest as DiskDef;
    },
  },
);
