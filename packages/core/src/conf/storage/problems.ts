import { ErrorCode, ErrorDomain, LibvirtError } from '../../util/index.js';

/** XML_ERROR of the storage subsystem. */
export const storageError = (detail: string): LibvirtError =>
  new LibvirtError(ErrorCode.XML_ERROR, ErrorDomain.STORAGE, detail);

/** CONFIG_UNSUPPORTED of the storage subsystem. */
export const storageUnsupported = (detail: string): LibvirtError =>
  new LibvirtError(ErrorCode.CONFIG_UNSUPPORTED, ErrorDomain.STORAGE, detail);
