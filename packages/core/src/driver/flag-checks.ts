import { ErrorCode, type ErrorDomain, LibvirtError, TypedParameterFlags } from '../util/index.js';
import { FUNCTIONS, type FunctionName } from './gen/index.js';
import type { FunctionEntry } from './function-entry.js';

/**
 * virCheckFlags for a whole table: functions with flags that are not listed know none. Errors name functions as libvirt's
 * driver does: with `prefix` before them, or by what it answers.
 */
export function withFlagChecks<T extends object>(
  table: T,
  accepted: Readonly<Partial<Record<FunctionName, number>>>,
  domain: ErrorDomain,
  prefix: string | ((name: FunctionName) => string) = '',
): T {
  const checked: Record<string, unknown> = { ...(table as Record<string, unknown>) };
  for (const [name, method] of Object.entries(table) as [string, (...args: unknown[]) => unknown][]) {
    const position = positionOf(name);
    if (position < 0) continue;
    const known = (accepted[name as FunctionName] ?? 0) | clientFlags(name);
    checked[name] = (...args: unknown[]) => {
      const unknown = Number(args[position]) & ~known;
      if (unknown !== 0) throw unsupportedFlags(unknown, named(prefix, name as FunctionName), domain);
      return method.apply(table, args);
    };
  }
  return checked as T;
}

/** What clients put into the flags by themselves: that they can take text among parameters. */
const clientFlags = (name: string): number =>
  (FUNCTIONS[name as FunctionName] as FunctionEntry | undefined)?.returns === 'params'
    ? TypedParameterFlags.STRING_OKAY
    : 0;

const positions = new Map<string, number>();

/** Where a driver's function has its flags; -1 for none. Asked at every connection, found out once. */
function positionOf(name: string): number {
  let position = positions.get(name);
  if (position === undefined) {
    const entry = FUNCTIONS[name as FunctionName] as FunctionEntry | undefined;
    const index = entry?.args.findIndex((arg) => arg.startsWith('flags:')) ?? -1;
    position = entry === undefined || index < 0 || entry.on === 'connect' ? index : index + 1;
    positions.set(name, position);
  }
  return position;
}

function named(prefix: string | ((name: FunctionName) => string), name: FunctionName): string {
  if (typeof prefix === 'function') return prefix(name);
  return prefix === '' ? name : prefix + name.charAt(0).toUpperCase() + name.slice(1);
}

/** virReportInvalidFlags: names the bits that a function does not know; its text stands alone. */
function unsupportedFlags(bits: number, libvirtFunction: string, domain: ErrorDomain): LibvirtError {
  const message = `unsupported flags (0x${(bits >>> 0).toString(16)}) in function ${libvirtFunction}`;
  return LibvirtError.received(ErrorCode.INVALID_ARG, domain, message, { str1: '%s', str2: message });
}
