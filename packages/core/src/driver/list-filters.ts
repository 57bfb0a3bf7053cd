import type { StoragePoolDef } from '../conf/index.js';
import {
  ConnectListAllNetworksFlags as NetworkFlags,
  ConnectListAllSecretsFlags as SecretFlags,
  ConnectListAllStoragePoolsFlags as PoolFlags,
} from '../util/index.js';
import { traitFilter } from './trait-filter.js';

/** What lists of networks and pools are filtered by. */
export interface ObjectTraits {
  readonly active: boolean;
  readonly persistent: boolean;
  readonly autostart: boolean;
}

/** virNetworkMatch: whether a network belongs in a list asked for with `flags` (ConnectListAllNetworksFlags). */
export const networkFilter = (flags: number): ((network: ObjectTraits) => boolean) =>
  traitFilter(flags, [
    [NetworkFlags.ACTIVE, NetworkFlags.INACTIVE, ({ active }) => active],
    [NetworkFlags.PERSISTENT, NetworkFlags.TRANSIENT, ({ persistent }) => persistent],
    [NetworkFlags.AUTOSTART, NetworkFlags.NO_AUTOSTART, ({ autostart }) => autostart],
  ]);

const POOL_TYPES: Readonly<Record<StoragePoolDef['type'], number>> = {
  dir: PoolFlags.DIR,
  fs: PoolFlags.FS,
  netfs: PoolFlags.NETFS,
  logical: PoolFlags.LOGICAL,
  disk: PoolFlags.DISK,
  iscsi: PoolFlags.ISCSI,
  scsi: PoolFlags.SCSI,
  mpath: PoolFlags.MPATH,
  rbd: PoolFlags.RBD,
  sheepdog: PoolFlags.SHEEPDOG,
  gluster: PoolFlags.GLUSTER,
  zfs: PoolFlags.ZFS,
  vstorage: PoolFlags.VSTORAGE,
  'iscsi-direct': PoolFlags.ISCSI_DIRECT,
};
const ALL_POOL_TYPES = Object.values(POOL_TYPES).reduce((all, bit) => all | bit, 0);

/** virStoragePoolMatch: the same for pools (ConnectListAllStoragePoolsFlags), whose types form one more group. */
export function storagePoolFilter(
  flags: number,
): (pool: ObjectTraits & { readonly def: Pick<StoragePoolDef, 'type'> }) => boolean {
  const matches = traitFilter<ObjectTraits>(flags, [
    [PoolFlags.ACTIVE, PoolFlags.INACTIVE, ({ active }) => active],
    [PoolFlags.PERSISTENT, PoolFlags.TRANSIENT, ({ persistent }) => persistent],
    [PoolFlags.AUTOSTART, PoolFlags.NO_AUTOSTART, ({ autostart }) => autostart],
  ]);
  const types = flags & ALL_POOL_TYPES;
  return (pool) => matches(pool) && (types === 0 || (types & POOL_TYPES[pool.def.type]) !== 0);
}

/** virSecretObjMatchFlags: the same for secrets (ConnectListAllSecretsFlags). */
export const secretFilter = (
  flags: number,
): ((secret: { readonly ephemeral: boolean; readonly private: boolean }) => boolean) =>
  traitFilter(flags, [
    [SecretFlags.EPHEMERAL, SecretFlags.NO_EPHEMERAL, ({ ephemeral }) => ephemeral],
    [SecretFlags.PRIVATE, SecretFlags.NO_PRIVATE, (secret) => secret.private],
  ]);
