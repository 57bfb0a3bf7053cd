import type { FilesystemDef } from '@virtkit/core/conf';
import { argumentUnsupported, internalError } from '../errors.js';
import type { LxcConf } from './lxc-conf.js';
import { bytes } from './numbers.js';

/** The container's root, then its mounts. */
export function readFilesystems(conf: LxcConf): FilesystemDef[] {
  const root = conf.first('lxc.rootfs.path', 'lxc.rootfs');
  if (root === undefined)
    throw internalError("the configuration names no root file system: 'lxc.rootfs.path' (or 'lxc.rootfs') is missing");
  if (conf.first('lxc.mount.fstab', 'lxc.mount') !== undefined)
    throw argumentUnsupported('lxc.mount.fstab or lxc.mount found, use lxc.mount.entry lines instead');
  const mounts = conf.all('lxc.mount.entry').flatMap((entry) => readMount(entry));
  return [filesystem(root, '/', false), ...mounts];
}

/** A device holds the files itself; anything else is a directory. */
function filesystem(source: string, dir: string, readonly: boolean): FilesystemDef {
  const rest = { accessmode: 'passthrough', target: { dir }, ...(readonly && { readonly }) } as const;
  return source.startsWith('/dev/')
    ? { type: 'block', source: { dev: source }, ...rest }
    : { type: 'mount', source: { dir: source }, ...rest };
}

/** What every container has of its own. */
const OWN_MOUNTS = new Set(['/proc', '/sys']);

/** lxcFstabWalkCallback: a line of fstab(5), whose target is below the root even if it is not written so. */
function readMount(entry: string): FilesystemDef[] {
  const [source, relative, type, optionText] = entry.split(/[ \t]+/).filter((field) => field !== '');
  if (source === undefined || relative === undefined || type === undefined || optionText === undefined)
    throw internalError(`lxc.mount.entry '${entry}' needs four fields: source, target, type and options`);
  const target = relative.startsWith('/') ? relative : `/${relative}`;
  const options = optionText.split(',');
  const readonly = options.includes('ro');
  if (type === 'tmpfs') return [memoryFilesystem(target, options, readonly)];
  return OWN_MOUNTS.has(target) ? [] : [filesystem(source, target, readonly)];
}

function memoryFilesystem(dir: string, options: readonly string[], readonly: boolean): FilesystemDef {
  const size = options.find((option) => option.startsWith('size='))?.slice('size='.length);
  if (size === undefined) throw internalError('missing tmpfs size, set the size option');
  const usage = Math.floor(bytes(size) / 1024);
  return {
    type: 'ram',
    accessmode: 'passthrough',
    source: { usage, units: 'KiB' },
    target: { dir },
    ...(readonly && { readonly }),
  };
}
