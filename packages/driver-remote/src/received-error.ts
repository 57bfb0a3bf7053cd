import { type ErrorCode, type ErrorDomain, LibvirtError, xdrCodec, type XdrReader } from '@virtkit/core/util';
import { messageError } from './protocol/index.js';

const codec = xdrCodec(messageError);

/** The error that a daemon sent, with all that it says. */
export function receivedError(reader: XdrReader): LibvirtError {
  const { code, domain, message, level, str1, str2, str3, int1, int2 } = codec.decode(reader);
  return LibvirtError.received(
    code as ErrorCode,
    domain as ErrorDomain,
    message ?? 'an error occurred, but the cause is unknown',
    {
      level: level as 2,
      int1,
      int2,
      ...(str1 === null ? {} : { str1 }),
      ...(str2 === null ? {} : { str2 }),
      ...(str3 === null ? {} : { str3 }),
    },
  );
}
