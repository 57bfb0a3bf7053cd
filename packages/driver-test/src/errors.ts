import { ErrorCode, ErrorDomain, LibvirtError, type LibvirtErrorFields } from '@virtkit/core/util';

/** An error whose text stands alone, without the phrase of its code, as some of libvirt's do. */
function plain(code: ErrorCode, domain: ErrorDomain, message: string, fields?: LibvirtErrorFields): LibvirtError {
  return LibvirtError.received(code, domain, message, { str1: '%s', str2: message, ...fields });
}

const raise =
  (code: ErrorCode, domain: ErrorDomain = ErrorDomain.TEST) =>
  (detail?: string, of: ErrorDomain = domain): LibvirtError =>
    new LibvirtError(code, of, detail);

export const internalError = raise(ErrorCode.INTERNAL_ERROR);
export const invalidArg = raise(ErrorCode.INVALID_ARG);
export const operationInvalid = raise(ErrorCode.OPERATION_INVALID);
export const operationFailed = raise(ErrorCode.OPERATION_FAILED, ErrorDomain.DOMAIN);
export const operationUnsupported = raise(ErrorCode.OPERATION_UNSUPPORTED);
export const argumentUnsupported = raise(ErrorCode.ARGUMENT_UNSUPPORTED);
export const configUnsupported = raise(ErrorCode.CONFIG_UNSUPPORTED, ErrorDomain.DOMAIN);
export const xmlError = raise(ErrorCode.XML_ERROR);
export const noDomain = raise(ErrorCode.NO_DOMAIN);
export const noSnapshot = raise(ErrorCode.NO_DOMAIN_SNAPSHOT);
export const noCheckpoint = raise(ErrorCode.NO_DOMAIN_CHECKPOINT);
export const noNetwork = raise(ErrorCode.NO_NETWORK);
export const noPool = raise(ErrorCode.NO_STORAGE_POOL);
export const noVolume = raise(ErrorCode.NO_STORAGE_VOL);
export const noInterface = raise(ErrorCode.NO_INTERFACE);
export const noNodeDevice = raise(ErrorCode.NO_NODE_DEVICE);
export const noSupport = raise(ErrorCode.NO_SUPPORT);

/** What a client reads where libvirt's driver fails and says nothing. */
export const causeUnknown = (): LibvirtError =>
  plain(ErrorCode.INTERNAL_ERROR, ErrorDomain.NONE, 'An error occurred, but the cause is unknown');

/** An INVALID_ARG whose text stands alone. */
export function invalidArgument(message: string, domain: ErrorDomain = ErrorDomain.DOMAIN): LibvirtError {
  return plain(ErrorCode.INVALID_ARG, domain, message);
}

const ERRNO_TEXT: Readonly<Record<string, string>> = {
  ENOENT: 'No such file or directory',
  EACCES: 'Permission denied',
  EISDIR: 'Is a directory',
  ENOTDIR: 'Not a directory',
  ENOSPC: 'No space left on device',
  EROFS: 'Read-only file system',
};

/** SYSTEM_ERROR for a failed call on a file: `what` names action and path. */
export function systemError(what: string, cause: unknown): LibvirtError {
  const { code = '', errno = -1, message = String(cause) } = cause as NodeJS.ErrnoException;
  return plain(ErrorCode.SYSTEM_ERROR, ErrorDomain.TEST, `${what}: ${ERRNO_TEXT[code] ?? message}`, {
    int1: Math.abs(errno),
    cause,
  });
}
