import type { StoragePoolDef } from '@virtkit/core/conf';

/** Kinds of pools that lie on devices. */
const ON_DEVICES: ReadonlySet<string> = new Set(['fs', 'logical', 'disk', 'zfs']);

/** virStoragePoolObjSourceFindDuplicate: two pools may not lie in the same place. */
export function isSameSource(a: StoragePoolDef, b: StoragePoolDef): boolean {
  const devices = (def: StoragePoolDef): string[] => (def.source.device ?? []).map(({ path }) => path);
  const host = (def: StoragePoolDef): string | undefined => def.source.host?.[0]?.name;
  if (ON_DEVICES.has(a.type)) return ON_DEVICES.has(b.type) && devices(a).some((path) => devices(b).includes(path));
  if (a.type !== b.type) return false;
  switch (a.type) {
    case 'dir':
      return a.target.path === b.target.path;
    case 'netfs':
      return host(a) === host(b) && a.source.dir?.path === b.source.dir?.path;
    case 'iscsi':
      return host(a) === host(b) && devices(a)[0] === devices(b)[0];
    case 'mpath':
      return true;
    default:
      return JSON.stringify(a.source) === JSON.stringify(b.source);
  }
}
