import { ErrorCode, ErrorDomain, LibvirtError } from '@virtkit/core/util';

const of = (code: ErrorCode) => (detail: string) => new LibvirtError(code, ErrorDomain.STORAGE, detail);

export const noPool = of(ErrorCode.NO_STORAGE_POOL);
export const noVolume = of(ErrorCode.NO_STORAGE_VOL);
export const volumeExists = of(ErrorCode.STORAGE_VOL_EXIST);
export const invalid = of(ErrorCode.OPERATION_INVALID);
export const failed = of(ErrorCode.OPERATION_FAILED);
export const unsupported = of(ErrorCode.CONFIG_UNSUPPORTED);
export const internalError = of(ErrorCode.INTERNAL_ERROR);
export const invalidArg = of(ErrorCode.INVALID_ARG);
export const argumentUnsupported = of(ErrorCode.ARGUMENT_UNSUPPORTED);
export const noSupport = of(ErrorCode.NO_SUPPORT);
export const xmlError = of(ErrorCode.XML_ERROR);

/** SYSTEM_ERROR with the system's reason: what was being done, on which path. */
export const systemError = (what: string, error: unknown): LibvirtError =>
  LibvirtError.system(ErrorDomain.STORAGE, what, error);
