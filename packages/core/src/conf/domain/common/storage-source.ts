import {
  attr,
  attrOr,
  child,
  elementOf,
  type Field,
  oneOf,
  req,
  reqChild,
  str,
  ulong,
  yesNo,
} from '../../xml/index.js';
import { checkPciLocation, type PciLocation, pciLocation } from './address.js';
import { around } from './branches.js';
import { networkSource, type NetworkSource } from './network-source.js';
import { omit } from './omit.js';
import { unsupported, wrong } from './problems.js';
import { reconnect, type ReconnectDef, unsaid } from './reconnect.js';
import { sourceBase, type SourceBase, sourceExtras, type SourceExtras } from './source-extras.js';

export interface FileSource extends SourceBase, SourceExtras {
  file?: string;
  fdgroup?: string;
}

export interface BlockSource extends SourceBase, SourceExtras {
  dev?: string;
}

export interface DirSource extends SourceBase, SourceExtras {
  dir?: string;
}

export interface VolumeSource extends SourceBase, SourceExtras {
  pool: string;
  volume: string;
  mode?: 'host' | 'direct';
}

export interface NvmeSource extends SourceBase, SourceExtras {
  type: 'pci';
  managed?: boolean;
  namespace: number;
  address: PciLocation;
}

export interface VhostUserSource extends SourceBase, SourceExtras {
  type: 'unix';
  path: string;
  reconnect?: ReconnectDef;
}

/** virStorageSource: where an image is; `type` decides what `source` says. */
export type StorageSource =
  | { type: 'file'; source?: FileSource }
  | { type: 'block'; source?: BlockSource }
  | { type: 'dir'; source?: DirSource }
  | { type: 'network'; source?: NetworkSource }
  | { type: 'volume'; source?: VolumeSource }
  | { type: 'nvme'; source?: NvmeSource }
  | { type: 'vhostuser'; source?: VhostUserSource };

export type StorageType = StorageSource['type'];

/** `<source>` by the type of the disk, backing store or mirror around it. */
export const sourceOf = {
  file: elementOf<FileSource>(
    'source',
    { file: attr(str, { unset: '' }), fdgroup: attr(str), ...sourceBase, ...sourceExtras },
    omit,
  ),
  block: elementOf<BlockSource>('source', { dev: attr(str, { unset: '' }), ...sourceBase, ...sourceExtras }, omit),
  dir: elementOf<DirSource>('source', { dir: attr(str, { unset: '' }), ...sourceBase, ...sourceExtras }, omit),
  network: networkSource,
  volume: elementOf<VolumeSource>(
    'source',
    {
      pool: attr(str) as Field<string, true> as never,
      volume: attr(str) as Field<string, true> as never,
      mode: attr(oneOf('host', 'direct'), {
        invalid: (value) => unsupported(`unknown source mode '${value}' for volume type disk`),
      }),
      ...sourceBase,
      ...sourceExtras,
    },
    {
      omitEmpty: true,
      after({ pool, volume }: Partial<VolumeSource>) {
        if ((pool === undefined) !== (volume === undefined))
          throw wrong("'pool' and 'volume' must be specified together for 'pool' type source");
      },
    },
  ),
  nvme: elementOf<NvmeSource>('source', {
    type: req(oneOf('pci')),
    managed: attrOr(yesNo, true) as never,
    namespace: req(ulong),
    ...sourceBase,
    address: reqChild(elementOf<PciLocation>('address', pciLocation, { after: checkPciLocation }), {
      missing: () => wrong('NVMe disk source is missing address'),
    }),
    ...sourceExtras,
  }),
  vhostuser: elementOf<VhostUserSource>('source', {
    type: req(oneOf('unix')),
    path: req(str),
    ...sourceBase,
    reconnect: child(reconnect, unsaid),
    ...sourceExtras,
  }),
} as const;

const SOURCES = {
  file: { source: child(sourceOf.file) },
  block: { source: child(sourceOf.block) },
  dir: { source: child(sourceOf.dir) },
  network: { source: child(sourceOf.network) },
  volume: { source: child(sourceOf.volume) },
  nvme: { source: child(sourceOf.nvme) },
  vhostuser: { source: child(sourceOf.vhostuser) },
};

/** The branches of an element whose `type` decides what its `<source>` says. */
export const aroundSource = (before: object, after: object): never => around(SOURCES, before, after);
