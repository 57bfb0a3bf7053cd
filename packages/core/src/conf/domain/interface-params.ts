import { paramValues, type TypedParams, TypedParamsBuilder, validateParams } from '../../util/index.js';
import type { Bandwidth, BandwidthRate } from '../network/index.js';
import type { InterfaceDef } from './devices/index.js';
import type { DomainDef } from './domain-def.js';

const RATES = ['average', 'peak', 'burst', 'floor'] as const;
/** What may be said of each direction: only what comes in can be promised a floor. */
const DIRECTIONS = [
  ['inbound', RATES],
  ['outbound', RATES.slice(0, 3)],
] as const;
const FIELDS = Object.fromEntries(
  DIRECTIONS.flatMap(([direction, rates]) => rates.map((rate) => [`${direction}.${rate}`, 'UINT' as const])),
);

/** virDomainGetInterfaceParameters of an interface: rates in KiB/s, bursts in KiB, 0 without a limit. */
export function interfaceParams(bandwidth: Bandwidth | undefined): TypedParams {
  const builder = new TypedParamsBuilder();
  for (const [direction, rates] of DIRECTIONS)
    for (const rate of rates) builder.uint(`${direction}.${rate}`, bandwidth?.[direction]?.[rate] ?? 0);
  return builder.params;
}

/**
 * virDomainSetInterfaceParameters: what makes a definition one whose interface `net` has these limits; directions not named
 * stay. Raises ARGUMENT_UNSUPPORTED or INVALID_ARG at once for wrong parameters.
 */
export function interfaceChange(params: TypedParams): (def: DomainDef, net: InterfaceDef) => DomainDef {
  validateParams(params, FIELDS);
  const given = paramValues(params);
  return (def, net) => {
    const { bandwidth, ...rest } = net;
    const inbound = withRate(bandwidth?.inbound, given, 'inbound');
    const outbound = withRate(bandwidth?.outbound, given, 'outbound');
    const limits: Bandwidth = { ...(inbound && { inbound }), ...(outbound && { outbound }) };
    const changed = { ...rest, ...(inbound || outbound ? { bandwidth: limits } : {}) } as InterfaceDef;
    const interfaces = def.devices.interface.map((one) => (one === net ? changed : one));
    return { ...def, devices: { ...def.devices, interface: interfaces } };
  };
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
