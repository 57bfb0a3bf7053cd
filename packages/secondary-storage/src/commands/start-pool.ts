import type { StoragePoolDef } from '@virtkit/core/conf';

/** The command that makes a pool's contents appear; undefined for types that need none. */
export function startPoolCommand(def: StoragePoolDef): readonly [program: string, ...args: string[]] | undefined {
  if (def.type === 'fs' || def.type === 'netfs') return ['mount', ...mountArgs(def)];
  if (def.type === 'logical') return ['vgchange', '-aly', def.source.name ?? def.name];
  return undefined;
}

/** What is mounted. */
export function mountSource({ type, source }: StoragePoolDef): string {
  if (type === 'fs') return source.device?.[0]?.path ?? '';
  const host = source.host?.[0]?.name ?? '';
  const dir = source.dir?.path ?? '';
  return source.format?.type === 'cifs' ? `//${host}/${dir}` : `${host}:${dir}`;
}

/** virStorageBackendFileSystemMountCmd */
function mountArgs(def: StoragePoolDef): string[] {
  const { source, target, mountOptions } = def;
  const format = source.format?.type ?? 'auto';
  const options = ['nodev', 'nosuid', 'noexec'];
  if (def.type === 'netfs' && format === 'cifs') options.push('guest');
  if (def.type === 'netfs' && format === 'glusterfs') options.push('direct-io-mode=1');
  if (source.protocol?.ver !== undefined) options.push(`nfsvers=${source.protocol.ver}`);
  for (const { name } of mountOptions?.option ?? []) options.push(name);
  const type = def.type === 'netfs' && format === 'auto' ? [] : ['-t', format];
  return ['-o', options.join(','), ...type, mountSource(def), target.path ?? ''];
}
