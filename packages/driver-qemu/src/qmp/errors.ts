import { ErrorCode, ErrorDomain, LibvirtError } from '@virtkit/core/util';

/** What QEMU answered to a command that it refused; the `cause` of the LibvirtError. */
export class QmpCommandError extends Error {
  override readonly name = 'QmpCommandError';

  constructor(
    readonly command: string,
    /** QEMU's error class: GenericError, CommandNotFound, DeviceNotActive, DeviceNotFound, KVMMissingCap. */
    readonly errorClass: string,
    readonly description: string,
  ) {
    super(`${errorClass}: ${description}`);
  }

  /** The refusal behind an error, if a refusal is what it reports. */
  static behind(error: unknown): QmpCommandError | undefined {
    const cause = LibvirtError.is(error) ? error.cause : undefined;
    return cause instanceof QmpCommandError ? cause : undefined;
  }
}

/** The error that libvirt reports for a refused monitor command. */
export function commandRefused(cause: QmpCommandError): LibvirtError {
  const detail = `unable to execute QEMU command '${cause.command}': ${cause.description}`;
  return new LibvirtError(ErrorCode.INTERNAL_ERROR, ErrorDomain.QEMU, detail, { cause });
}

/** The monitor is gone: QEMU ended, or closed it. */
export function monitorClosed(cause?: unknown): LibvirtError {
  return new LibvirtError(
    ErrorCode.OPERATION_FAILED,
    ErrorDomain.QEMU,
    'domain is no longer running: QEMU closed its monitor',
    cause === undefined ? {} : { cause },
  );
}

export function commandTimedOut(command: string, ms: number): LibvirtError {
  return new LibvirtError(
    ErrorCode.OPERATION_TIMEOUT,
    ErrorDomain.QEMU,
    `QEMU did not answer the monitor command '${command}' within ${ms} ms: it may be stopped or busy`,
  );
}

export function commandAborted(command: string, signal: AbortSignal): LibvirtError {
  return new LibvirtError(
    ErrorCode.OPERATION_ABORTED,
    ErrorDomain.QEMU,
    `the caller gave up waiting for QEMU's answer to the monitor command '${command}'`,
    { cause: signal.reason },
  );
}
