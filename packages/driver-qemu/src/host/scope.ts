import { isAbsolute, normalize } from 'node:path';
import type { ConnectionUri, StateScope } from '@virtkit/core/driver';
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtkit/core/util';

function internal(detail: string): LibvirtError {
  return new LibvirtError(ErrorCode.INTERNAL_ERROR, ErrorDomain.QEMU, detail);
}

/**
 * Whose guests a URI means: /system those of the host, /session those of the user, /embed?root=DIR those below a
 * directory. Everybody may have the last two; the first is for root.
 */
export function scopeOf({ path, params }: ConnectionUri, privileged: boolean): StateScope {
  if (path === '/embed') {
    const root = params.get('root');
    if (root === null || root === '')
      throw new LibvirtError(
        ErrorCode.INVALID_ARG,
        ErrorDomain.QEMU,
        'root parameter required for embed: qemu:///embed?root=DIR, where DIR is an absolute path',
      );
    if (!isAbsolute(root))
      throw new LibvirtError(ErrorCode.CONFIG_UNSUPPORTED, ErrorDomain.NONE, 'root path must be absolute');
    return { root: normalize(root) };
  }
  const usual = privileged ? 'qemu:///system' : 'qemu:///session';
  if (path === '' || path === '/') throw internal(`no qemu URI path given, try ${usual}`);
  if (path === '/session') return 'session';
  if (path === '/system' && privileged) return 'system';
  throw internal(`unexpected qemu URI path '${path}', try ${usual}`);
}

/** A name for a scope that tells it from all others. */
export function scopeKey(scope: StateScope): string {
  return typeof scope === 'string' ? scope : `root ${scope.root}`;
}
