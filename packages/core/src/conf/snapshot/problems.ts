import { ErrorCode, ErrorDomain, LibvirtError } from '../../util/index.js';

const raise =
  (code: ErrorCode) =>
  (detail: string): LibvirtError =>
    new LibvirtError(code, ErrorDomain.DOMAIN_SNAPSHOT, detail);

export const snapshotXmlError = raise(ErrorCode.XML_ERROR);
export const snapshotInternal = raise(ErrorCode.INTERNAL_ERROR);
export const snapshotUnsupported = raise(ErrorCode.CONFIG_UNSUPPORTED);
export const snapshotInvalid = raise(ErrorCode.INVALID_ARG);
