import { getSystemErrorMap } from 'node:util';
import { ErrorCode, ErrorDomain, ErrorLevel } from './enums/errors.gen.js';
import { ERROR_TEXTS } from './error-texts.js';

/** The optional fields of a virError; all are carried over the wire. */
export interface LibvirtErrorFields {
  readonly level?: ErrorLevel;
  readonly str1?: string;
  readonly str2?: string;
  readonly str3?: string;
  /** errno (positive) for system errors, else -1. */
  readonly int1?: number;
  readonly int2?: number;
  readonly cause?: unknown;
}

const BRAND = Symbol.for('@virtkit/core:LibvirtError');

/**
 * virError: the only error class that virtkit's calls raise.
 *
 * `message` is the phrase of the code followed by the detail, as libvirt's clients expect it; the detail says in our own
 * words what failed, on which object, why, and what would fix it. `instanceof` works across copies of this package.
 */
export class LibvirtError extends Error {
  override readonly name = 'LibvirtError';
  readonly code: ErrorCode;
  readonly domain: ErrorDomain;
  readonly level: ErrorLevel;
  readonly detail: string;
  readonly str1: string | undefined;
  readonly str2: string | undefined;
  readonly str3: string | undefined;
  readonly int1: number;
  readonly int2: number;

  constructor(code: ErrorCode, domain: ErrorDomain, detail = '', fields: LibvirtErrorFields = {}) {
    super(errorMessage(code, detail), fields.cause === undefined ? undefined : { cause: fields.cause });
    this.code = code;
    this.domain = domain;
    this.detail = detail;
    this.level = fields.level ?? ErrorLevel.ERROR;
    this.str1 = fields.str1 ?? errorFormat(code);
    this.str2 = fields.str2 ?? (detail || undefined);
    this.str3 = fields.str3;
    this.int1 = fields.int1 ?? -1;
    this.int2 = fields.int2 ?? -1;
    Object.defineProperty(this, BRAND, { value: true });
  }

  /** True for a LibvirtError of any copy of this package. */
  static is(value: unknown): value is LibvirtError {
    return typeof value === 'object' && value !== null && BRAND in value;
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return LibvirtError.is(value);
  }

  /** An error that came from elsewhere with its message already complete, for example over the wire. */
  static received(
    code: ErrorCode,
    domain: ErrorDomain,
    message: string,
    fields: LibvirtErrorFields = {},
  ): LibvirtError {
    const error = new LibvirtError(code, domain, fields.str2 ?? '', fields);
    error.message = message;
    return error;
  }

  /**
   * Wraps a failure of the operating system (code SYSTEM_ERROR, `int1` = errno): `what` says what was being done on what,
   * `remedy` what would help.
   */
  static system(domain: ErrorDomain, what: string, cause: unknown, remedy?: string): LibvirtError {
    const { errno, message } = cause as { errno?: number; message?: string };
    const reason = systemReason(cause) ?? message ?? String(cause);
    const detail = `${what}: ${reason}${remedy === undefined ? '' : ` (${remedy})`}`;
    return new LibvirtError(ErrorCode.SYSTEM_ERROR, domain, detail, {
      cause,
      int1: typeof errno === 'number' ? Math.abs(errno) : -1,
    });
  }

  /** Turns anything thrown into a LibvirtError; what is not one already becomes an internal error with it as cause. */
  static from(value: unknown, domain: ErrorDomain = ErrorDomain.NONE): LibvirtError {
    if (LibvirtError.is(value)) return value;
    if (typeof value === 'object' && value !== null && (value as Error).name === 'AbortError')
      return new LibvirtError(ErrorCode.OPERATION_ABORTED, domain, 'the caller gave up waiting', { cause: value });
    const text = value instanceof Error ? value.message : String(value);
    return new LibvirtError(ErrorCode.INTERNAL_ERROR, domain, text, { cause: value });
  }
}

/** Where the C library says it in other words than Node.js. */
const C_LIBRARY: Readonly<Record<string, string>> = {
  EEXIST: 'File exists',
  EISDIR: 'Is a directory',
  EBUSY: 'Device or resource busy',
  EXDEV: 'Invalid cross-device link',
  EBADF: 'Bad file descriptor',
  ENXIO: 'No such device or address',
  EIO: 'Input/output error',
  EMFILE: 'Too many open files',
  ELOOP: 'Too many levels of symbolic links',
  EAGAIN: 'Resource temporarily unavailable',
  ETIMEDOUT: 'Connection timed out',
};

/** strerror() of a failed system call. */
function systemReason(cause: unknown): string | undefined {
  const { errno } = cause as { errno?: unknown };
  const [name, text] = (typeof errno === 'number' && getSystemErrorMap().get(-Math.abs(errno))) || [];
  if (name === undefined || text === undefined) return undefined;
  return C_LIBRARY[name] ?? text.charAt(0).toUpperCase() + text.slice(1);
}

/** The printf format that libvirt sends as str1. */
function errorFormat(code: ErrorCode): string {
  const texts = ERROR_TEXTS[code];
  return texts === undefined ? '%s' : (texts[1] ?? `${texts[0]}: %s`);
}

function errorMessage(code: ErrorCode, detail: string): string {
  const texts = ERROR_TEXTS[code];
  if (texts === undefined) return detail || `error ${code}`;
  return detail === '' ? texts[0] : errorFormat(code).replace('%s', () => detail);
}
