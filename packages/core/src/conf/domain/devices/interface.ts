import { ErrorCode, ErrorDomain, LibvirtError } from '../../../util/index.js';
import {
  attr,
  attrOr,
  child,
  childOf,
  type ConfContext,
  type ElementCodec,
  elementOf,
  type Field,
  type Fields,
  isLive,
  isStatus,
  leaf,
  mac,
  missingAttribute,
  oneOf,
  onOff,
  optList,
  part,
  req,
  str,
  uint,
  uuid,
  variants,
  type XmlNode,
  yesElse,
  yesNo,
} from '../../xml/index.js';
import { type DeviceAddress, hostAddress } from '../common/address.js';
import { around } from '../common/branches.js';
import { type RomInfo, romInfo } from '../common/device-info.js';
import {
  coalesce,
  filterRef,
  type FilterRefDef,
  type IpAddressDef,
  ipAddress,
  portOptions,
  type PortOptionsDef,
  type RouteDef,
  route,
  teaming,
  type TeamingDef,
} from '../common/net-parts.js';
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
import { type ReconnectDef, reconnect, unsaid } from '../common/storage-source.js';
import { type VirtioOptions, virtioOptions } from '../common/virtio-options.js';
import { type PortForwardDef, portForward } from '../common/port-forward.js';
import { invalidArgument, refusedAs, unsupported, wrong } from '../common/problems.js';

export interface NetDriverDef extends VirtioOptions {
  name?: 'qemu' | 'vhost' | 'kvm' | 'vfio' | 'xen';
  txmode?: 'iothread' | 'timer';
  ioeventfd?: boolean;
  event_idx?: boolean;
  queues?: number;
  rx_queue_size?: number;
  tx_queue_size?: number;
  rss?: boolean;
  rss_hash_report?: boolean;
  host?: {
    csum?: boolean;
    gso?: boolean;
    tso4?: boolean;
    tso6?: boolean;
    ecn?: boolean;
    ufo?: boolean;
    mrg_rxbuf?: boolean;
  };
  guest?: { csum?: boolean; tso4?: boolean; tso6?: boolean; ecn?: boolean; ufo?: boolean };
}

const omit = { omitEmpty: true } as const;
const driver = elementOf<NetDriverDef>(
  'driver',
  {
    name: attr(oneOf('qemu', 'vhost', 'kvm', 'vfio', 'xen')),
    txmode: attr(oneOf('iothread', 'timer')),
    ioeventfd: attr(onOff),
    event_idx: attr(onOff),
    queues: attr(uint, { unset: 0 }),
    rx_queue_size: attr(uint, { unset: 0 }),
    tx_queue_size: attr(uint, { unset: 0 }),
    rss: attr(onOff),
    rss_hash_report: attr(onOff),
    ...virtioOptions,
    host: child(
      part(
        'host',
        {
          csum: attr(onOff),
          gso: attr(onOff),
          tso4: attr(onOff),
          tso6: attr(onOff),
          ecn: attr(onOff),
          ufo: attr(onOff),
          mrg_rxbuf: attr(onOff),
        },
        omit,
      ),
    ),
    guest: child(
      part(
        'guest',
        { csum: attr(onOff), tso4: attr(onOff), tso6: attr(onOff), ecn: attr(onOff), ufo: attr(onOff) },
        omit,
      ),
    ),
  },
  omit,
);

export interface NetBackendDef {
  /** Programs that stand between QEMU and the host's network. */
  type?: 'default' | 'passt';
  tap?: string;
  vhost?: string;
  logFile?: string;
}

/** The host's end of an interface can have addresses too. */
export interface NetSourceIp {
  ip?: IpAddressDef[];
  route?: RouteDef[];
}

export interface NetSocketSource {
  address?: string;
  port: number;
  local?: { address?: string; port: number };
}

/** virDomainActualNetDef: what an interface of a network has become when the domain was started. */
export interface ActualNetDef {
  type: 'network' | 'bridge' | 'direct' | 'hostdev' | 'user' | 'vdpa';
  managed?: boolean;
  trustGuestRxFilters?: boolean;
  source?: { bridge?: string; macTableManager?: string; dev?: string; mode?: string; address?: DeviceAddress };
  class?: { id: number };
  vlan?: Vlan;
  virtualport?: VirtualPort;
  bandwidth?: Bandwidth;
  port?: PortOptionsDef;
}

/** An interface that belongs to a network says so while the domain runs, whatever it has become. */
export interface NetworkRef {
  network?: string;
  portgroup?: string;
  portid?: string;
}

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

export type NetSource =
  | { type: 'user'; source?: NetSourceIp & { dev?: string } }
  | { type: 'ethernet'; source?: NetSourceIp }
  | { type: 'null'; source?: NetSourceIp }
  | {
      type: 'vhostuser';
      source?: NetSourceIp & { type: string; path: string; mode: 'server' | 'client'; reconnect?: ReconnectDef };
    }
  | { type: 'server' | 'client' | 'mcast' | 'udp'; source?: NetSourceIp & NetSocketSource }
  | {
      type: 'network';
      source?: NetSourceIp & {
        network: string;
        portgroup?: string;
        portid?: string;
        bridge?: string;
        dev?: string;
        mode?: string;
      };
    }
  | { type: 'bridge'; source?: NetSourceIp & NetworkRef & { bridge?: string } }
  | { type: 'internal'; source?: NetSourceIp & { name: string } }
  | {
      type: 'direct';
      source?: NetSourceIp & NetworkRef & { dev: string; mode?: 'vepa' | 'private' | 'bridge' | 'passthrough' };
    }
  | { type: 'hostdev'; managed?: boolean; source?: NetSourceIp & NetworkRef & { address?: DeviceAddress } }
  | { type: 'vdpa'; source?: NetSourceIp & { dev: string } }
  | {
      type: 'vds';
      source?: NetSourceIp & { switchid: string; portid: string; portgroupid: string; connectionid: string };
    };

/** virDomainNetDef */
export type InterfaceDef = NetBody & NetSource;

const hostIp: Fields<NetSourceIp> = { ip: optList(ipAddress), route: optList(route) };
const networkRef: Fields<NetworkRef> = {
  network: attr(str).when('live'),
  portgroup: attr(str).when('live'),
  portid: attr(uuid).when('live'),
};

const actual = elementOf<ActualNetDef>('actual', {
  type: req(oneOf('network', 'bridge', 'direct', 'hostdev', 'user', 'vdpa')),
  managed: attr(yesNo),
  trustGuestRxFilters: attr(yesNo),
  source: child(
    part(
      'source',
      {
        bridge: attr(str),
        macTableManager: attr(str),
        dev: attr(str),
        mode: attr(str),
        address: child(hostAddress),
      },
      omit,
    ),
  ),
  class: child(part('class', { id: req(uint) })),
  vlan: child(vlan),
  virtualport: child(virtualPortWith({ optionalType: true })),
  bandwidth: child(bandwidth),
  port: portOptions,
});

const plainSource = child(part('source', hostIp as Required<typeof hostIp>, omit));

const socketSource = child(
  part(
    'source',
    {
      address: attr(str),
      port: req(uint, { missing: () => wrong("No <source> 'port' attribute specified with socket interface") }),
      local: child(
        part('local', {
          address: attr(str),
          port: req(uint, { missing: () => wrong("No <local> 'port' attribute specified with socket interface") }),
        }),
      ),
      ...hostIp,
    },
    omit,
  ),
);

const BRANCHES = {
  user: { source: child(part('source', { dev: attr(str), ...hostIp }, omit)) },
  ethernet: { source: plainSource },
  vhostuser: {
    source: child(
      part('source', {
        type: req(str, { missing: () => wrong("Missing required attribute 'type' in element 'source'") }),
        path: req(str, { missing: () => wrong("Missing required attribute 'path' in element 'source'") }),
        mode: req(oneOf('server', 'client')),
        reconnect: child(reconnect, unsaid),
        ...hostIp,
      }),
    ),
  },
  server: { source: socketSource },
  client: { source: socketSource },
  mcast: { source: socketSource },
  udp: { source: socketSource },
  network: {
    source: child(
      part('source', {
        network: req(str, {
          missing: () => wrong("No <source> 'network' attribute specified with <interface type='network'/>"),
        }),
        portgroup: attr(str),
        portid: attr(uuid).when('live'),
        bridge: attr(str).when('live'),
        dev: attr(str).when('live'),
        mode: attr(str).when('live'),
        ...hostIp,
      }),
    ),
  },
  bridge: {
    source: child(
      part(
        'source',
        { ...networkRef, bridge: attr(str), ...hostIp },
        {
          ...omit,
          after(model, node) {
            if (model.bridge === undefined) throw missingAttribute(node, 'bridge');
          },
        },
      ),
    ),
  },
  internal: { source: child(part('source', { name: req(str), ...hostIp })) },
  direct: {
    source: child(
      part('source', {
        ...networkRef,
        dev: req(str),
        mode: attrOr(oneOf('vepa', 'private', 'bridge', 'passthrough'), 'vepa') as never,
        ...hostIp,
      }),
    ),
  },
  hostdev: {
    driver: child(driver),
    source: child(part('source', { ...networkRef, address: child(hostAddress), ...hostIp }, omit)),
  },
  vdpa: { source: child(part('source', { dev: req(str), ...hostIp })) },
  null: { source: plainSource },
  vds: {
    source: child(
      part('source', {
        switchid: req(uuid),
        portid: req(str),
        portgroupid: req(str),
        connectionid: req(str),
        ...hostIp,
      }),
    ),
  },
};

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
  actual: child(actual).when('status'),
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
  driver: child(driver),
  backend: child(
    elementOf<NetBackendDef>(
      'backend',
      {
        type: attr(oneOf('default', 'passt'), { invalid: invalidBackend }),
        tap: attr(str),
        vhost: attr(str),
        logFile: attr(str),
      },
      omit,
    ),
  ),
  filterref: child(filterRef, { nothingWithout: 'filter' }),
  tune: child(part('tune', { sndbuf: leaf(uint) }, omit)),
  link: child(
    part('link', {
      state: attr(oneOf('up', 'down'), { ...refusedAs('unknown interface link state'), emptyIsAbsent: true }),
    }) as ElementCodec<{ state: 'up' | 'down' }>,
    { emptyIsAbsent: true },
  ),
  mtu: child(part('mtu', { size: req(uint) })),
  coalesce,
  teaming,
  ...romInfo,
};

export function invalidBackend(value: string): ReturnType<typeof wrong> {
  return wrong(`Invalid value for attribute 'type' in element 'backend': '${value}'.`);
}

/** Models libvirt has a number for; their case does not matter. */
export const NET_MODELS = [
  'netfront',
  'rtl8139',
  'virtio',
  'e1000',
  'e1000e',
  'virtio-transitional',
  'virtio-non-transitional',
  'usb-net',
  'spapr-vlan',
  'lan9118',
  'scm91c111',
  'vlance',
  'vmxnet',
  'vmxnet2',
  'vmxnet3',
  'Am79C970A',
  'Am79C973',
  '82540EM',
  '82545EM',
  '82543GC',
] as const;

const MODEL_NAMES = new Map(NET_MODELS.map((name) => [name.toLowerCase(), name]));

/** virDomainNetIsVirtioModel */
export function isVirtioNet({ model }: Pick<InterfaceDef, 'model'>): boolean {
  return model?.type === 'virtio' || model?.type === 'virtio-transitional' || model?.type === 'virtio-non-transitional';
}

const VIRTIO_OPTIONS = ['iommu', 'ats', 'packed', 'page_per_vq'] as const;

const NEED_SOURCE = new Set<InterfaceDef['type']>([
  'network',
  'bridge',
  'direct',
  'vhostuser',
  'vdpa',
  'internal',
  'vds',
]);

/** What a model or type of interface has no use for is not kept. */
function settle(net: InterfaceDef): void {
  if (net.source === undefined && NEED_SOURCE.has(net.type))
    throw wrong(`interface type='${net.type}' requires a 'source' element`);
  if ((net.mac?.address as string | undefined) === undefined) delete net.mac;
  if (net.model !== undefined) {
    const type = net.model.type as string | undefined;
    const known = MODEL_NAMES.get((type ?? '').toLowerCase());
    if (type === undefined) delete net.model;
    else if (known !== undefined) net.model.type = known;
    else if (!/^[\w.-]+$/.test(type)) throw invalidArgument('Model name contains invalid characters');
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
  const virtio = isVirtioNet(net);
  if (net.driver !== undefined) {
    if (!virtio)
      for (const key of VIRTIO_OPTIONS)
        if (net.driver[key] !== undefined)
          throw unsupported(`${key} driver option is only supported for virtio devices`);
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
  variants('type', around(BRANCHES, before, after), { fallback: 'user' }),
  { prepare: withOwnDriver, after: settle, before: asItIs },
);

/** What a driver is told is read of virtio's devices only, but for what every such device has. */
function withOwnDriver(node: XmlNode): XmlNode {
  if (node.children.every(({ name }) => name !== 'driver')) return node;
  const model = childOf(node, 'model')?.attrs.type ?? '';
  if (node.attrs.type !== 'hostdev' && /^virtio(-transitional|-non-transitional)?$/i.test(model)) return node;
  const kept: readonly string[] = node.attrs.type === 'hostdev' ? ['name', ...VIRTIO_OPTIONS] : VIRTIO_OPTIONS;
  const children = node.children.map((child) =>
    child.name === 'driver'
      ? {
          ...child,
          attrs: Object.fromEntries(Object.entries(child.attrs).filter(([key]) => kept.includes(key))),
          children: [],
        }
      : child,
  );
  return { ...node, children };
}
