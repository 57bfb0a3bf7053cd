import { ErrorCode, ErrorDomain, LibvirtError } from '@virtkit/core/util';

const raise =
  (code: ErrorCode, domain: ErrorDomain = ErrorDomain.LXC) =>
  (detail: string, cause?: unknown): LibvirtError =>
    new LibvirtError(code, domain, detail, cause === undefined ? {} : { cause });

export const internalError = raise(ErrorCode.INTERNAL_ERROR);
export const invalidArg = raise(ErrorCode.INVALID_ARG);
export const argumentUnsupported = raise(ErrorCode.ARGUMENT_UNSUPPORTED);
export const configUnsupported = raise(ErrorCode.CONFIG_UNSUPPORTED);
/** What libvirt says from the domain layer, whichever driver it is for. */
export const operationInvalid = raise(ErrorCode.OPERATION_INVALID, ErrorDomain.DOMAIN);
export const notRunning = (): LibvirtError => operationInvalid('domain is not running');
