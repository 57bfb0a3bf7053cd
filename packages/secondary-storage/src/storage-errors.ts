import { ErrorCode, ErrorDomain, LibvirtError } from '@virtkit/core/util';

const of = (code: ErrorCode) => (detail: string) => new LibvirtError(code, ErrorDomain.STORAGE, detail);

export const noPool = of(ErrorCode.NO_STORAGE_POOL);
export const noVolume = of(ErrorCode.NO_STORAGE_VOL);
export const volumeExists = of(ErrorCode.STORAGE_VOL_EXIST);
export const invalid = of(ErrorCode.OPERATION_INVALID);
export const failed = of(ErrorCode.OPERATION_FAILED);
export const unsupported = of(ErrorCode.CONFIG_UNSUPPORTED);
export const internalError = of(ErrorCode.INTERNAL_ERROR);
export const invalidArg = of(ErrorCode.INVALID_ARG);
export const argumentUnsupported = of(ErrorCode.ARGUMENT_UNSUPPORTED);
export const noSupport = of(ErrorCode.NO_SUPPORT);
export const xmlError = of(ErrorCode.XML_ERROR);

/** An INVALID_ARG about flags: its text stands alone. */
const flagsError = (text: string): LibvirtError =>
  LibvirtError.received(ErrorCode.INVALID_ARG, ErrorDomain.STORAGE, text, { str2: 'flags' });

/** VIR_EXCLUSIVE_FLAGS */
export const exclusiveFlags = (first: string, second: string): LibvirtError =>
  flagsError(`Flags '${first}' and '${second}' are mutually exclusive`);

/** virCheckFlags */
export const unknownFlags = (bits: number, libvirtFunction: string): LibvirtError =>
  flagsError(`unsupported flags (0x${bits.toString(16)}) in function ${libvirtFunction}`);

/** SYSTEM_ERROR with the system's reason: what was being done, on which path. */
export const systemError = (what: string, error: unknown): LibvirtError =>
  LibvirtError.system(ErrorDomain.STORAGE, what, error);
