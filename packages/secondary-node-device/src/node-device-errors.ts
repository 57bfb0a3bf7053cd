import { ErrorCode, ErrorDomain, LibvirtError } from '@virtkit/core/util';

const of = (code: ErrorCode) => (detail: string) => new LibvirtError(code, ErrorDomain.NODEDEV, detail);

export const noDevice = of(ErrorCode.NO_NODE_DEVICE);
export const internalError = of(ErrorCode.INTERNAL_ERROR);
export const unsupported = of(ErrorCode.CONFIG_UNSUPPORTED);
export const parseFailed = of(ErrorCode.PARSE_FAILED);
export const invalid = of(ErrorCode.OPERATION_INVALID);
export const operationUnsupported = of(ErrorCode.OPERATION_UNSUPPORTED);

/** SYSTEM_ERROR of virCommandRun for a program that is not there. */
export const noProgram = (name: string): LibvirtError =>
  new LibvirtError(
    ErrorCode.SYSTEM_ERROR,
    ErrorDomain.NONE,
    `Cannot find '${name}' in path: No such file or directory`,
    { int1: 2 },
  );
