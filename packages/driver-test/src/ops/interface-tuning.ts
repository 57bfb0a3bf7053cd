import {
  type DomainDef,
  interfaceByName,
  interfaceChange,
  type InterfaceDef,
  interfaceParams,
  ipPrefix,
} from '@virtkit/core/conf';
import type { CallContext, DomainInterface, DomainRef, HypervisorDriver } from '@virtkit/core/driver';
import {
  DomainInterfaceAddressesSource,
  ErrorDomain,
  IPAddrType,
  parseIp,
  formatIp,
  type TypedParams,
} from '@virtkit/core/util';
import { argumentUnsupported, invalidArg } from '../errors.js';
import type { DomainObject } from '../state/domain-object.js';
import { changeOne, oneDef, requireActive } from '../state/modify.js';
import type { TestNode } from '../state/test-node.js';

/** virDomainNetFind: by name on the host, or by MAC address. */
function findInterface(def: DomainDef, device: string): InterfaceDef {
  const found = interfaceByName(def, device);
  if (found === undefined) throw invalidArg(`'${device}' is not a known interface`, ErrorDomain.DOMAIN);
  return found;
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
      const change = interfaceChange(params);
      changeOne(domains.of(ref), flags, (def) => change(def, findInterface(def, device)));
    },

    domainGetInterfaceParameters(ref: DomainRef, device: string, flags: number, call: CallContext): TypedParams {
      if (call.counting) return interfaceParams(undefined);
      return interfaceParams(findInterface(oneDef(domains.of(ref), flags), device).bandwidth);
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
