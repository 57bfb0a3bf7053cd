import type { DomainDef, StorageSource } from '@virtkit/core/conf';
import { blockdevFormat, blockdevStorage, type BlockImage } from '../block/index.js';
import type { ArgList } from './arg-list.js';
import type { CommandContext } from './context.js';
import { addImageObjects } from './secrets.js';

/** What a domain's firmware lies in; undefined parts are the machine's own. */
export interface PflashNodes {
  readonly code: string | undefined;
  readonly variables: string | undefined;
}

const NODES = { code: 'libvirt-pflash0', variables: 'libvirt-pflash1' } as const;

function image(source: StorageSource, name: string, format: 'raw' | 'qcow2', readonly: boolean): BlockImage {
  const auth = source.source?.auth;
  return {
    source,
    format,
    storageNode: `${name}-storage`,
    formatNode: `${name}-format`,
    readonly,
    secrets: auth === undefined ? {} : { auth: `${name}-storage-auth-secret0` },
  };
}

const fileSource = (file: string): StorageSource => ({ type: 'file', source: { file } }) as StorageSource;

/** qemuBuildPflashBlockdevCommandLine: UEFI in flash chips, as block nodes. */
export function addPflash(args: ArgList, def: DomainDef, context: CommandContext): PflashNodes {
  const { loader, nvram } = def.os;
  if (loader?.type !== 'pflash' || loader.path === undefined) return { code: undefined, variables: undefined };
  const code = image(fileSource(loader.path), NODES.code, 'raw', loader.readonly === true);
  add(args, code, context);
  const source =
    nvram === undefined
      ? undefined
      : nvram.type === 'path'
        ? nvram.path === undefined
          ? undefined
          : fileSource(nvram.path)
        : (nvram as StorageSource);
  if (source === undefined) return { code: code.formatNode, variables: undefined };
  const variables = image(source, NODES.variables, 'raw', false);
  add(args, variables, context);
  return { code: code.formatNode, variables: variables.formatNode };
}

function add(args: ArgList, one: BlockImage, context: CommandContext): void {
  addImageObjects(args, one, context);
  args.json('-blockdev', blockdevStorage(one));
  args.json('-blockdev', blockdevFormat(one));
}

/** qemuBuildDomainLoaderCommandLine */
export function addLoader(args: ArgList, def: DomainDef): void {
  const { loader } = def.os;
  if (loader === undefined) return;
  if (loader.type === 'pflash') {
    if (loader.secure === true) args.add('-global', 'driver=cfi.pflash01,property=secure,value=on');
  } else if (loader.path !== undefined) args.add('-bios', loader.path);
}
