import { PERF_EVENTS } from '@virtkit/core/conf';
import type { DomainRef, HypervisorDriver } from '@virtkit/core/driver';
import { type TypedParams, TypedParamsBuilder, paramValues, validateParams } from '@virtkit/core/util';
import { changeOne, oneDef } from '../state/modify.js';
import type { TestNode } from '../state/test-node.js';

/** Performance events: which are counted. */
export function perfOps({ domains }: TestNode) {
  return {
    domainGetPerfEvents(ref: DomainRef, flags: number): TypedParams {
      const set = new Map(oneDef(domains.of(ref), flags).perf?.event.map(({ name, enabled }) => [name, enabled]));
      const builder = new TypedParamsBuilder();
      for (const name of PERF_EVENTS) builder.boolean(name, set.get(name) ?? false);
      return builder.params;
    },

    domainSetPerfEvents(ref: DomainRef, params: TypedParams, flags: number): void {
      validateParams(params, Object.fromEntries(PERF_EVENTS.map((name) => [name, 'BOOLEAN' as const])));
      const given = paramValues(params);
      changeOne(domains.of(ref), flags, (def) => {
        const set = new Map(def.perf?.event.map(({ name, enabled }) => [name, enabled]));
        for (const [name, enabled] of given) set.set(name, enabled as boolean);
        const event = PERF_EVENTS.flatMap((name) => (set.has(name) ? [{ name, enabled: set.get(name) === true }] : []));
        return { ...def, perf: { event } };
      });
    },
  } satisfies Partial<HypervisorDriver>;
}
