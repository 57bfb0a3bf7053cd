import { ErrorCode, ErrorDomain, LibvirtError } from '@virtkit/core/util';

const of = (code: ErrorCode) => (detail: string) => new LibvirtError(code, ErrorDomain.NWFILTER, detail);

export const noFilter = of(ErrorCode.NO_NWFILTER);
export const noBinding = of(ErrorCode.NO_NWFILTER_BINDING);
export const failed = of(ErrorCode.OPERATION_FAILED);
export const invalid = of(ErrorCode.OPERATION_INVALID);
export const unsupported = of(ErrorCode.CONFIG_UNSUPPORTED);
export const internalError = of(ErrorCode.INTERNAL_ERROR);
