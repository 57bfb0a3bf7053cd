import { ErrorCode, ErrorDomain, LibvirtError } from '@virtkit/core/util';

/** XML_ERROR of the domain subsystem: addresses that cannot be together, or cannot be at all. */
export const wrongAddress = (detail: string): LibvirtError =>
  new LibvirtError(ErrorCode.XML_ERROR, ErrorDomain.DOMAIN, detail);

/** INTERNAL_ERROR of the domain subsystem, where libvirt answers so. */
export const internal = (detail: string): LibvirtError =>
  new LibvirtError(ErrorCode.INTERNAL_ERROR, ErrorDomain.DOMAIN, detail);
