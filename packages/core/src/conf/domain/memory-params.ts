import {
  ErrorCode,
  type ErrorDomain,
  LibvirtError,
  paramValues,
  type TypedParams,
  TypedParamsBuilder,
  validateParams,
} from '../../util/index.js';
import type { DomainDef } from './domain-def.js';
import { type MemTuneDef, UNLIMITED } from './memory-tuning.js';

const LIMITS = ['hard_limit', 'soft_limit', 'swap_hard_limit'] as const;

/** virDomainGetMemoryParameters of a definition, in KiB. */
export function memoryParams({ memtune }: Pick<DomainDef, 'memtune'>): TypedParams {
  const builder = new TypedParamsBuilder();
  for (const limit of LIMITS) builder.ullong(limit, memtune?.[limit] ?? UNLIMITED);
  return builder.params;
}

/**
 * virDomainSetMemoryParameters: what makes a definition one with these limits; those not named stay. Raises
 * ARGUMENT_UNSUPPORTED or INVALID_ARG at once for wrong parameters, INVALID_ARG later for limits that contradict each other.
 */
export function memoryChange(params: TypedParams, domain: ErrorDomain): (def: DomainDef) => DomainDef {
  validateParams(params, { hard_limit: 'ULLONG', soft_limit: 'ULLONG', swap_hard_limit: 'ULLONG' });
  const given = paramValues(params) as ReadonlyMap<string, bigint>;
  return (def) => {
    const limit = (name: (typeof LIMITS)[number]): bigint =>
      given.get(name) ?? BigInt(def.memtune?.[name] ?? UNLIMITED);
    if (limit('swap_hard_limit') < limit('hard_limit'))
      throw new LibvirtError(
        ErrorCode.INVALID_ARG,
        domain,
        'memory hard_limit tunable value must be lower than or equal to swap_hard_limit',
      );
    const memtune: MemTuneDef = { ...def.memtune };
    for (const name of LIMITS)
      if (limit(name) < UNLIMITED) memtune[name] = Number(limit(name));
      else delete memtune[name];
    return { ...def, memtune };
  };
}
