import { ErrorCode, ErrorDomain, LibvirtError } from '../../../util/index.js';

const make =
  (code: ErrorCode) =>
  (detail: string): LibvirtError =>
    new LibvirtError(code, ErrorDomain.DOMAIN, detail);

/** XML_ERROR of the domain subsystem: the document says something that no domain can mean. */
export const wrong = make(ErrorCode.XML_ERROR);
/** XML_DETAIL of the domain subsystem: libvirt's code for a contradiction in the document. */
export const contradictory = make(ErrorCode.XML_DETAIL);
/** CONFIG_UNSUPPORTED of the domain subsystem. */
export const unsupported = make(ErrorCode.CONFIG_UNSUPPORTED);
/** INTERNAL_ERROR of the domain subsystem, where libvirt answers so to a faulty document. */
export const internal = make(ErrorCode.INTERNAL_ERROR);
/** INVALID_ARG of the domain subsystem. */
export const invalidArgument = make(ErrorCode.INVALID_ARG);

/** For a field whose bad values libvirt calls unsupported: `unknown video model 'x'`. */
export const refusedAs = (what: string) => ({
  invalid: (value: string): LibvirtError => unsupported(`${what} '${value}'`),
});
/** The same without quotes: `unknown on_crash action: x`. */
export const refusedAsPlain = (what: string) => ({
  invalid: (value: string): LibvirtError => unsupported(`${what}${value}`),
});
/** virBitmapParse's complaint. */
export const badBitmap = {
  invalid: (value: string): LibvirtError =>
    new LibvirtError(ErrorCode.INVALID_ARG, ErrorDomain.NONE, `Failed to parse bitmap '${value}'`),
};
