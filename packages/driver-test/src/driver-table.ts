import { FUNCTIONS, type FunctionName } from '@virtkit/core/driver';
import { unsupportedFlags } from './errors.js';
import type { FaultPlan } from './faults/fault-plan.js';
import { ACCEPTED_FLAGS, ANY, libvirtFunction } from './flags.js';

type Method = (...args: unknown[]) => unknown;
type Table = Readonly<Record<string, Method>>;

/** Puts the check of flags before every function that has some. */
export function withFlagChecks<T extends object>(table: T): T {
  const checked: Record<string, Method> = {};
  for (const [name, method] of Object.entries(table as Table)) checked[name] = checkFlags(name as FunctionName, method);
  return checked as T;
}

function checkFlags(name: FunctionName, method: Method): Method {
  const entry = FUNCTIONS[name];
  const index = entry.args.indexOf('flags:uint');
  const accepted = ACCEPTED_FLAGS[name] ?? 0;
  if (index < 0 || accepted === ANY) return method;
  const at = entry.on === 'connect' ? index : index + 1;
  const refused = ~accepted;
  return (...args) => {
    const bits = (args[at] as number) & refused;
    if (bits !== 0) throw unsupportedFlags(bits, libvirtFunction(name));
    return method(...args);
  };
}

/** Puts injected faults before, or after, the functions that they name. */
export function withFaults<T extends object>(table: T, plan: FaultPlan): T {
  if (plan.empty) return table;
  const disturbed: Record<string, Method> = {};
  for (const [name, method] of Object.entries(table as Table))
    disturbed[name] = plan.wrap(name as FunctionName, method);
  return disturbed as T;
}
