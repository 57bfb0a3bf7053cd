import { ErrorCode, ErrorDomain, LibvirtError } from '@virtkit/core/util';

const of = (code: ErrorCode) => (detail: string) => new LibvirtError(code, ErrorDomain.NETWORK, detail);

export const noNetwork = of(ErrorCode.NO_NETWORK);
export const noPort = of(ErrorCode.NO_NETWORK_PORT);
export const portExists = of(ErrorCode.NETWORK_PORT_EXIST);
export const invalid = of(ErrorCode.OPERATION_INVALID);
export const failed = of(ErrorCode.OPERATION_FAILED);
export const unsupported = of(ErrorCode.CONFIG_UNSUPPORTED);
export const operationUnsupported = of(ErrorCode.OPERATION_UNSUPPORTED);
export const internalError = of(ErrorCode.INTERNAL_ERROR);
export const invalidMac = of(ErrorCode.INVALID_MAC);
export const invalidArg = of(ErrorCode.INVALID_ARG);
