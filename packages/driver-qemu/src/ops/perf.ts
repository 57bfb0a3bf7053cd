import { PERF_EVENTS } from '@virtkit/core/conf';
import type { TuningOps } from '@virtkit/core/driver';
import { ErrorDomain, LibvirtError, paramValues, TypedParamsBuilder, validateParams } from '@virtkit/core/util';
import { changeDefs, defFor, impactOf } from '../domain/impact.js';
import type { QemuHost } from '../host/qemu-host.js';
import { jobsOf } from './job.js';

/** Counters of the host's processors for single guests: kept in definitions; Node.js has no call that would open them. */
export const perfOps = (host: QemuHost) => {
  const { find, job } = jobsOf(host);
  return {
    domainGetPerfEvents: (ref, flags) => {
      const domain = find(ref);
      const { perf } = defFor(domain, flags);
      const { config } = impactOf(domain, flags);
      const set = new Map(perf?.event.map(({ name, enabled }) => [name, enabled]));
      const builder = new TypedParamsBuilder();
      // What runs has none open, whatever its definition asks for.
      for (const name of PERF_EVENTS) builder.boolean(name, config && set.get(name) === true);
      return builder.params;
    },

    domainSetPerfEvents: (ref, params, flags, call) => {
      validateParams(params, Object.fromEntries(PERF_EVENTS.map((name) => [name, 'BOOLEAN' as const])));
      return job('domainSetPerfEvents', ref, call, async (domain) => {
        const impact = impactOf(domain, flags);
        const given = paramValues(params);
        if (impact.live)
          for (const [name, enabled] of given)
            if (enabled === true)
              throw LibvirtError.system(ErrorDomain.NONE, `unable to open host cpu perf event for ${name}`, {
                errno: 38,
                message: 'Function not implemented',
              });
        await changeDefs(host, domain, impact, (def) => {
          const set = new Map(def.perf?.event.map(({ name, enabled }) => [name, enabled]));
          for (const [name, enabled] of given) set.set(name, enabled === true);
          const event = PERF_EVENTS.flatMap((name) =>
            set.has(name) ? [{ name, enabled: set.get(name) === true }] : [],
          );
          return { ...def, perf: { event } };
        });
      });
    },
  } satisfies TuningOps;
};
