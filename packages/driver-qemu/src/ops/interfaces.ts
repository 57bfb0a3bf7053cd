import {
  type DomainDef,
  interfaceByName,
  interfaceChange,
  type InterfaceDef,
  interfaceParams,
} from '@virtkit/core/conf';
import type { TuningOps } from '@virtkit/core/driver';
import { changeDefs, defFor, impactOf } from '../domain/impact.js';
import { configUnsupported, invalidArg, operationUnsupported } from '../errors.js';
import type { QemuHost } from '../host/qemu-host.js';
import { jobsOf } from './job.js';

/** Interfaces whose packets pass through a device of the host. */
const LIMITABLE: ReadonlySet<InterfaceDef['type']> = new Set(['network', 'bridge', 'ethernet', 'direct']);

function interfaceOf(def: DomainDef, device: string): InterfaceDef {
  const found = interfaceByName(def, device);
  if (found === undefined) throw invalidArg(`'${device}' is not a known interface`);
  return found;
}

/** virDomainSetInterfaceParameters: how fast interfaces of guests may be. */
export const interfaceOps = (host: QemuHost) => {
  const { find, job } = jobsOf(host);
  return {
    domainSetInterfaceParameters: (ref, device, params, flags, call) => {
      const change = interfaceChange(params);
      return job('domainSetInterfaceParameters', ref, call, async (domain) => {
        const impact = impactOf(domain, flags);
        for (const def of [...(impact.live ? [domain.def] : []), ...(impact.config ? [domain.persistentDef] : [])]) {
          const { type } = interfaceOf(def, device);
          if (!LIMITABLE.has(type))
            throw configUnsupported(`setting bandwidth on interfaces of type '${type}' is not implemented yet`);
        }
        if (impact.live)
          throw operationUnsupported(
            `interfaces of domain '${domain.name}' cannot be limited while it runs: change its definition (VIR_DOMAIN_AFFECT_CONFIG)`,
          );
        await changeDefs(host, domain, impact, (def) => change(def, interfaceOf(def, device)));
      });
    },

    domainGetInterfaceParameters: (ref, device, flags, { counting }) => {
      const def = defFor(find(ref), flags);
      return interfaceParams(counting === true ? undefined : interfaceOf(def, device).bandwidth);
    },
  } satisfies TuningOps;
};
