import { isAbsolute, normalize } from 'node:path';
import { ErrorCode, type ErrorDomain, LibvirtError } from '../../util/index.js';
import type { ConnectionUri } from '../connection.js';
import type { StateScope } from '../services.js';

/**
 * Whose objects a URI of a secondary driver means: /system those of the host (root's), /session those of the user,
 * /embed?root=DIR those below a directory.
 */
export function scopeOfUri({ scheme, path, params }: ConnectionUri, domain: ErrorDomain): StateScope {
  const privileged = process.getuid?.() === 0;
  if (path === '/embed') {
    const root = params.get('root');
    if (root === null || !isAbsolute(root))
      throw new LibvirtError(
        ErrorCode.INVALID_ARG,
        domain,
        `root parameter required for embed: ${scheme}:///embed?root=DIR, where DIR is an absolute path`,
      );
    return { root: normalize(root) };
  }
  if (path === '/session') return 'session';
  if (path === '/system' && privileged) return 'system';
  throw new LibvirtError(
    ErrorCode.INTERNAL_ERROR,
    domain,
    `unexpected ${scheme} URI path '${path}', try ${scheme}:///${privileged ? 'system' : 'session'}`,
  );
}

/** A name for a scope that tells it from all others. */
export const scopeKey = (scope: StateScope): string => (typeof scope === 'string' ? scope : `root ${scope.root}`);
