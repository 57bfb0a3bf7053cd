import { isAbsolute, normalize } from 'node:path';
import { ErrorCode, ErrorDomain, LibvirtError } from '../../util/index.js';
import type { ConnectionUri } from '../connection.js';
import type { StateScope } from '../services.js';

/** True for root, to whom the objects of the system belong. */
export const isPrivileged = (): boolean => process.getuid?.() === 0;

/**
 * Whose objects a URI means: /system those of the host (root's), /session those of the user, /embed?root=DIR those below a
 * directory. Raises INTERNAL_ERROR for other paths, INVALID_ARG without a root, CONFIG_UNSUPPORTED for a relative one.
 */
export function scopeOfUri({ scheme, path, params }: ConnectionUri, domain: ErrorDomain): StateScope {
  const privileged = isPrivileged();
  if (path === '/embed') {
    const root = params.get('root');
    if (root === null || root === '')
      throw new LibvirtError(
        ErrorCode.INVALID_ARG,
        domain,
        `root parameter required for embed: ${scheme}:///embed?root=DIR, where DIR is an absolute path`,
      );
    if (!isAbsolute(root))
      throw new LibvirtError(ErrorCode.CONFIG_UNSUPPORTED, ErrorDomain.NONE, 'root path must be absolute');
    return { root: normalize(root) };
  }
  if (path === '/session') return 'session';
  if (path === '/system' && privileged) return 'system';
  const given = path === '' || path === '/' ? `no ${scheme} URI path given` : `unexpected ${scheme} URI path '${path}'`;
  const usual = `${scheme}:///${privileged ? 'system' : 'session'}`;
  throw new LibvirtError(ErrorCode.INTERNAL_ERROR, domain, `${given}, try ${usual}`);
}

/** A name for a scope that tells it from all others. */
export const scopeKey = (scope: StateScope): string => (typeof scope === 'string' ? scope : `root ${scope.root}`);
