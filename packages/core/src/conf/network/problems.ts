import { ErrorCode, ErrorDomain, LibvirtError } from '../../util/index.js';

/** XML_ERROR of the network subsystem. */
export const networkError = (detail: string): LibvirtError =>
  new LibvirtError(ErrorCode.XML_ERROR, ErrorDomain.NETWORK, detail);

/** XML_DETAIL of the network subsystem. */
export const networkDetail = (detail: string): LibvirtError =>
  new LibvirtError(ErrorCode.XML_DETAIL, ErrorDomain.NETWORK, detail);

/** CONFIG_UNSUPPORTED of the network subsystem. */
export const networkUnsupported = (detail: string): LibvirtError =>
  new LibvirtError(ErrorCode.CONFIG_UNSUPPORTED, ErrorDomain.NETWORK, detail);
