import { ErrorCode, ErrorDomain, LibvirtError } from '../../../util/index.js';
import { unsupported, wrong } from '../common/problems.js';
import type { FilesystemDef } from '../devices/filesystem.js';

/** virDomainFSDefValidate */
export function checkFilesystem(filesystem: FilesystemDef): void {
  const target = filesystem.target?.dir ?? '';
  const source = sourceOf(filesystem);
  if (filesystem.type === 'ram' && filesystem.source === undefined)
    throw wrong("missing 'usage' attribute for RAM filesystem");
  if (source === undefined && filesystem.type !== 'ram' && filesystem.type !== 'volume')
    throw new LibvirtError(ErrorCode.NO_SOURCE, ErrorDomain.DOMAIN, target);
  if (target === '' && !(filesystem.type === 'mount' && filesystem.source?.socket !== undefined && filesystem.target))
    throw new LibvirtError(ErrorCode.NO_TARGET, ErrorDomain.DOMAIN, source ?? '');
  if (filesystem.boot !== undefined && filesystem.driver?.type !== 'virtiofs')
    throw unsupported('boot order is only supported for virtiofs');
}

function sourceOf(filesystem: FilesystemDef): string | undefined {
  switch (filesystem.type) {
    case 'mount':
    case 'bind':
      return filesystem.source?.dir ?? filesystem.source?.socket;
    case 'block':
      return filesystem.source?.dev;
    case 'file':
      return filesystem.source?.file;
    case 'template':
      return filesystem.source?.name;
    case 'volume':
      return filesystem.source?.volume;
    case 'ram':
      return undefined;
  }
}
