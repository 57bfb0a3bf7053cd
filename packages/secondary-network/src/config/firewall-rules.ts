import { ipPrefix, type NetworkDef, type NetworkIp } from '@virtkit/core/conf';
import { formatIp, type IpAddress, networkOf, parseIp } from '@virtkit/core/util';

export type FirewallLayer = 'ipv4' | 'ipv6';

/** In the order in which they are changed. */
export const FIREWALL_TABLES = ['filter', 'nat', 'mangle'] as const;
export type FirewallTable = (typeof FIREWALL_TABLES)[number];

/** One rule of a chain of libvirt's own. */
export interface FirewallRule {
  readonly layer: FirewallLayer;
  readonly table: FirewallTable;
  readonly chain: string;
  readonly args: readonly string[];
}

/** A chain of libvirt's own, and the one it is called from. */
export interface FirewallChain {
  readonly table: FirewallTable;
  readonly name: string;
  readonly parent: string;
}

export const FIREWALL_CHAINS: readonly FirewallChain[] = [
  { table: 'filter', name: 'LIBVIRT_INP', parent: 'INPUT' },
  { table: 'filter', name: 'LIBVIRT_OUT', parent: 'OUTPUT' },
  { table: 'filter', name: 'LIBVIRT_FWO', parent: 'FORWARD' },
  { table: 'filter', name: 'LIBVIRT_FWI', parent: 'FORWARD' },
  { table: 'filter', name: 'LIBVIRT_FWX', parent: 'FORWARD' },
  { table: 'nat', name: 'LIBVIRT_PRT', parent: 'POSTROUTING' },
  { table: 'mangle', name: 'LIBVIRT_PRT', parent: 'POSTROUTING' },
];

export const PROGRAM: Readonly<Record<FirewallLayer, string>> = { ipv4: 'iptables', ipv6: 'ip6tables' };

/** The arguments that put a rule in, or take it out again. */
export const ruleArgs = ({ table, chain, args }: FirewallRule, action: 'insert' | 'delete'): string[] => [
  '-w',
  '--table',
  table,
  `--${action}`,
  chain,
  ...args,
];

const layerOf = (ip: NetworkIp): FirewallLayer => (ip.family === 'ipv6' ? 'ipv6' : 'ipv4');

/** networkAddFirewallRules: in the order in which they are put in, each before those that are there. */
export function firewallRules(def: NetworkDef): FirewallRule[] {
  const mode = def.forward?.mode ?? 'none';
  if (mode === 'open') return [];
  const bridge = def.bridge?.name ?? '';
  const rules = [...generalRules(def, bridge)];
  for (const ip of def.ip) rules.push(...addressRules(def, ip, bridge));
  if (def.ip.some((ip) => layerOf(ip) === 'ipv4' && hasDhcp(ip))) rules.push(checksum(bridge));
  return rules;
}

const hasDhcp = ({ dhcp }: NetworkIp): boolean => dhcp !== undefined && dhcp.range.length + dhcp.host.length > 0;

const filter = (layer: FirewallLayer, chain: string, ...args: string[]): FirewallRule => ({
  layer,
  table: 'filter',
  chain,
  args,
});

const port = (
  layer: FirewallLayer,
  chain: 'INP' | 'OUT',
  bridge: string,
  protocol: string,
  number: number,
): FirewallRule =>
  filter(
    layer,
    `LIBVIRT_${chain}`,
    chain === 'INP' ? '--in-interface' : '--out-interface',
    bridge,
    '--protocol',
    protocol,
    '--destination-port',
    String(number),
    '--jump',
    'ACCEPT',
  );

const both = (layer: FirewallLayer, chain: 'INP' | 'OUT', bridge: string, number: number): FirewallRule[] =>
  ['tcp', 'udp'].map((protocol) => port(layer, chain, bridge, protocol, number));

/** Guests talk among themselves; nothing else passes unless a rule above says so. */
const isolation = (layer: FirewallLayer, bridge: string): FirewallRule[] => [
  filter(layer, 'LIBVIRT_FWO', '--in-interface', bridge, '--jump', 'REJECT'),
  filter(layer, 'LIBVIRT_FWI', '--out-interface', bridge, '--jump', 'REJECT'),
  filter(layer, 'LIBVIRT_FWX', '--in-interface', bridge, '--out-interface', bridge, '--jump', 'ACCEPT'),
];

function generalRules(def: NetworkDef, bridge: string): FirewallRule[] {
  const rules = [
    ...both('ipv4', 'INP', bridge, 67),
    ...both('ipv4', 'OUT', bridge, 68),
    ...both('ipv4', 'INP', bridge, 53),
    ...both('ipv4', 'OUT', bridge, 53),
  ];
  if (def.ip.some((ip) => layerOf(ip) === 'ipv4' && ip.tftp?.root !== undefined))
    rules.push(port('ipv4', 'INP', bridge, 'udp', 69), port('ipv4', 'OUT', bridge, 'udp', 69));
  rules.push(...isolation('ipv4', bridge));
  const v6 = def.ip.some((ip) => layerOf(ip) === 'ipv6');
  if (!v6 && def.ipv6 !== true) return rules;
  rules.push(...isolation('ipv6', bridge));
  if (v6)
    rules.push(
      ...both('ipv6', 'INP', bridge, 53),
      ...both('ipv6', 'OUT', bridge, 53),
      port('ipv6', 'INP', bridge, 'udp', 547),
      port('ipv6', 'OUT', bridge, 'udp', 546),
    );
  return rules;
}

/** What forwarding of one network's traffic needs. */
function addressRules(def: NetworkDef, ip: NetworkIp, bridge: string): FirewallRule[] {
  const mode = def.forward?.mode ?? 'none';
  const layer = layerOf(ip);
  const net = networkText(ip);
  const device = def.forward?.dev;
  const nat = def.forward?.nat?.[0];
  if (mode === 'route' || (mode === 'nat' && layer === 'ipv6' && nat?.ipv6 !== true))
    return forwarding(layer, net, bridge, device);
  if (mode !== 'nat') return [];
  return masquerading(def, ip, layer, net, bridge);
}

const out = (device: string | undefined): string[] => (device === undefined ? [] : ['--out-interface', device]);
const into = (device: string | undefined): string[] => (device === undefined ? [] : ['--in-interface', device]);

/** What leaves a network by `device`, and what comes back to it; `answers` limits the latter. */
const forwarding = (
  layer: FirewallLayer,
  net: string,
  bridge: string,
  device: string | undefined,
  ...answers: string[]
): FirewallRule[] => [
  filter(layer, 'LIBVIRT_FWO', '--source', net, '--in-interface', bridge, ...out(device), '--jump', 'ACCEPT'),
  filter(
    layer,
    'LIBVIRT_FWI',
    ...['--destination', net, ...into(device), '--out-interface', bridge, ...answers, '--jump', 'ACCEPT'],
  ),
];

/** networkAddMasqueradingFirewallRules */
function masquerading(
  def: NetworkDef,
  ip: NetworkIp,
  layer: FirewallLayer,
  net: string,
  bridge: string,
): FirewallRule[] {
  const device = def.forward?.dev;
  const nat = def.forward?.nat?.[0];
  const address = nat?.address[0];
  const ports = nat?.port[0];
  const range = `${ports?.start ?? '1024'}-${ports?.end ?? '65535'}`;
  const snat = layer === 'ipv4' && address?.start !== undefined;
  const target = (protocol: string | undefined): string[] => {
    if (snat) {
      const to = address.end === undefined ? `${address.start}` : `${address.start}-${address.end}`;
      return ['--jump', 'SNAT', '--to-source', protocol === undefined ? to : `${to}:${range}`];
    }
    return ['--jump', 'MASQUERADE', ...(protocol === undefined ? [] : ['--to-ports', range])];
  };
  const masquerade = (protocol: string | undefined): FirewallRule => ({
    layer,
    table: 'nat',
    chain: 'LIBVIRT_PRT',
    args: [
      '--source',
      net,
      ...(protocol === undefined ? [] : ['-p', protocol]),
      '!',
      '--destination',
      net,
      ...out(device),
      ...target(protocol),
    ],
  });
  const keep = (destination: string): FirewallRule => ({
    layer,
    table: 'nat',
    chain: 'LIBVIRT_PRT',
    args: [...out(device), '--source', net, '--destination', destination, '--jump', 'RETURN'],
  });
  return [
    ...forwarding(layer, net, bridge, device, '--match', 'conntrack', '--ctstate', 'ESTABLISHED,RELATED'),
    masquerade(undefined),
    masquerade('udp'),
    masquerade('tcp'),
    ...(layer === 'ipv4' ? [keep('255.255.255.255/32'), keep('224.0.0.0/24')] : [keep('ff02::/16')]),
  ];
}

/** DHCP clients of old dislike packets whose checksum was left to the hardware. */
const checksum = (bridge: string): FirewallRule => ({
  layer: 'ipv4',
  table: 'mangle',
  chain: 'LIBVIRT_PRT',
  args: [
    '--out-interface',
    bridge,
    '--protocol',
    'udp',
    '--destination-port',
    '68',
    '--jump',
    'CHECKSUM',
    '--checksum-fill',
  ],
});

function networkText(ip: NetworkIp): string {
  const prefix = ipPrefix(ip) ?? 0;
  return `${formatIp(networkOf(parseIp(ip.address as string) as IpAddress, prefix))}/${prefix}`;
}
