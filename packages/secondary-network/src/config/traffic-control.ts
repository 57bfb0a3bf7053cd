import type { Bandwidth, BandwidthRate } from '@virtkit/core/conf';

/** Arguments of one call of `tc`. */
export type TrafficCommand = readonly string[];

/** The class of what has none of its own; 0 and 1 are the root's. */
const DEFAULT_CLASS = 2;
/** The first class that a port can have. */
export const FIRST_PORT_CLASS = 3;
const MTU = 1500;

const kbps = (rate: number): string => `${rate}kbps`;

/** virNetDevBandwidthCmdAddOptimalQuantum: bytes at a time, as many as a rate needs. */
const quantum = ({ average = 0 }: BandwidthRate): string[] => [
  'quantum',
  String(Math.floor((average * 1024) / 8 / MTU) || 1),
];

/** virNetDevBandwidthClear; what is not there is no fault. */
export const clearLimits = (device: string): TrafficCommand[] => [
  ['qdisc', 'del', 'dev', device, 'root'],
  ['qdisc', 'del', 'dev', device, 'ingress'],
];

/** virNetDevBandwidthSet for a network's bridge, on which all that goes in to guests goes out, and the other way round. */
export function limitBridge(device: string, { inbound, outbound }: Bandwidth): TrafficCommand[] {
  return [
    ...(inbound === undefined ? [] : shape(device, inbound)),
    ...(outbound === undefined ? [] : police(device, outbound)),
  ];
}

function shape(device: string, rate: BandwidthRate): TrafficCommand[] {
  const { average = 0, peak, burst } = rate;
  const add = (what: string, ...args: string[]): TrafficCommand => [what, 'add', 'dev', device, ...args];
  const most = kbps(peak ?? average);
  const own = `1:${DEFAULT_CLASS}`;
  return [
    add('qdisc', 'root', 'handle', '1:', 'htb', 'default', String(DEFAULT_CLASS)),
    add('class', 'parent', '1:', 'classid', '1:1', 'htb', 'rate', kbps(average), 'ceil', most, ...quantum(rate)),
    add(
      'class',
      ...['parent', '1:1', 'classid', own, 'htb', 'rate', kbps(average)],
      ...(peak ? ['ceil', kbps(peak)] : []),
      ...(burst ? ['burst', `${burst}kb`] : []),
      ...quantum(rate),
    ),
    add('qdisc', 'parent', own, 'handle', `${DEFAULT_CLASS}:`, 'sfq', 'perturb', '10'),
    add('filter', 'parent', '1:0', 'protocol', 'all', 'prio', '1', 'handle', '1', 'fw', 'flowid', '1'),
  ];
}

function police(device: string, { average = 0, burst }: BandwidthRate): TrafficCommand[] {
  const match = ['protocol', 'all', 'u32', 'match', 'u32', '0', '0'];
  const limit = ['rate', kbps(average), 'burst', `${burst || average}kb`, 'mtu', '64kb', 'drop'];
  return [
    ['qdisc', 'add', 'dev', device, 'ingress'],
    ['filter', 'add', 'dev', device, 'parent', 'ffff:', ...match, 'police', ...limit, 'flowid', ':1'],
  ];
}

/** What a port with a floor of its own has on its network's bridge. */
export interface PortClass {
  readonly device: string;
  readonly id: number;
  readonly mac: string;
  /** The port's own limits. */
  readonly inbound: BandwidthRate;
  /** The network's. */
  readonly network: BandwidthRate;
}

const filterHandle = (id: number): string => `800::${(0x800 + id).toString(16)}`;

/** virNetDevBandwidthPlug: a class that always gets its floor. */
export function addPortClass({ device, id, mac, inbound, network }: PortClass): TrafficCommand[] {
  const hex = id.toString(16);
  const bytes = mac.replaceAll(':', '');
  return [
    [
      ...['class', 'add', 'dev', device, 'parent', '1:1', 'classid', `1:${hex}`, 'htb'],
      ...['rate', kbps(inbound.floor ?? 0), 'ceil', kbps(mostOf(network)), ...quantum(inbound)],
    ],
    ['qdisc', 'add', 'dev', device, 'parent', `1:${hex}`, 'handle', `${hex}:`, 'sfq', 'perturb', '10'],
    [
      ...['filter', 'add', 'dev', device, 'protocol', 'ip', 'prio', '2', 'handle', filterHandle(id), 'u32'],
      ...['match', 'u16', '0x0800', '0xffff', 'at', '-2'],
      ...['match', 'u32', `0x${bytes.slice(4)}`, '0xffffffff', 'at', '-12'],
      ...['match', 'u16', `0x${bytes.slice(0, 4)}`, '0xffff', 'at', '-14'],
      ...['flowid', `1:${hex}`],
    ],
  ];
}

/** virNetDevBandwidthUnplug */
export function removePortClass(device: string, id: number): TrafficCommand[] {
  const hex = id.toString(16);
  return [
    ['qdisc', 'del', 'dev', device, 'handle', `${hex}:`],
    ['filter', 'del', 'dev', device, 'prio', '2', 'handle', filterHandle(id), 'u32'],
    ['class', 'del', 'dev', device, 'classid', `1:${hex}`],
  ];
}

/** virNetDevBandwidthUpdateRate: what a class always gets, of all that the network has. */
export function changeClass(device: string, id: number, network: BandwidthRate, rate: number): TrafficCommand {
  const limits = ['rate', kbps(rate), 'ceil', kbps(mostOf(network)), ...quantum(network)];
  return ['class', 'change', 'dev', device, 'classid', `1:${id.toString(16)}`, 'htb', ...limits];
}

/** What the floors of all ports leave over for everybody. */
export const shareRest = (device: string, network: BandwidthRate, floors: number): TrafficCommand =>
  changeClass(device, DEFAULT_CLASS, network, mostOf(network) - floors);

const mostOf = ({ peak, average }: BandwidthRate): number => peak || average || 0;
