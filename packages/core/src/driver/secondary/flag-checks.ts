import { ErrorCode, type ErrorDomain, LibvirtError } from '../../util/index.js';
import { FUNCTIONS, type FunctionName } from '../gen/index.js';
import type { FunctionEntry } from '../function-entry.js';

/** virCheckFlags for a whole table: functions with flags that are not listed know none. */
export function withFlagChecks<T extends object>(
  table: T,
  accepted: Readonly<Partial<Record<FunctionName, number>>>,
  domain: ErrorDomain,
): T {
  const checked: Record<string, unknown> = { ...(table as Record<string, unknown>) };
  for (const [name, method] of Object.entries(table) as [string, (...args: unknown[]) => unknown][]) {
    const entry = FUNCTIONS[name as FunctionName] as FunctionEntry | undefined;
    const index = entry?.args.findIndex((arg) => arg.startsWith('flags:')) ?? -1;
    if (entry === undefined || index < 0) continue;
    const position = entry.on === 'connect' ? index : index + 1;
    const known = accepted[name as FunctionName] ?? 0;
    checked[name] = (...args: unknown[]) => {
      const unknown = Number(args[position]) & ~known;
      if (unknown !== 0)
        throw new LibvirtError(
          ErrorCode.INVALID_ARG,
          domain,
          `unsupported flags (0x${(unknown >>> 0).toString(16)}) in function ${name}`,
        );
      return method.apply(table, args);
    };
  }
  return checked as T;
}
