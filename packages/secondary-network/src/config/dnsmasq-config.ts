import {
  hasOwnBridge,
  ipPrefix,
  type DhcpHost,
  type DhcpLease,
  type DnsSrv,
  type NetworkDef,
  type NetworkIp,
} from '@virtkit/core/conf';
import { type IpAddress, networkOf, parseIp } from '@virtkit/core/util';

/** Where dnsmasq finds what belongs to one network. */
export interface DnsmasqFiles {
  readonly conf: string;
  readonly hosts: string;
  readonly addnHosts: string;
}

/** What dnsmasq is told about one network: its configuration and the files that go with it. */
export interface DnsmasqConfig {
  readonly conf: string;
  /** Fixed addresses; '' for none. */
  readonly hosts: string;
  /** Names for `<dns><host>`. */
  readonly addnHosts: string;
}

const warning = (name: string): string => `##WARNING:  THIS IS AN AUTO-GENERATED FILE. CHANGES TO IT ARE LIKELY TO BE
##OVERWRITTEN AND LOST.  Changes to this configuration should be made using:
##    virsh net-edit ${name}
## or other application using the libvirt API.
##
## dnsmasq conf file created by libvirt
`;

const family = (ip: NetworkIp): 4 | 6 => (ip.family === 'ipv6' ? 6 : 4);
const addressOf = (ip: NetworkIp): IpAddress => parseIp(ip.address as string) as IpAddress;

/** networkDnsmasqConfContents */
export function dnsmasqConfig(def: NetworkDef, files: DnsmasqFiles): DnsmasqConfig {
  const lines: string[] = ['strict-order', ...dnsLines(def)];
  lines.push('except-interface=lo', 'bind-dynamic', `interface=${def.bridge?.name ?? ''}`);
  // No way out: neither a default route, by DHCP or advertised, nor questions to the host's own name servers.
  if (def.forward === undefined || def.forward.mode === 'none')
    lines.push('dhcp-option=3', 'no-resolv', 'ra-param=*,0,0');
  lines.push(...recordLines(def));
  const hosts = def.ip.flatMap((ip) => (ip.dhcp?.host ?? []).map((host) => hostLine(host, family(ip))));
  lines.push(...dhcpLines(def, files));
  lines.push(...advertisementLines(def));
  lines.push(...(def.dnsmasq?.option ?? []));
  return {
    conf: warning(def.name) + lines.map((line) => `${line}\n`).join(''),
    hosts: hosts.map((line) => `${line}\n`).join(''),
    addnHosts: (def.dns?.host ?? []).map(({ ip, hostname = [] }) => `${ip}\t${hostname.join('\t')}\n`).join(''),
  };
}

function dnsLines({ dns, domain, ip: ips }: NetworkDef): string[] {
  const lines: string[] = [];
  const enabled = dns?.enable !== false;
  if (!enabled) lines.push('port=0');
  const forwarders = dns?.forwarder ?? [];
  for (const one of forwarders)
    lines.push(one.domain ? `server=/${one.domain}/${one.addr ?? '#'}` : `server=${one.addr}`);
  if (forwarders.some((one) => !one.domain)) lines.push('no-resolv');
  if (domain?.name) {
    if (domain.localOnly === true) lines.push(`local=/${domain.name}/`);
    lines.push(`domain=${domain.name}`, 'expand-hosts');
  }
  if (enabled) for (const ip of ips) if (ip.localPtr === true) lines.push(`local=/${reverseZone(ip)}/`);
  // Names without a dot go nowhere else when they are not to be forwarded.
  if (dns?.forwardPlainNames === false) lines.push('domain-needed', 'local=//');
  return lines;
}

/** The zone of an address' network, backwards. */
function reverseZone(ip: NetworkIp): string {
  const prefix = ipPrefix(ip) ?? 0;
  const { value, family: kind } = networkOf(addressOf(ip), prefix);
  const [bits, digits, radix, zone] =
    kind === 4 ? ([8, 4, 10, 'in-addr.arpa'] as const) : ([4, 32, 16, 'ip6.arpa'] as const);
  const parts = Array.from({ length: digits }, (_, i) =>
    Number((value >> BigInt((digits - 1 - i) * bits)) & BigInt((1 << bits) - 1)).toString(radix),
  );
  return [...parts.slice(0, Math.floor(prefix / bits)).reverse(), zone].join('.');
}

function recordLines({ dns }: NetworkDef): string[] {
  const lines: string[] = [];
  for (const { name, value } of dns?.txt ?? []) lines.push(`txt-record=${name},${value}`);
  for (const srv of dns?.srv ?? []) {
    const owner = `_${srv.service}._${srv.protocol}${srv.domain === undefined ? '' : `.${srv.domain}`}`;
    lines.push(`srv-host=${[owner, ...targetParts(srv)].join(',')}`);
  }
  return lines;
}

/** What follows by position: what is left out before something that is there takes its default. */
function targetParts({ target, port, priority, weight }: DnsSrv): string[] {
  // No target, or the root: there is decidedly no such service (RFC 2782).
  if (target === undefined || target === '.') return [];
  const all = [port ?? '1', priority ?? '0', weight ?? '0'];
  const given = weight !== undefined ? 3 : priority !== undefined ? 2 : port !== undefined ? 1 : 0;
  return [target, ...all.slice(0, given)];
}

const UNITS = { seconds: 's', minutes: 'm', hours: 'h' } as const;

const leaseText = (lease: DhcpLease | undefined): string =>
  lease === undefined ? '' : lease.expiry === 0 ? ',infinite' : `,${lease.expiry}${UNITS[lease.unit ?? 'minutes']}`;

function hostLine(host: DhcpHost, kind: 4 | 6): string {
  const who =
    kind === 6
      ? host.id === undefined
        ? undefined
        : `id:${host.id}`
      : (host.mac ?? (host.id === undefined ? undefined : `id:${host.id}`));
  const address = kind === 6 ? `[${host.ip}]` : host.ip;
  const parts = kind === 6 ? [who, host.name, address] : [who, address, host.name];
  return (
    (who === undefined ? [host.name, address] : parts.filter((part) => part !== undefined)).join(',') +
    leaseText(host.lease)
  );
}

/** The one `<ip>` of each family that has DHCP, and what else goes with it. */
function dhcpLines(def: NetworkDef, files: DnsmasqFiles): string[] {
  const lines: string[] = [];
  const v4 = def.ip.find((ip) => family(ip) === 4 && hasDhcp(ip));
  const v6 = def.ip.find((ip) => family(ip) === 6 && hasDhcp(ip));
  const tftp = def.ip.find((ip) => family(ip) === 4 && ip.tftp?.root !== undefined);
  const order = [v4 ?? tftp, v6].filter((ip) => ip !== undefined);
  let leases = 0n;
  for (const ip of order) {
    if (ip.tftp?.root !== undefined) lines.push('enable-tftp', `tftp-root=${ip.tftp.root}`);
    if (!hasDhcp(ip)) continue;
    const { range: ranges = [], host: hosts = [], bootp } = ip.dhcp ?? {};
    const prefix = ipPrefix(ip) ?? 0;
    for (const range of ranges) {
      const size = family(ip) === 4 ? netmaskText(ip) : String(prefix);
      lines.push(`dhcp-range=${range.start},${range.end},${size}${leaseText(range.lease)}`);
      leases +=
        (parseIp(range.end as string) as IpAddress).value - (parseIp(range.start as string) as IpAddress).value + 1n;
    }
    if (ranges.length === 0 && hosts.length > 0)
      lines.push(`dhcp-range=${ip.address},static${family(ip) === 6 ? `,${prefix}` : ''}`);
    if (family(ip) === 4) {
      lines.push('dhcp-no-override', 'dhcp-authoritative');
      if (bootp?.file !== undefined)
        lines.push(`dhcp-boot=${bootp.file}${bootp.server === undefined ? '' : `,,${bootp.server}`}`);
    }
  }
  if (leases > 0n) lines.push(`dhcp-lease-max=${leases}`);
  if (v4 !== undefined || v6 !== undefined) lines.push(`dhcp-hostsfile=${files.hosts}`);
  if (def.dns?.enable !== false) lines.push(`addn-hosts=${files.addnHosts}`);
  if (def.mtu?.size) lines.push(`dhcp-option=option:mtu,${def.mtu.size}`);
  return lines;
}

const hasDhcp = ({ dhcp }: NetworkIp): boolean => dhcp !== undefined && dhcp.range.length + dhcp.host.length > 0;

function netmaskText(ip: NetworkIp): string {
  if (ip.netmask !== undefined) return ip.netmask;
  const prefix = ipPrefix(ip) ?? 0;
  const mask = prefix === 0 ? 0 : (0xffffffff << (32 - prefix)) >>> 0;
  return [24, 16, 8, 0].map((shift) => (mask >>> shift) & 255).join('.');
}

/** Router advertisements: dnsmasq gives them where it serves IPv6. */
function advertisementLines(def: NetworkDef): string[] {
  const v6 = def.ip.filter((ip) => family(ip) === 6);
  if (v6.length === 0) return [];
  return v6.some(hasDhcp) ? ['enable-ra'] : v6.map((ip) => `dhcp-range=${ip.address},ra-only`);
}

/** Whether there is anything for dnsmasq to do. */
export const needsDnsmasq = (def: NetworkDef): boolean =>
  hasOwnBridge(def) && def.ip.length > 0 && !(def.dns?.enable === false && !def.ip.some(hasDhcp));
