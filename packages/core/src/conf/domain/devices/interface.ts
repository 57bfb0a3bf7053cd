import { ErrorCode, ErrorDomain, LibvirtError } from '../../../util/index.js';
import {
  type Bandwidth,
  bandwidth,
  type BandwidthContext,
  checkComplete,
  type VirtualPort,
  virtualPortWith,
  type Vlan,
  vlan,
} from '../../network/index.js';
import {
  attr,
  child,
  type ConfContext,
  type ElementCodec,
  elementOf,
  type Field,
  type Fields,
  isLive,
  isStatus,
  leaf,
  mac,
  oneOf,
  optList,
  part,
  str,
  uint,
  variants,
  yesElse,
  yesNo,
} from '../../xml/index.js';
import { around } from '../common/branches.js';
import { type RomInfo, romInfo } from '../common/device-info.js';
import {
  coalesce,
  filterRef,
  type FilterRefDef,
  ipAddress,
  type IpAddressDef,
  portOptions,
  type PortOptionsDef,
  route,
  type RouteDef,
  teaming,
  type TeamingDef,
} from '../common/net-parts.js';
import { omit } from '../common/omit.js';
import { portForward, type PortForwardDef } from '../common/port-forward.js';
import { invalidArgument, refusedAs, wrong } from '../common/problems.js';
import { type ActualNetDef, actualNet } from './interface/actual-net.js';
import { type NetBackendDef, netBackend } from './interface/net-backend.js';
import { type NetDriverDef, netDriver, withOwnDriver } from './interface/net-driver.js';
import { isVirtioNet, knownNetModel } from './interface/net-models.js';
import { type NetSource, netSources } from './interface/net-source.js';

interface NetBody extends RomInfo {
  actual?: ActualNetDef;
  trustGuestRxFilters?: boolean;
  mac?: { address: string; type?: 'generated' | 'static'; check?: boolean };
  vlan?: Vlan;
  virtualport?: VirtualPort;
  bandwidth?: Bandwidth;
  port?: PortOptionsDef;
  ip?: IpAddressDef[];
  route?: RouteDef[];
  portForward?: PortForwardDef[];
  script?: { path: string };
  downscript?: { path: string };
  backenddomain?: { name: string };
  target?: { dev?: string; managed?: boolean };
  guest?: { dev?: string; actual?: string };
  model?: { type: string };
  driver?: NetDriverDef;
  backend?: NetBackendDef;
  filterref?: FilterRefDef;
  tune?: { sndbuf?: number };
  link?: { state: 'up' | 'down' };
  mtu?: { size: number };
  coalesce?: { rx?: { frames?: { max?: number } } };
  teaming?: TeamingDef;
}

/** virDomainNetDef */
export type InterfaceDef = NetBody & NetSource;

const badMac = { invalid: (value: string) => wrong(`unable to parse mac address '${value}'`) };

/** A guaranteed rate is allowed where the host shapes it; which types do, is checked with the network. */
const netBandwidth: ElementCodec<Bandwidth> = {
  ...bandwidth,
  decode: (node, context) =>
    bandwidth.decode(node, Object.assign({}, context, { bandwidth: { floor: true } }) as BandwidthContext),
};

const before: Partial<Fields<NetBody>> & object = {
  managed: attr(yesElse),
  trustGuestRxFilters: attr(yesNo),
  mac: child(part('mac', { address: attr(mac, badMac), type: attr(oneOf('generated', 'static')), check: attr(yesNo) })),
} as object;

/** An element of which one attribute says everything: without it nothing is said. */
const named = <K extends string>(name: string, key: K): Field<Record<K, string>, true> =>
  child(part(name, { [key]: attr(str, { emptyIsAbsent: true }) }) as unknown as ElementCodec<Record<K, string>>, {
    emptyIsAbsent: true,
  });

const after: Partial<Fields<NetBody>> = {
  actual: child(actualNet).when('status'),
  vlan: child(vlan),
  virtualport: child(virtualPortWith({ optionalType: true, generate: true })),
  bandwidth: child(netBandwidth),
  port: portOptions,
  ip: optList(ipAddress),
  route: optList(route),
  portForward: optList(portForward),
  script: named('script', 'path'),
  downscript: named('downscript', 'path'),
  backenddomain: named('backenddomain', 'name'),
  target: child(part('target', { dev: attr(str), managed: attr(yesNo) }, omit)),
  guest: child(part('guest', { dev: attr(str, { unset: '' }), actual: attr(str) }, omit)),
  model: child(part('model', { type: attr(str, { unset: '' }) })) as never,
  driver: child(netDriver),
  backend: child(netBackend),
  filterref: child(filterRef, { nothingWithout: 'filter' }),
  tune: child(part('tune', { sndbuf: leaf(uint) }, omit)),
  link: child(
    part('link', {
      state: attr(oneOf('up', 'down'), { ...refusedAs('unknown interface link state'), emptyIsAbsent: true }),
    }) as ElementCodec<{ state: 'up' | 'down' }>,
    { emptyIsAbsent: true },
  ),
  mtu: child(part('mtu', { size: attr(uint, { unset: 0, emptyIsAbsent: true }) }) as ElementCodec<{ size: number }>, {
    emptyIsAbsent: true,
  }),
  coalesce,
  teaming,
  ...romInfo,
};

const NEED_SOURCE = new Set<InterfaceDef['type']>([
  'network',
  'bridge',
  'direct',
  'vhostuser',
  'vdpa',
  'internal',
  'vds',
  'server',
  'client',
  'mcast',
  'udp',
]);

/** What a model or type of interface has no use for is not kept. */
function settle(net: InterfaceDef): void {
  if (net.source === undefined && NEED_SOURCE.has(net.type))
    throw wrong(`interface type='${net.type}' requires a 'source' element`);
  // Only a program of one's own can be told by which of the host's interfaces to go.
  if (net.type === 'user' && net.backend?.type !== 'passt') delete net.source?.dev;
  if (net.type === 'hostdev' && net.source?.address === undefined) throw wrong('missing source address type');
  if ((net.mac?.address as string | undefined) === undefined) delete net.mac;
  if (net.model !== undefined) {
    const type = net.model.type as string | undefined;
    const known = knownNetModel(type ?? '');
    if (type === undefined) delete net.model;
    else if (known !== undefined) net.model.type = known;
    else if (!/^[\w-]+$/.test(type)) throw invalidArgument('Model name contains invalid characters');
  }
  if (net.type !== 'hostdev' || net.managed === false) delete (net as { managed?: boolean }).managed;
  if (net.virtualport !== undefined && net.type !== 'network')
    checkComplete(net.virtualport.type, net.virtualport.parameters ?? {});
  if (net.type !== 'network' && net.bandwidth?.inbound?.floor)
    throw new LibvirtError(
      ErrorCode.CONFIG_UNSUPPORTED,
      ErrorDomain.NONE,
      'floor attribute is not supported for this config',
    );
  if (net.type === 'user' && net.backend?.type !== 'passt') delete net.source?.dev;
  const virtio = isVirtioNet(net);
  if (net.driver !== undefined) {
    if (Object.keys(net.driver).length === 0) delete net.driver;
    else if (net.driver.queues === 1) delete net.driver.queues;
  }
  if (!virtio && net.type !== 'hostdev' && net.backend !== undefined) delete net.backend.vhost;
  if (net.type !== 'ethernet' && net.type !== 'network' && net.type !== 'bridge') delete net.filterref;
}

/** While the domain runs, an interface of a network is shown as what it has become. */
function asItIs(net: InterfaceDef, context: ConfContext): InterfaceDef {
  const { actual: now } = net;
  if (now === undefined || now.type === 'network' || !isLive(context) || isStatus(context)) return net;
  const { type, source, managed, ...parts } = now;
  const { actual: _actual, vlan: _vlan, virtualport: _port, bandwidth: _rates, ...own } = net;
  return {
    ...own,
    type,
    ...(managed !== undefined && { managed }),
    source: { ...net.source, ...source },
    ...parts,
  } as InterfaceDef;
}

/** virDomainNetDef */
export const networkInterface: ElementCodec<InterfaceDef> = elementOf<InterfaceDef>(
  'interface',
  variants('type', around(netSources, before, after), { fallback: 'user' }),
  { prepare: withOwnDriver, after: settle, before: asItIs },
);
