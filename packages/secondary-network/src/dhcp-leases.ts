import { readFile } from 'node:fs/promises';
import { ipPrefix, type NetworkDef } from '@virtkit/core/conf';
import type { NetworkDHCPLease } from '@virtkit/core/driver';
import { inNetwork, type IpAddress, IPAddrType, parseIp } from '@virtkit/core/util';

/** networkGetDHCPLeases: what dnsmasq has given out and is still good, from its lease file. */
export async function dhcpLeases(def: NetworkDef, file: string, mac?: string): Promise<NetworkDHCPLease[]> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const now = Date.now() / 1000;
  const leases: NetworkDHCPLease[] = [];
  for (const line of text.split('\n')) {
    const [expiry, hardware, address, hostname, client] = line.split(' ');
    const ip = address === undefined ? undefined : parseIp(address);
    if (ip === undefined || hardware === undefined) continue;
    const expirytime = Number(expiry);
    if (expirytime !== 0 && expirytime < now) continue;
    const v6 = ip.family === 6;
    if (mac !== undefined && (v6 || hardware.toLowerCase() !== mac.toLowerCase())) continue;
    leases.push({
      iface: def.bridge?.name ?? '',
      expirytime: BigInt(expirytime),
      type: v6 ? IPAddrType.IPV6 : IPAddrType.IPV4,
      mac: v6 ? null : hardware,
      iaid: v6 ? hardware : null,
      ipaddr: address as string,
      prefix: prefixOf(def, ip),
      hostname: hostname === undefined || hostname === '*' ? null : hostname,
      clientid: client === undefined || client === '*' ? null : client,
    });
  }
  return leases;
}

function prefixOf(def: NetworkDef, ip: IpAddress): number {
  for (const own of def.ip) {
    const prefix = ipPrefix(own);
    const address = parseIp(own.address as string) as IpAddress;
    if (prefix !== undefined && inNetwork(ip, address, prefix)) return prefix;
  }
  return ip.family === 6 ? 64 : 24;
}
