import { writeFile } from 'node:fs/promises';
import { ipPrefix, type NetworkDef } from '@virtkit/core/conf';
import type { CommandRunner } from '@virtkit/core/driver';
import { broadcastOf, formatIp, type IpAddress, parseIp } from '@virtkit/core/util';

const sysctl = (name: string, value: string): Promise<void> => writeFile(`/proc/sys/net/${name}`, value);

/** Of a route that names none, also where the kernel would take another. */
const DEFAULT_METRIC = 1;

/** A network's own bridge, by way of `ip`. */
export class Bridge {
  constructor(private readonly commands: CommandRunner) {}

  /** One call, in which each step that fails ends all. */
  async #batch(lines: readonly (readonly string[])[]): Promise<void> {
    await this.commands.run('ip', ['-batch', '-'], { input: lines.map((words) => `${words.join(' ')}\n`).join('') });
  }

  /** The bridge itself, still down. */
  async create(def: NetworkDef): Promise<void> {
    const { name = '', stp = true, delay = 0 } = def.bridge ?? {};
    const address = def.mac?.address === undefined ? [] : ['address', def.mac.address];
    const mtu = def.mtu?.size ? ['mtu', String(def.mtu.size)] : [];
    const traits = ['forward_delay', String(delay * 100), ...(stp ? ['stp_state', '1'] : [])];
    await this.commands.run('ip', ['link', 'add', 'name', name, ...address, ...mtu, 'type', 'bridge', ...traits]);
    try {
      await this.#limitIpv6(def, name);
    } catch (error) {
      await this.remove(def);
      throw error;
    }
  }

  async #limitIpv6(def: NetworkDef, name: string): Promise<void> {
    const v6 = def.ip.some(({ family }) => family === 'ipv6');
    const set = (key: string, value: string): Promise<void> =>
      sysctl(`ipv6/conf/${name}/${key}`, value).catch((error: NodeJS.ErrnoException) => {
        // A kernel without IPv6 has nothing to switch off.
        if (error.code !== 'ENOENT') throw error;
      });
    if (!v6) await set('disable_ipv6', '1');
    await set('accept_ra', '0');
    await set('autoconf', '0');
  }

  /** Addresses, routes, and what forwarding needs. */
  async bringUp(def: NetworkDef): Promise<void> {
    const name = def.bridge?.name ?? '';
    const addresses = def.ip.map((ip) => {
      const address = parseIp(ip.address as string) as IpAddress;
      const prefix = ipPrefix(ip) ?? 0;
      const broadcast = address.family === 4 ? ['broadcast', formatIp(broadcastOf(address, prefix))] : [];
      return ['addr', 'add', `${ip.address}/${prefix}`, ...broadcast, 'dev', name];
    });
    const routes = def.route.map((route) => {
      const to = parseIp(route.address as string) as IpAddress;
      const prefix = to.value === 0n ? 0 : (ipPrefix(route) ?? 0);
      const via = ['via', route.gateway ?? '', 'dev', name, 'metric', String(route.metric || DEFAULT_METRIC)];
      return ['route', 'add', `${route.address}/${prefix}`, ...via];
    });
    await this.#batch([...addresses, ['link', 'set', name, 'up'], ...routes]);
    const mode = def.forward?.mode;
    if (mode !== 'nat' && mode !== 'route') return;
    if (def.ip.some(({ family }) => family !== 'ipv6')) await sysctl('ipv4/ip_forward', '1');
    if (def.ip.some(({ family }) => family === 'ipv6')) await sysctl('ipv6/conf/all/forwarding', '1');
  }

  async remove(def: NetworkDef): Promise<void> {
    const name = def.bridge?.name ?? '';
    await this.commands.run('ip', ['link', 'delete', name, 'type', 'bridge']).catch(() => undefined);
  }
}
