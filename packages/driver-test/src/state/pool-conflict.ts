import type { StorageAdapter, StoragePoolDef } from '@virtkit/core/conf';

type Rule = (a: StoragePoolDef, b: StoragePoolDef) => boolean;

const sameTarget: Rule = (a, b) => a.target.path !== undefined && a.target.path === b.target.path;
const sameHost: Rule = (a, b) =>
  (a.source.host ?? []).length === 1 &&
  b.source.host?.length === 1 &&
  a.source.host?.[0]?.name === b.source.host[0]?.name &&
  (a.source.host?.[0]?.port ?? 0) === (b.source.host[0]?.port ?? 0);
const sameDir: Rule = (a, b) => a.source.dir?.path === b.source.dir?.path;
const sameName: Rule = (a, b) => a.source.name === b.source.name;
const sharedDevice: Rule = (a, b) =>
  (a.source.device ?? []).some(({ path }) => b.source.device?.some((other) => other.path === path) === true);
const sameInitiator: Rule = (a, b) => a.source.initiator?.iqn?.name === b.source.initiator?.iqn?.name;

const hostName = (name: string | undefined): string | undefined => name?.replace(/^(scsi_)?host/, '');

function sameAdapter(a: StorageAdapter | undefined, b: StorageAdapter | undefined): boolean {
  if (a === undefined || b === undefined) return false;
  if (a.type === 'fc_host' && b.type === 'fc_host') return a.wwnn === b.wwnn && a.wwpn === b.wwpn;
  if (a.type !== 'fc_host' && b.type !== 'fc_host')
    return a.name !== undefined && hostName(a.name) === hostName(b.name);
  const [fc, scsi] = a.type === 'fc_host' ? [a, b] : [b, a];
  return fc.parent !== undefined && hostName(fc.parent) === hostName(scsi.name);
}

/** virStoragePoolObjSourceFindDuplicate: two pools of a kind must not work on the same storage. */
const CONFLICTS: Readonly<Partial<Record<StoragePoolDef['type'], Rule>>> = {
  dir: sameTarget,
  gluster: (a, b) => sameName(a, b) && sameDir(a, b) && sameHost(a, b),
  netfs: (a, b) => sameDir(a, b) && sameHost(a, b),
  scsi: (a, b) => sameAdapter(a.source.adapter, b.source.adapter),
  iscsi: (a, b) => sharedDevice(a, b) && sameInitiator(a, b) && sameHost(a, b),
  'iscsi-direct': (a, b) => sharedDevice(a, b) && sameInitiator(a, b) && sameHost(a, b),
  fs: sharedDevice,
  logical: sharedDevice,
  disk: sharedDevice,
  zfs: sharedDevice,
  sheepdog: (a, b) => sameHost(a, b) && sameName(a, b),
  rbd: (a, b) => sameHost(a, b) && sameName(a, b),
  vstorage: sameName,
  mpath: () => true,
};

/** The first of `pools` that works on the storage which `def` asks for. */
export function conflictingPool(
  pools: Iterable<{ readonly def: StoragePoolDef }>,
  def: StoragePoolDef,
): StoragePoolDef | undefined {
  for (const { def: other } of pools)
    if (other.name !== def.name && other.type === def.type && CONFLICTS[def.type]?.(other, def) === true) return other;
  return undefined;
}
