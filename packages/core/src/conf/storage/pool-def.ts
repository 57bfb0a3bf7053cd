import { ErrorDomain, type LibvirtError } from '../../util/index.js';
import { orEmpty, textOf, uuidField } from '../common/index.js';
import {
  attr,
  child,
  type ConfContext,
  confContext,
  elementOf,
  escapeXml,
  formatDocument,
  indentOf,
  int,
  leaf,
  oneOf,
  optList,
  parseDocument,
  part,
  reqCustom,
  req,
  str,
  ulong,
  yesNo,
} from '../xml/index.js';
import { type StorageAdapter, storageAdapter } from './adapter.js';
import { poolAuth, type PoolAuth } from './auth.js';
import { permissions, type StoragePermissions } from './permissions.js';
import { poolNamespaces, type PoolMountOptions, type PoolRbdOptions } from './pool-namespaces.js';
import { postParsePool } from './pool-post-parse.js';
import { POOL_TYPE_NAMES, POOL_TYPES, type PoolType } from './pool-types.js';
import { storageError, storageUnsupported } from './problems.js';
import { sizeOf } from './volume-def.js';

/** virStoragePoolSourceHost */
export interface PoolHost {
  name: string;
  port?: number;
}

/** virStoragePoolSourceDevice; the free extents were found out from the device. */
export interface PoolDevice {
  path: string;
  part_separator?: boolean;
  freeExtent?: { start: number; end: number }[];
}

/** virStoragePoolSource */
export interface PoolSource {
  host?: PoolHost[];
  device?: PoolDevice[];
  dir?: { path?: string };
  adapter?: StorageAdapter;
  name?: string;
  initiator?: { iqn?: { name?: string } };
  format?: { type?: string };
  auth?: PoolAuth;
  protocol?: { ver?: string };
  vendor?: { name?: string };
  product?: { name?: string };
}

/** virStoragePoolTarget */
export interface PoolTarget {
  path?: string;
  permissions?: StoragePermissions;
}

/** virStoragePoolDef; sizes are bytes. */
export interface StoragePoolDef {
  type: PoolType;
  name: string;
  uuid: string;
  capacity: number;
  allocation: number;
  available: number;
  features?: { cow?: { state?: boolean } };
  source: PoolSource;
  target: PoolTarget;
  refresh?: { volume?: { allocation?: 'default' | 'capacity' } };
  mountOptions?: PoolMountOptions;
  rbdOptions?: PoolRbdOptions;
}

const named = (name: string) =>
  child(part(name, { name: attr(str) }, { before: (model) => (model.name ? model : undefined) }));

const device = elementOf<PoolDevice>('device', {
  path: req(str, { missing: () => storageError('missing storage pool source device path') }),
  part_separator: attr(yesNo),
  freeExtent: optList(part('freeExtent', { start: req(ulong), end: req(ulong) })).when('live'),
});

/** `<source>` of a pool, also as findStoragePoolSources() lists it. */
export const poolSource = elementOf<PoolSource>(
  'source',
  {
    host: optList(
      part(
        'host',
        {
          name: req(str, { missing: () => storageError('missing storage pool host name') }),
          port: attr(int),
        },
        { before: ({ name, port }) => (port ? { name, port } : { name }) },
      ),
    ),
    device: optList(device),
    dir: child(part('dir', { path: attr(str) })),
    adapter: child(storageAdapter),
    name: leaf(str),
    initiator: child(part('initiator', { iqn: named('iqn') }, { omitEmpty: true })),
    format: child(part('format', { type: attr(str) })),
    auth: child(poolAuth),
    protocol: child(part('protocol', { ver: attr(str) }, { omitEmpty: true })),
    vendor: named('vendor'),
    product: named('product'),
  },
  { keepOpen: true },
);

const size = (name: 'capacity' | 'allocation' | 'available') =>
  reqCustom<number>({
    reason: 'found out at run time, never read from a definition',
    covers: { elements: [name] },
    decode: (node, { verbatim }) => (verbatim === true ? (sizeOf(node, name) as number) : 0),
    body: (value, depth) => `${indentOf(depth)}<${name} unit='bytes'>${value}</${name}>\n`,
  });

/** What a codec run for pools needs to know besides. */
export interface PoolContext extends ConfContext {
  /** Read and write the namespaces of pool types (mount options, options of RBD). */
  readonly poolNamespaces?: boolean;
}

const poolName = reqCustom<string>({
  reason: 'some types take the name of their source',
  covers: { elements: ['name'] },
  decode(node) {
    const name = textOf(node, 'name') ?? sourceName(node);
    if (name === undefined) throw storageError('missing pool source name element');
    if (name.includes('/')) throw storageError(`name ${name} cannot contain '/'`);
    return name;
  },
  body: (name, depth) => `${indentOf(depth)}<name>${escapeXml(name)}</name>\n`,
});

function sourceName(node: Parameters<typeof textOf>[0]): string | undefined {
  const type = node.attrs.type as PoolType;
  const source = node.children.find((one) => one.name === 'source');
  return source !== undefined && POOL_TYPES[type].source.includes('name') ? textOf(source, 'name') : undefined;
}

const badUuid = (): LibvirtError => storageError('malformed uuid element');

export const storagePool = elementOf<StoragePoolDef>('pool', {
  type: req(oneOf(...POOL_TYPE_NAMES)),
  name: poolName,
  uuid: uuidField(ErrorDomain.STORAGE, badUuid),
  capacity: size('capacity'),
  allocation: size('allocation'),
  available: size('available'),
  features: child(
    part('features', { cow: child(part('cow', { state: attr(yesNo) }, { omitEmpty: true })) }, { omitEmpty: true }),
  ),
  source: orEmpty(poolSource),
  target: orEmpty(
    elementOf<PoolTarget>(
      'target',
      { path: leaf(str), permissions: child(permissions) },
      { before: (model) => (model.path === undefined ? undefined : model) },
    ),
  ),
  refresh: child(
    part(
      'refresh',
      {
        volume: child(
          part(
            'volume',
            {
              allocation: attr(oneOf('default', 'capacity'), {
                invalid: (value) => storageUnsupported(`unknown storage pool volume refresh allocation type ${value}`),
              }),
            },
            { omitEmpty: true },
          ),
        ),
      },
      { omitEmpty: true },
    ),
  ),
  ...poolNamespaces,
});

/** virStoragePoolDefParse */
export function parseStoragePool(text: string, context: PoolContext = confContext()): StoragePoolDef {
  return postParsePool(parseDocument(storagePool, text, context));
}

/** virStoragePoolDefFormat */
export const formatStoragePool = (def: StoragePoolDef, context: PoolContext = confContext()): string =>
  formatDocument(storagePool, def, context);

/** virStoragePoolDefParseSourceString: what findStoragePoolSources() is to look at. */
export const parsePoolSource = (text: string, context: ConfContext = confContext()): PoolSource =>
  parseDocument(poolSource, text, context);
