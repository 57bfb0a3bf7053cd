import { ErrorCode, ErrorDomain } from '../enums/errors.gen.js';
import { LibvirtError } from '../errors.js';

/** The error of everything that goes wrong with bytes of the wire protocol: code and domain RPC. */
export function rpcError(detail: string, cause?: unknown): LibvirtError {
  return new LibvirtError(ErrorCode.RPC, ErrorDomain.RPC, detail, cause === undefined ? {} : { cause });
}
