import { ErrorCode, ErrorDomain, LibvirtError } from '@virtkit/core/util';

/** What an agent answered to a command that it refused; the `cause` of the LibvirtError. */
export class AgentCommandError extends Error {
  override readonly name = 'AgentCommandError';

  constructor(
    readonly command: string,
    readonly errorClass: string,
    readonly description: string,
  ) {
    super(`${errorClass}: ${description}`);
  }

  /** The refusal behind an error, if a refusal is what it reports. */
  static behind(error: unknown): AgentCommandError | undefined {
    const cause = LibvirtError.is(error) ? error.cause : undefined;
    return cause instanceof AgentCommandError ? cause : undefined;
  }

  /** True where the agent does not have the command, or was told not to carry it out. */
  get isUnsupported(): boolean {
    return (
      this.errorClass === 'CommandNotFound' ||
      this.errorClass === 'CommandDisabled' ||
      /Unsupported|not supported/i.test(this.description)
    );
  }
}

export function agentRefused(cause: AgentCommandError): LibvirtError {
  const detail = `unable to execute QEMU agent command '${cause.command}': ${cause.description}`;
  return new LibvirtError(ErrorCode.INTERNAL_ERROR, ErrorDomain.QEMU, detail, { cause });
}

export function agentUnresponsive(detail: string, cause?: unknown): LibvirtError {
  return new LibvirtError(ErrorCode.AGENT_UNRESPONSIVE, ErrorDomain.QEMU, detail, cause === undefined ? {} : { cause });
}
