import { ErrorCode, ErrorDomain, LibvirtError } from '@virtkit/core/util';

const of = (code: ErrorCode) => (detail: string) => new LibvirtError(code, ErrorDomain.INTERFACE, detail);

export const noInterface = of(ErrorCode.NO_INTERFACE);
export const multipleInterfaces = of(ErrorCode.MULTIPLE_INTERFACES);
export const internalError = of(ErrorCode.INTERNAL_ERROR);
