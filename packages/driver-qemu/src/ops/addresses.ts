import { readFileSync } from 'node:fs';
import type { Connect, Network } from '@virtkit/core';
import type { InterfaceDef } from '@virtkit/core/conf';
import type { CallContext, DomainInterface, DomainRef, GuestOps } from '@virtkit/core/driver';
import {
  DomainGetHostnameFlags,
  DomainInterfaceAddressesSource as Source,
  ErrorCode,
  ErrorDomain,
  IPAddrType,
  LibvirtError,
} from '@virtkit/core/util';
import { AgentCommandError, agentCommand } from '../agent/index.js';
import { type AgentInterface, mergeAliases } from '../agent/interfaces.js';
import type { QemuDomain } from '../domain/domain.js';
import { argumentUnsupported } from '../errors.js';
import type { QemuHost } from '../host/qemu-host.js';
import { jobsOf } from './job.js';

/** The host's table of neighbours: addresses by hardware address. */
function neighbours(): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const line of readFileSync('/proc/net/arp', 'latin1').split('\n').slice(1)) {
    const [ip, , flags, mac] = line.trim().split(/\s+/);
    // 0x0: asked for, but nobody answered.
    if (ip === undefined || mac === undefined || flags === '0x0') continue;
    found.set(mac, [...(found.get(mac) ?? []), ip]);
  }
  return found;
}

/** What guests are called, and their addresses. */
export const addressOps = (host: QemuHost) => {
  const { find } = jobsOf(host);

  async function withNetworks<T>(work: (connect: Connect) => Promise<T>): Promise<T> {
    const connect = await host.networks();
    try {
      return await work(connect);
    } finally {
      await connect.close();
    }
  }

  /** Addresses that a network has given to one of its interfaces. */
  async function leasesOf(connect: Connect, net: InterfaceDef) {
    if (net.type !== 'network' || net.source === undefined || net.mac === undefined) return [];
    const network: Network = await connect.networkLookupByName(net.source.network);
    return network.getDHCPLeases(net.mac.address);
  }

  const fromLeases = ({ def }: QemuDomain): Promise<DomainInterface[]> => {
    const nets = def.devices.interface.filter(({ type }) => type === 'network');
    if (nets.length === 0) return Promise.resolve([]);
    return withNetworks(async (connect) => {
      const found: DomainInterface[] = [];
      for (const net of nets) {
        const leases = await leasesOf(connect, net);
        if (leases.length === 0) continue;
        found.push({
          name: net.target?.dev ?? '',
          hwaddr: net.mac?.address ?? null,
          addrs: leases.map(({ type, ipaddr, prefix }) => ({ type, addr: ipaddr, prefix })),
        });
      }
      return found;
    });
  };

  function fromNeighbours({ def }: QemuDomain): DomainInterface[] {
    const known = neighbours();
    return def.devices.interface.flatMap((net) => {
      const ips = known.get(net.mac?.address ?? '') ?? [];
      if (ips.length === 0) return [];
      const addrs = ips.map((addr) => ({ type: IPAddrType.IPV4, addr, prefix: 0 }));
      return [{ name: net.target?.dev ?? '', hwaddr: net.mac?.address ?? null, addrs }];
    });
  }

  async function addresses(ref: DomainRef, source: number, call: CallContext): Promise<readonly DomainInterface[]> {
    const domain = find(ref);
    void domain.running;
    switch (source) {
      case Source.LEASE:
        return fromLeases(domain);
      case Source.AGENT:
        return mergeAliases(
          await agentCommand<AgentInterface[]>(domain, 'guest-network-get-interfaces', undefined, call),
        );
      case Source.ARP:
        return fromNeighbours(domain);
      default:
        throw argumentUnsupported(`Unknown IP address data source ${source}`);
    }
  }

  async function fromAgent(domain: QemuDomain, call: CallContext): Promise<string | undefined> {
    try {
      return (await agentCommand<{ 'host-name': string }>(domain, 'guest-get-host-name', undefined, call))['host-name'];
    } catch (error) {
      if (AgentCommandError.behind(error)?.isUnsupported === true) return undefined;
      throw error;
    }
  }

  const leasedName = ({ def }: QemuDomain): Promise<string | undefined> => {
    const nets = def.devices.interface.filter(({ type }) => type === 'network');
    if (nets.length === 0) return Promise.resolve(undefined);
    return withNetworks(async (connect) => {
      for (const net of nets) for (const { hostname } of await leasesOf(connect, net)) if (hostname) return hostname;
      return undefined;
    });
  };

  return {
    domainInterfaceAddresses: (ref, source, _flags, call) => addresses(ref, source, call),

    domainGetHostname: async (ref, flags, call) => {
      const domain = find(ref);
      void domain.running;
      const leases = (flags & DomainGetHostnameFlags.LEASE) !== 0;
      const name = leases ? await leasedName(domain) : await fromAgent(domain, call);
      if (name !== undefined) return name;
      throw new LibvirtError(ErrorCode.NO_HOSTNAME, ErrorDomain.QEMU, `no hostname found for domain ${domain.name}`);
    },
  } satisfies GuestOps;
};
