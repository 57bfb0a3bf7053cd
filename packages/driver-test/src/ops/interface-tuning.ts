import type { Bandwidth, BandwidthRate, DomainDef, InterfaceDef } from '@virtkit/core/conf';
import type { CallContext, DomainInterface, DomainRef, HypervisorDriver } from '@virtkit/core/driver';
import {
  DomainInterfaceAddressesSource,
  ErrorDomain,
  IPAddrType,
  parseIp,
  formatIp,
  type TypedParams,
  TypedParamsBuilder,
  paramValues,
  validateParams,
} from '@virtkit/core/util';
import { ipPrefix } from '@virtkit/core/conf';
import { argumentUnsupported, invalidArg } from '../errors.js';
import type { DomainObject } from '../state/domain-object.js';
import { changeOne, oneDef, requireActive } from '../state/modify.js';
import type { TestNode } from '../state/test-node.js';

const RATES = ['average', 'peak', 'burst', 'floor'] as const;
const DIRECTIONS = [
  ['inbound', RATES],
  ['outbound', RATES.slice(0, 3)],
] as const;

/** virDomainNetFind: by MAC address, or by name on the host. */
function findInterface(def: DomainDef, device: string): number {
  const mac = device.toLowerCase();
  const index = def.devices.interface.findIndex((net) => net.mac?.address === mac || net.target?.dev === device);
  if (index < 0) throw invalidArg(`'${device}' is not a known interface`, ErrorDomain.DOMAIN);
  return index;
}

const bandwidthOf = (def: DomainDef, device: string): Bandwidth | undefined =>
  (def.devices.interface[findInterface(def, device)] as InterfaceDef).bandwidth;

/** How `given` changes one direction: a rate alone without average or floor says nothing. */
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

function withBandwidth(def: DomainDef, index: number, given: ReadonlyMap<string, unknown>): DomainDef {
  const interfaces = [...def.devices.interface];
  const { bandwidth, ...net } = interfaces[index] as InterfaceDef;
  const inbound = withRate(bandwidth?.inbound, given, 'inbound');
  const outbound = withRate(bandwidth?.outbound, given, 'outbound');
  const changed: Bandwidth = { ...(inbound && { inbound }), ...(outbound && { outbound }) };
  interfaces[index] = { ...net, bandwidth: changed } as InterfaceDef;
  return { ...def, devices: { ...def.devices, interface: interfaces } };
}

/** Guest addresses without a network to take them from. */
const OWN_NETWORK = '192.168.0.';
const ADDRESSES_PER_DOMAIN = 20;

/** Guest network interfaces: bandwidth, counters, addresses. */
export function interfaceTuningOps(node: TestNode) {
  const { domains, networks } = node;

  /** Every interface of every domain gets another address: from its network's DHCP range, where it has one. */
  function addressOf(
    dom: DomainObject,
    net: InterfaceDef,
    index: number,
  ): { addr: string; prefix: number; type: number } {
    const own = { addr: `${OWN_NETWORK}${index + 1}`, prefix: 24, type: IPAddrType.IPV4 };
    if (net.type !== 'network') return own;
    const name = net.source?.network;
    const ip = name === undefined ? undefined : networks.byName(name)?.def.ip[0];
    const start = ip?.dhcp?.range[0]?.start ?? ip?.address;
    const parsed = start === undefined ? undefined : parseIp(start);
    if (ip === undefined || parsed === undefined) return own;
    const offset = ADDRESSES_PER_DOMAIN * (dom.id - 1) + index + 1;
    return {
      addr: formatIp({ ...parsed, value: parsed.value + BigInt(offset) }),
      prefix: ipPrefix(ip) || 24,
      type: parsed.family === 4 ? IPAddrType.IPV4 : IPAddrType.IPV6,
    };
  }

  return {
    domainInterfaceStats(ref: DomainRef, device: string) {
      const dom = domains.of(ref);
      requireActive(dom);
      findInterface(dom.live, device);
      const time = node.microseconds;
      const { seconds } = node;
      return {
        rxBytes: time / 10n,
        rxPackets: time / 100n,
        rxErrs: seconds,
        rxDrop: seconds / 2n,
        txBytes: time / 20n,
        txPackets: time / 110n,
        txErrs: seconds / 3n,
        txDrop: seconds / 4n,
      };
    },

    domainSetInterfaceParameters(ref: DomainRef, device: string, params: TypedParams, flags: number): void {
      validateParams(
        params,
        Object.fromEntries(
          DIRECTIONS.flatMap(([direction, rates]) => rates.map((rate) => [`${direction}.${rate}`, 'UINT' as const])),
        ),
      );
      const given = paramValues(params);
      changeOne(domains.of(ref), flags, (def) => withBandwidth(def, findInterface(def, device), given));
    },

    domainGetInterfaceParameters(ref: DomainRef, device: string, flags: number, call: CallContext): TypedParams {
      const bandwidth = call.counting ? undefined : bandwidthOf(oneDef(domains.of(ref), flags), device);
      const builder = new TypedParamsBuilder();
      for (const [direction, rates] of DIRECTIONS)
        for (const rate of rates) builder.uint(`${direction}.${rate}`, bandwidth?.[direction]?.[rate] ?? 0);
      return builder.params;
    },

    domainInterfaceAddresses(ref: DomainRef, source: number, flags: number): DomainInterface[] {
      const dom = domains.of(ref);
      if (!Object.values<number>(DomainInterfaceAddressesSource).includes(source))
        throw argumentUnsupported(`Unknown IP address data source ${source}`);
      requireActive(dom);
      return dom.live.devices.interface.map((net, i) => ({
        name: net.target?.dev ?? '',
        hwaddr: net.mac?.address ?? null,
        addrs: [addressOf(dom, net, i)],
      }));
    },
  } satisfies Partial<HypervisorDriver>;
}
