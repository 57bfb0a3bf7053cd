import { type FunctionName, withFlagChecks as checkFlags } from '@virtkit/core/driver';
import { ErrorDomain } from '@virtkit/core/util';
import type { FaultPlan } from './faults/fault-plan.js';
import { ACCEPTED_FLAGS, libvirtFunction } from './flags.js';

type Method = (...args: unknown[]) => unknown;
type Table = Readonly<Record<string, Method>>;

/** Puts the check of flags before every function that has some. */
export const withFlagChecks = <T extends object>(table: T): T =>
  checkFlags(table, ACCEPTED_FLAGS, ErrorDomain.TEST, libvirtFunction);

/** Puts injected faults before, or after, the functions that they name. */
export function withFaults<T extends object>(table: T, plan: FaultPlan): T {
  if (plan.empty) return table;
  const disturbed: Record<string, Method> = {};
  for (const [name, method] of Object.entries(table as Table))
    disturbed[name] = plan.wrap(name as FunctionName, method);
  return disturbed as T;
}
