import { type ConnectionUri, scopeOfUri, type StateScope } from '@virtkit/core/driver';
import { ErrorDomain } from '@virtkit/core/util';
import { internalError } from '../errors.js';

/** Whose containers a URI means: the host's, which are root's alone, or those below a directory. */
export function scopeOf(uri: ConnectionUri): StateScope {
  const { path } = uri;
  if (path === '/embed') return scopeOfUri(uri, ErrorDomain.LXC);
  if (path !== '' && path !== '/' && path !== '/system')
    throw internalError(`Unexpected LXC URI path '${path}', try lxc:///system`);
  if (process.getuid?.() !== 0)
    throw internalError(
      'lxc:///system is for root: containers of other users are not supported, lxc:///embed?root=DIR is',
    );
  return 'system';
}
