import type { DomainInterface } from '@virtkit/core/driver';
import { IPAddrType } from '@virtkit/core/util';

/** One interface of a guest, as its agent tells. */
export interface AgentInterface {
  readonly name: string;
  readonly 'hardware-address'?: string;
  readonly 'ip-addresses'?: readonly {
    readonly 'ip-address': string;
    readonly 'ip-address-type': 'ipv4' | 'ipv6';
    readonly prefix: number;
  }[];
}

/** qemuAgentGetInterfaces: addresses under other names of an interface (`eth0:1`) are those of the interface. */
export function mergeAliases(all: readonly AgentInterface[]): DomainInterface[] {
  const found = new Map<string, { name: string; hwaddr: string | null; addrs: DomainInterface['addrs'][number][] }>();
  for (const one of all) {
    const name = one.name.split(':', 1)[0] ?? one.name;
    let known = found.get(name);
    if (known === undefined) found.set(name, (known = { name, hwaddr: one['hardware-address'] ?? null, addrs: [] }));
    for (const address of one['ip-addresses'] ?? [])
      known.addrs.push({
        type: address['ip-address-type'] === 'ipv6' ? IPAddrType.IPV6 : IPAddrType.IPV4,
        addr: address['ip-address'],
        prefix: address.prefix,
      });
  }
  return [...found.values()];
}
