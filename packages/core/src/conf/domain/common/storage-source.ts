import { ErrorCode, ErrorDomain, LibvirtError } from '../../../util/index.js';
import {
  attr,
  attrOr,
  child,
  type ElementCodec,
  elementOf,
  type Field,
  type Fields,
  list,
  nonEmpty,
  oneOf,
  optList,
  part,
  positive,
  raw,
  req,
  reqChild,
  type Scalar,
  scaled,
  str,
  text,
  uint,
  uintWith,
  ulong,
  variants,
  type XmlNode,
  xmlError,
  yesNo,
} from '../../xml/index.js';
import { checkPciLocation, pciLocation, type PciLocation } from './address.js';
import { around } from './branches.js';
import { refusedAs, unsupported, wrong } from './problems.js';
import { type DeviceLabelDef, deviceLabel } from './seclabel.js';
import { type StorageAuthDef, storageAuth, type StorageEncryptionDef, storageEncryption } from './storage-auth.js';

/** VIR_STORAGE_FILE_*: what an image is written in. */
export const STORAGE_FORMATS = [
  'raw',
  'dir',
  'bochs',
  'cloop',
  'dmg',
  'iso',
  'vpc',
  'vdi',
  'fat',
  'vhd',
  'ploop',
  'cow',
  'qcow',
  'qcow2',
  'qed',
  'vmdk',
] as const;
export type StorageFormat = (typeof STORAGE_FORMATS)[number];
export const storageFormat = oneOf(...STORAGE_FORMATS);

export const NET_PROTOCOLS = [
  'nbd',
  'rbd',
  'sheepdog',
  'gluster',
  'iscsi',
  'http',
  'https',
  'ftp',
  'ftps',
  'tftp',
  'ssh',
  'vxhs',
  'nfs',
] as const;

export const STARTUP_POLICIES = ['mandatory', 'requisite', 'optional'] as const;

/** virStorageNetHostDef */
export interface StorageHostDef {
  name?: string;
  port?: number;
  transport?: 'tcp' | 'unix' | 'rdma';
  socket?: string;
}

export interface ReservationsDef {
  managed: boolean;
  enabled?: boolean;
  source?: { type: string; path: string; mode: string };
}

export interface ReconnectDef {
  enabled: boolean;
  timeout?: number;
}

/** What a source of any kind may say besides where it is. */
export interface SourceExtras {
  slices?: { slice: { type: 'storage'; offset: number; size: number }[] };
  seclabel?: DeviceLabelDef[];
  auth?: StorageAuthDef;
  encryption?: StorageEncryptionDef;
  reservations?: ReservationsDef;
  /** Status XML only: what the driver keeps about the source, as markup. */
  privateData?: string;
}

export interface SourceBase {
  startupPolicy?: (typeof STARTUP_POLICIES)[number];
  /** Number of the node in a running domain. */
  index?: number;
}

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
export interface NetworkSource extends SourceBase, SourceExtras {
  protocol: (typeof NET_PROTOCOLS)[number];
  name?: string;
  query?: string;
  tls?: boolean;
  tlsHostname?: string;
  host: StorageHostDef[];
  snapshot?: { name: string };
  config?: { file: string };
  initiator?: { iqn: { name: string } };
  ssl?: { verify: boolean };
  cookies?: { cookie: { name: string; value: string }[] };
  readahead?: { size: number };
  timeout?: { seconds: number };
  identity?: { user?: string; group?: string };
  reconnect?: { delay: number };
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

const badPort = {
  invalid: (value: string) =>
    new LibvirtError(
      ErrorCode.INVALID_ARG,
      ErrorDomain.NONE,
      uint.parse(value) === undefined ? `failed to parse port number '${value}'` : `port '${value}' out of range`,
    ),
};

const host: ElementCodec<StorageHostDef> = elementOf<StorageHostDef>(
  'host',
  {
    name: attr(str),
    port: attr(uintWith({ max: 65535 }), badPort),
    transport: attr(oneOf('tcp', 'unix', 'rdma'), refusedAs('unknown protocol transport type')),
    socket: attr(str),
  },
  {
    before: (model) => {
      if (model.transport !== 'tcp') return model;
      const { transport: _tcp, ...rest } = model;
      return rest;
    },
    after(model) {
      if (model.transport === 'unix') {
        if (model.socket === undefined) throw wrong('missing socket for unix transport');
        delete model.name;
        delete model.port;
      } else if (model.socket !== undefined)
        throw wrong(`transport '${model.transport ?? 'tcp'}' does not support socket attribute`);
      else if (model.name === undefined) throw wrong('missing name for host');
    },
  },
);
export const networkHost = host;

const storageError = (detail: string) => new LibvirtError(ErrorCode.XML_ERROR, ErrorDomain.STORAGE, detail);
const reservationProblem = (what: string) => {
  const problem = () => storageError(`missing ${what} for <reservations/>`);
  return { missing: problem, invalid: problem };
};

const reservations = elementOf<ReservationsDef>(
  'reservations',
  {
    managed: req(yesNo),
    enabled: attr(yesNo),
    source: child(
      part('source', {
        type: req(str, reservationProblem('connection type')),
        path: req(nonEmpty, reservationProblem('path')),
        mode: req(str, reservationProblem('connection mode')),
      }),
    ),
  },
  {
    after({ managed, source }) {
      if (source === undefined) {
        if (!managed) throw storageError('missing connection type for <reservations/>');
        return;
      }
      if (source.type === '') throw storageError('missing connection type for <reservations/>');
      if (source.type !== 'unix') throw storageError(`unsupported connection type for <reservations/>: ${source.type}`);
      if (source.mode === '') throw storageError('missing connection mode for <reservations/>');
      if (source.mode !== 'client')
        throw storageError(`unsupported connection mode for <reservations/>: ${source.mode}`);
    },
  },
);

export const reconnect: ElementCodec<ReconnectDef> = elementOf<ReconnectDef>(
  'reconnect',
  { enabled: attr(yesNo) as Field<boolean, true> as never, timeout: attr(uint) },
  {
    after(model, node) {
      if (!model.enabled) delete model.timeout;
      if (model.enabled && model.timeout === undefined)
        throw xmlError(`Missing required attribute 'timeout' in element '${node.name}'`);
    },
  },
);

/** An element `<reconnect>` that does not say whether. */
export const unsaid = { nothingWithout: 'enabled' } as const;

/** Slices of anything but the storage are passed over. */
const slices = part(
  'slices',
  {
    slice: list(
      elementOf<{ type: 'storage'; offset: number; size: number }>('slice', {
        type: attr(str) as never,
        offset: req(ulong),
        size: req(ulong),
      }),
    ),
  },
  {
    omitEmpty: true,
    after(model) {
      model.slice = model.slice.filter(({ type }) => type === 'storage');
    },
  },
);

const extras: Fields<SourceExtras> = {
  slices: child(slices),
  seclabel: optList(deviceLabel),
  auth: child(storageAuth),
  encryption: child(storageEncryption),
  reservations: child(reservations),
  privateData: raw().when('status'),
};

const base: Fields<SourceBase> = {
  startupPolicy: attr(oneOf(...STARTUP_POLICIES)),
  index: attr(positive).when('live'),
};

const omit = { omitEmpty: true } as const;

const SAYS_NOTHING = { emptyIsAbsent: true } as const;

/** An element of which one attribute says everything: without it nothing is said. */
const named = <K extends string>(name: string, key: K): Field<Record<K, string>, true> =>
  child(part(name, { [key]: attr(str) }) as unknown as ElementCodec<Record<K, string>>, SAYS_NOTHING);
/** The same for a number, of which none is said by 0 too. */
const count = <K extends string>(name: string, key: K, scalar: Scalar<number>): Field<Record<K, number>, true> =>
  child(part(name, { [key]: attr(scalar, { unset: 0 }) }) as unknown as ElementCodec<Record<K, number>>, SAYS_NOTHING);

const badCookie = (detail: string) => new LibvirtError(ErrorCode.XML_ERROR, ErrorDomain.STORAGE, detail);
const cookie = part(
  'cookie',
  { name: req(str, { missing: () => wrong('missing cookie name') }), value: text(str) },
  {
    after({ name, value }) {
      if (!/^[\w.!#$%&'*+^`|~-]+$/.test(name)) throw badCookie(`cookie name '${name}' contains invalid characters`);
      if (!/^(?:"[!#-+\x2d-:<-[\]-~]*"|[!#-+\x2d-:<-[\]-~]*)$/.test(value))
        throw badCookie(`value of cookie '${name}' contains invalid characters`);
    },
  },
);

/** What is about one protocol only is passed over elsewhere. */
function dropForeign(source: NetworkSource): void {
  const { protocol, name } = source;
  if ((protocol === 'rbd' || protocol === 'gluster') && name !== undefined && name.indexOf('/') < 1)
    throw wrong(`can't split path '${name}' into pool name and image name`);
  if (source.tlsHostname !== undefined && protocol !== 'nbd')
    throw unsupported("'tlsHostname' field is supported only with NBD disks");
  const http = protocol === 'http' || protocol === 'https';
  const ftp = protocol === 'ftp' || protocol === 'ftps';
  if (!http) {
    delete source.query;
    delete source.cookies;
  }
  if (protocol !== 'https' && protocol !== 'ftps') delete source.ssl;
  if (!http && !ftp) {
    delete source.readahead;
    delete source.timeout;
  }
  if (protocol !== 'nfs') delete source.identity;
  // There is no file to label.
  delete source.seclabel;
}

/** `<source>` by the type of the disk, backing store or mirror around it. */
export const sourceOf = {
  file: elementOf<FileSource>(
    'source',
    { file: attr(str, { unset: '' }), fdgroup: attr(str), ...base, ...extras },
    omit,
  ),
  block: elementOf<BlockSource>('source', { dev: attr(str, { unset: '' }), ...base, ...extras }, omit),
  dir: elementOf<DirSource>('source', { dir: attr(str, { unset: '' }), ...base, ...extras }, omit),
  network: elementOf<NetworkSource>(
    'source',
    {
      protocol: req(oneOf(...NET_PROTOCOLS)),
      name: attr(str, { unset: '' }),
      query: attr(str),
      tls: attr(yesNo),
      tlsHostname: attr(str),
      ...base,
      host: list(host),
      snapshot: named('snapshot', 'name'),
      config: named('config', 'file'),
      initiator: child(
        part('initiator', { iqn: named<'name'>('iqn', 'name') }) as ElementCodec<{ iqn: { name: string } }>,
        SAYS_NOTHING,
      ),
      ssl: child(
        part('ssl', { verify: attr(yesNo, { lenient: true }) }) as ElementCodec<{ verify: boolean }>,
        SAYS_NOTHING,
      ),
      cookies: child(part('cookies', { cookie: list(cookie) }, omit)),
      readahead: count('readahead', 'size', ulong),
      timeout: count('timeout', 'seconds', ulong),
      identity: child(part('identity', { user: attr(str), group: attr(str) }), SAYS_NOTHING),
      reconnect: count('reconnect', 'delay', uint),
      ...extras,
    },
    { after: dropForeign },
  ),
  volume: elementOf<VolumeSource>(
    'source',
    {
      pool: attr(str) as Field<string, true> as never,
      volume: attr(str) as Field<string, true> as never,
      mode: attr(oneOf('host', 'direct'), {
        invalid: (value) => unsupported(`unknown source mode '${value}' for volume type disk`),
      }),
      ...base,
      ...extras,
    },
    {
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
    ...base,
    address: reqChild(elementOf<PciLocation>('address', pciLocation, { after: checkPciLocation }), {
      missing: () => wrong('NVMe disk source is missing address'),
    }),
    ...extras,
  }),
  vhostuser: elementOf<VhostUserSource>('source', {
    type: req(oneOf('unix')),
    path: req(str),
    ...base,
    reconnect: child(reconnect, unsaid),
    ...extras,
  }),
} as const;

const SOURCES = {
  file: { source: child(sourceOf.file) },
  block: { source: child(sourceOf.block) },
  dir: { source: child(sourceOf.dir) },
  network: { source: child(sourceOf.network) },
  volume: { source: child(sourceOf.volume, { nothingWithout: 'pool' }) },
  nvme: { source: child(sourceOf.nvme) },
  vhostuser: { source: child(sourceOf.vhostuser) },
};

/** The branches of an element whose `type` decides what its `<source>` says. */
export const aroundSource = (before: object, after: object): never => around(SOURCES, before, after);

export interface FormatDef {
  type: StorageFormat;
  metadata_cache?: { max_size?: number };
}

/** An element of a chain of images; one of type 'none' ends the chain. */
export type BackingStoreDef = (StorageSource | { type: 'none' }) & {
  index?: number;
  format?: FormatDef;
  backingStore?: BackingStoreDef;
};

export const metadataCache = part('metadata_cache', { max_size: scaled('bytes', { unset: 0 }) }, omit);

const format = elementOf<FormatDef>('format', { type: req(storageFormat), metadata_cache: child(metadataCache) });

/** What is done without a medium is a question of the disk itself, and asked only there. */
export function withoutPolicy(node: XmlNode): XmlNode {
  const children = node.children.map((child) => {
    if (child.name !== 'source' || child.attrs.startupPolicy === undefined) return child;
    const { startupPolicy: _, ...attrs } = child.attrs;
    return { ...child, attrs };
  });
  return { ...node, children };
}

/** virDomainDiskBackingStoreFormat */
export const backingStore: ElementCodec<BackingStoreDef> = elementOf<BackingStoreDef>(
  'backingStore',
  variants(
    'type',
    {
      ...(aroundSource(
        { index: attr(positive).when('live'), format: child(format) },
        { backingStore: child(() => backingStore) },
      ) as object as Record<StorageType, never>),
      none: {} as never,
    },
    { fallback: 'none', hideFallback: true },
  ),
  {
    prepare: withoutPolicy,
    after(model) {
      if (model.type !== 'none' && model.format === undefined)
        throw wrong(`missing disk backing store format: say in <format type='...'/> how the ${model.type} is written`);
      if (model.type !== 'none' && model.source === undefined) throw wrong('missing disk backing store source');
    },
  },
);
