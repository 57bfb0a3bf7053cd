import { ErrorCode, ErrorDomain, LibvirtError } from '../../util/index.js';

/** INVALID_ARG unless there are no flags. */
export function refuseFlags(flags: number, name: string): void {
  if (flags !== 0) throw nodeError(ErrorCode.INVALID_ARG, `unsupported flags (0x${flags.toString(16)}) in ${name}`);
}

/** virReportInvalidArg: INVALID_ARG of which the message says all, without the code's own phrase. */
export function invalidArgument(message: string): LibvirtError {
  return LibvirtError.received(ErrorCode.INVALID_ARG, ErrorDomain.NONE, message, { str1: message });
}

export function nodeError(code: ErrorCode, detail: string): LibvirtError {
  return new LibvirtError(code, ErrorDomain.NONE, detail);
}
