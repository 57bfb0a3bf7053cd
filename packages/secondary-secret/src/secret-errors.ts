import { ErrorCode, ErrorDomain, LibvirtError } from '@virtkit/core/util';

const of = (code: ErrorCode) => (detail: string) => new LibvirtError(code, ErrorDomain.SECRET, detail);

export const noSecret = of(ErrorCode.NO_SECRET);
export const internalError = of(ErrorCode.INTERNAL_ERROR);
export const invalidSecret = of(ErrorCode.INVALID_SECRET);
