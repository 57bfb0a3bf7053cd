import { ErrorCode, ErrorDomain, LibvirtError } from '../../../util/index.js';
import { unsupported } from '../common/problems.js';
import { type FilesystemDef, filesystemSource } from '../devices/filesystem.js';

/** virDomainFSDefValidate */
export function checkFilesystem(filesystem: FilesystemDef): void {
  const { type, source, target, boot, driver } = filesystem;
  // A server that is there already knows the name.
  const named = type === 'mount' && source?.socket !== undefined && target !== undefined;
  if (!target?.dir && !named)
    throw new LibvirtError(ErrorCode.NO_TARGET, ErrorDomain.DOMAIN, filesystemSource(filesystem) ?? '');
  if (boot !== undefined && driver?.type !== 'virtiofs') throw unsupported('boot order is only supported for virtiofs');
}
