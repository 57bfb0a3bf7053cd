import {
  type Bandwidth,
  type BandwidthRate,
  type DomainDef,
  type InterfaceDef,
  interfaceByName,
} from '@virtkit/core/conf';
import type { TuningOps } from '@virtkit/core/driver';
import { paramValues, TypedParamsBuilder, validateParams } from '@virtkit/core/util';
import { changeDefs, defFor, impactOf } from '../domain/impact.js';
import { configUnsupported, invalidArg, operationUnsupported } from '../errors.js';
import type { QemuHost } from '../host/qemu-host.js';
import { jobsOf } from './job.js';

const RATES = ['average', 'peak', 'burst', 'floor'] as const;
const DIRECTIONS = [
  ['inbound', RATES],
  ['outbound', RATES.slice(0, 3)],
] as const;
const KNOWN = Object.fromEntries(
  DIRECTIONS.flatMap(([direction, rates]) => rates.map((rate) => [`${direction}.${rate}`, 'UINT' as const])),
);

/** Interfaces whose packets pass through a device of the host. */
const LIMITABLE: ReadonlySet<InterfaceDef['type']> = new Set(['network', 'bridge', 'ethernet', 'direct']);

function interfaceOf(def: DomainDef, device: string): InterfaceDef {
  const found = interfaceByName(def, device);
  if (found === undefined) throw invalidArg(`'${device}' is not a known interface`);
  return found;
}

/** How `given` changes one direction: a rate alone without average or floor says nothing; an average of 0 takes all away. */
function withRate(
  current: BandwidthRate | undefined,
  given: ReadonlyMap<string, unknown>,
  direction: string,
): BandwidthRate | undefined {
  const rate: BandwidthRate = {};
  for (const name of RATES) {
    const value = given.get(`${direction}.${name}`) as number | undefined;
    if (value) rate[name] = value;
  }
  if (rate.average || rate.floor) return rate;
  return given.has(`${direction}.average`) || given.has(`${direction}.floor`) ? undefined : current;
}

function withBandwidth(def: DomainDef, device: string, given: ReadonlyMap<string, unknown>): DomainDef {
  const net = interfaceOf(def, device);
  const { bandwidth, ...rest } = net;
  const inbound = withRate(bandwidth?.inbound, given, 'inbound');
  const outbound = withRate(bandwidth?.outbound, given, 'outbound');
  const limits: Bandwidth = { ...(inbound && { inbound }), ...(outbound && { outbound }) };
  const changed = { ...rest, ...(inbound || outbound ? { bandwidth: limits } : {}) } as InterfaceDef;
  const interfaces = def.devices.interface.map((one) => (one === net ? changed : one));
  return { ...def, devices: { ...def.devices, interface: interfaces } };
}

/** virDomainSetInterfaceParameters: how fast interfaces of guests may be. */
export const interfaceOps = (host: QemuHost) => {
  const { find, job } = jobsOf(host);
  return {
    domainSetInterfaceParameters: (ref, device, params, flags, call) => {
      validateParams(params, KNOWN);
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
        const given = paramValues(params);
        await changeDefs(host, domain, impact, (def) => withBandwidth(def, device, given));
      });
    },

    domainGetInterfaceParameters: (ref, device, flags, { counting }) => {
      const def = defFor(find(ref), flags);
      const bandwidth = counting === true ? undefined : interfaceOf(def, device).bandwidth;
      const builder = new TypedParamsBuilder();
      for (const [direction, rates] of DIRECTIONS)
        for (const rate of rates) builder.uint(`${direction}.${rate}`, bandwidth?.[direction]?.[rate] ?? 0);
      return builder.params;
    },
  } satisfies TuningOps;
};
