import { STORAGE_FORMATS } from '../domain/common/storage-format.js';

/** virStorageFileFormat: image formats, as volumes and disks name them. */
export const FILE_FORMATS = ['none', ...STORAGE_FORMATS] as const;

export type PoolType =
  | 'dir'
  | 'fs'
  | 'netfs'
  | 'logical'
  | 'disk'
  | 'iscsi'
  | 'iscsi-direct'
  | 'scsi'
  | 'mpath'
  | 'rbd'
  | 'sheepdog'
  | 'gluster'
  | 'zfs'
  | 'vstorage';

/** Parts of `<source>` that a pool type has. */
export type SourcePart = 'host' | 'device' | 'dir' | 'adapter' | 'name' | 'initiator' | 'network' | 'protocolVer';

interface Formats {
  readonly known: readonly string[];
  readonly fallback: string;
}

/** virStoragePoolTypeInfo: what the types of pools differ in. */
export interface PoolTypeInfo {
  readonly source: readonly SourcePart[];
  /** `<source><format>` */
  readonly poolFormats?: Formats;
  /** `<target><format>` of the volumes */
  readonly volFormats?: Formats & { readonly listed?: false };
  /** What volumes are to the system. */
  readonly volType: 'file' | 'block' | 'network' | 'netdir';
}

const FILES: Formats = { known: FILE_FORMATS, fallback: 'raw' };

/** By type, in libvirt's order of enumeration. */
export const POOL_TYPES: Readonly<Record<PoolType, PoolTypeInfo>> = {
  dir: { source: [], volFormats: FILES, volType: 'file' },
  fs: {
    source: ['device'],
    poolFormats: {
      known: [
        'auto',
        'ext2',
        'ext3',
        'ext4',
        'ufs',
        'iso9660',
        'udf',
        'gfs',
        'gfs2',
        'vfat',
        'hfs+',
        'xfs',
        'ocfs2',
        'vmfs',
      ],
      fallback: 'auto',
    },
    volFormats: FILES,
    volType: 'file',
  },
  netfs: {
    source: ['host', 'dir', 'protocolVer'],
    poolFormats: { known: ['auto', 'nfs', 'glusterfs', 'cifs'], fallback: 'auto' },
    volFormats: FILES,
    volType: 'file',
  },
  logical: {
    source: ['name', 'device'],
    poolFormats: { known: ['unknown', 'lvm2'], fallback: 'lvm2' },
    volType: 'block',
  },
  disk: {
    source: ['device'],
    poolFormats: {
      known: ['unknown', 'dos', 'dvh', 'gpt', 'mac', 'bsd', 'pc98', 'sun', 'lvm2'],
      fallback: 'unknown',
    },
    volFormats: {
      known: ['none', 'linux', 'fat16', 'fat32', 'linux-swap', 'linux-lvm', 'linux-raid', 'extended'],
      fallback: 'none',
    },
    volType: 'block',
  },
  iscsi: { source: ['host', 'device', 'initiator'], volType: 'block' },
  'iscsi-direct': { source: ['host', 'device', 'network', 'initiator'], volType: 'network' },
  scsi: { source: ['adapter'], volType: 'block' },
  mpath: { source: [], volType: 'block' },
  rbd: {
    source: ['host', 'network', 'name'],
    volFormats: { known: FILE_FORMATS, fallback: 'raw', listed: false },
    volType: 'network',
  },
  sheepdog: { source: ['host', 'network', 'name'], volType: 'network' },
  gluster: { source: ['host', 'network', 'name', 'dir'], volFormats: FILES, volType: 'network' },
  zfs: { source: ['name', 'device'], volType: 'block' },
  vstorage: { source: ['name'], volFormats: FILES, volType: 'file' },
};

export const POOL_TYPE_NAMES = Object.keys(POOL_TYPES) as readonly PoolType[];

/** Types whose volumes are reached over the network by themselves: such pools have no target. */
export const hasTarget = (type: PoolType): boolean => !POOL_TYPES[type].source.includes('network');
