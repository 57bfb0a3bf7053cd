import { ErrorCode, ErrorDomain, LibvirtError } from '../util/index.js';
import type { ConnectionUri } from '../driver/index.js';

const SHAPE = /^([a-z][a-z0-9.-]*)(?:\+([a-z0-9]+))?:(?:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?$/i;

/** Takes a connection URI apart. Raises NO_CONNECT for text without a scheme, INTERNAL_ERROR for what is no URI. */
export function parseUri(text: string): ConnectionUri {
  if (!/^[a-z][a-z0-9+.-]*:/i.test(text))
    throw new LibvirtError(ErrorCode.NO_CONNECT, ErrorDomain.NONE, `URI '${text}' does not include a driver name`);
  const match = SHAPE.exec(text);
  if (match === null)
    throw new LibvirtError(ErrorCode.INTERNAL_ERROR, ErrorDomain.NONE, `'${text}' is not a valid URI`);
  const [, scheme = '', transport, authority = '', path = '', query = ''] = match;
  const [, user, bracketed, plain, port] = /^(?:([^@]*)@)?(?:\[([^\]]*)\]|([^:]*))(?::(\d+))?$/.exec(authority) ?? [];
  return {
    text,
    scheme: scheme.toLowerCase(),
    transport: transport?.toLowerCase(),
    authority,
    host: bracketed ?? plain ?? '',
    port: port === undefined ? undefined : Number(port),
    user: user === undefined ? undefined : decodeURIComponent(user),
    path: decodeURIComponent(path),
    params: new URLSearchParams(query.replaceAll(';', '&')),
  };
}
