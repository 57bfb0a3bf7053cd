import { ErrorCode, ErrorDomain, LibvirtError } from '../../util/index.js';
import { checkAdapter } from './adapter.js';
import type { PoolSource, StoragePoolDef } from './pool-def.js';
import { hasTarget, POOL_TYPES, type PoolType, type SourcePart } from './pool-types.js';
import { storageError, storageUnsupported } from './problems.js';

/** virStoragePoolDefParseXML's defaults and checks. Changes and returns `def`. */
export function postParsePool(def: StoragePoolDef): StoragePoolDef {
  const { source } = def;
  const { source: parts, poolFormats } = POOL_TYPES[def.type];
  const has = (one: SourcePart): boolean => parts.includes(one);
  if (def.type === 'rbd' && !source.name) throw storageError("element 'name' is mandatory for RBD pool");
  if (poolFormats !== undefined) {
    const format = source.format?.type || poolFormats.fallback;
    if (!poolFormats.known.includes(format)) throw storageUnsupported(`unknown pool format type ${format}`);
    source.format = { type: format };
  } else delete source.format;
  if (source.auth !== undefined && source.auth.type === undefined)
    throw storageUnsupported('storage pool missing auth type');
  if (def.features?.cow?.state !== undefined && def.type !== 'fs' && def.type !== 'dir')
    throw new LibvirtError(
      ErrorCode.NO_SUPPORT,
      ErrorDomain.STORAGE,
      "cow feature may only be used for 'fs' and 'dir' pools",
    );
  if (has('host') && !source.host?.length) throw storageError('missing storage pool source host name');
  if (has('initiator') && def.type === 'iscsi-direct' && !source.initiator?.iqn?.name)
    throw storageUnsupported('missing initiator IQN');
  if (has('dir')) {
    if (!source.dir?.path) {
      if (def.type !== 'gluster') throw storageError('missing storage pool source path');
      source.dir = { path: '/' };
    }
  }
  if (has('name')) source.name ??= def.name;
  if (has('adapter')) checkAdapter(source.adapter);
  if (has('device') && def.type !== 'logical' && def.type !== 'zfs' && !source.device?.length)
    throw storageError('missing storage pool source device name');
  dropForeign(source, parts);
  setTarget(def);
  checkProtocolVersion(def);
  return def;
}

/** Parts that the type does not have are read and forgotten. */
function dropForeign(source: PoolSource, parts: readonly SourcePart[]): void {
  for (const key of ['host', 'device', 'dir', 'adapter', 'name', 'initiator'] as const)
    if (!parts.includes(key)) delete source[key];
}

function setTarget(def: StoragePoolDef): void {
  const { target, source } = def;
  if (!hasTarget(def.type)) {
    def.target = {};
    return;
  }
  if (def.type === 'logical') target.path = `/dev/${source.name}`;
  else if (def.type === 'zfs') target.path = `/dev/zvol/${source.name}`;
  else if (target.path === undefined) throw storageError('missing storage pool target path');
  target.path = sanitizePath(target.path);
}

/** virFileSanitizePath: no doubled slashes, but a pair at the start; none at the end. */
export function sanitizePath(path: string): string {
  const start = /^\/\/(?!\/)/.test(path) ? '/' : '';
  const single = path.replace(/\/+/g, '/');
  return start + (single.length > 1 ? single.replace(/\/$/, '') : single);
}

function checkProtocolVersion({ type, source }: { type: PoolType; source: PoolSource }): void {
  if (source.protocol?.ver === undefined || source.protocol.ver === '') {
    delete source.protocol;
    return;
  }
  if (type === 'netfs' && source.format?.type !== 'nfs' && source.format?.type !== 'auto')
    throw storageUnsupported(`storage pool protocol ver unsupported for pool type '${source.format?.type}'`);
}
