import { readFile } from 'node:fs/promises';
import { ipPrefix, type NetworkDef } from '@virtkit/core/conf';
import type { HostFs } from '@virtkit/core/driver';
import { inNetwork, type IpAddress, parseIp, prefixMask } from '@virtkit/core/util';
import { internalError } from '../network-errors.js';

/** An address in /proc/net/route: hexadecimal in the machine's (little) byte order. */
const swapped = (hex: string): bigint => BigInt(`0x${(hex.match(/../g) ?? []).reverse().join('')}`);

/** networkCheckRouteCollision: no part of the host's own network may become the guests'. */
export async function checkRouteCollision(def: NetworkDef, hostFs: HostFs): Promise<void> {
  const text = await readFile(hostFs.path('/proc/net/route'), 'latin1').catch(() => '');
  for (const line of text.split('\n').slice(1)) {
    const [device, destination, , , , , , mask] = line.split(/\s+/);
    if (device === undefined || destination === undefined || mask === undefined) continue;
    const [to, bits] = [swapped(destination), swapped(mask)];
    if (bits === 0n) continue;
    for (const ip of def.ip) {
      const address = parseIp(ip.address as string) as IpAddress;
      if (address.family !== 4) continue;
      const prefix = ipPrefix(ip) ?? 0;
      const other: IpAddress = { family: 4, value: to };
      const ours = inNetwork(other, address, prefix) && (prefixMask(4, prefix) & bits) === prefixMask(4, prefix);
      if (ours || (address.value & bits) === to)
        throw internalError(`Network is already in use by interface ${device}`);
    }
  }
}
