import { ErrorCode, ErrorDomain, LibvirtError } from '@virtkit/core/util';

const raise =
  (code: ErrorCode) =>
  (detail: string, cause?: unknown): LibvirtError =>
    new LibvirtError(code, ErrorDomain.QEMU, detail, cause === undefined ? {} : { cause });

export const internalError = raise(ErrorCode.INTERNAL_ERROR);
export const invalidArg = raise(ErrorCode.INVALID_ARG);
export const operationInvalid = raise(ErrorCode.OPERATION_INVALID);
export const operationFailed = raise(ErrorCode.OPERATION_FAILED);
export const argumentUnsupported = raise(ErrorCode.ARGUMENT_UNSUPPORTED);
export const xmlError = raise(ErrorCode.XML_ERROR);
export const xmlDetail = raise(ErrorCode.XML_DETAIL);
export const configUnsupported = raise(ErrorCode.CONFIG_UNSUPPORTED);
export const operationUnsupported = raise(ErrorCode.OPERATION_UNSUPPORTED);
export const noSnapshot = raise(ErrorCode.NO_DOMAIN_SNAPSHOT);
export const noCheckpoint = raise(ErrorCode.NO_DOMAIN_CHECKPOINT);
export const noBackup = raise(ErrorCode.NO_DOMAIN_BACKUP);
export const revertRisky = raise(ErrorCode.SNAPSHOT_REVERT_RISKY);
