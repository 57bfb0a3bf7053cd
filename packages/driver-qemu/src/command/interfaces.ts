import type { DomainDef, InterfaceDef, NetDriverDef } from '@virtkit/core/conf';
import { configUnsupported } from '../errors.js';
import { isArm } from '../machine.js';
import type { ArgList, Props } from './arg-list.js';
import { bootIndexOf, type BootIndexes } from './boot.js';
import { addChardev, fileOf } from './chardevs.js';
import type { CommandContext } from './context.js';
import { addressProps } from './device-address.js';
import { virtioProps } from './virtio.js';

const isVirtio = ({ model }: InterfaceDef): boolean =>
  model?.type === 'virtio' || model?.type === 'virtio-transitional' || model?.type === 'virtio-non-transitional';

/** Interfaces with a tap device behind them. */
const TAP = new Set(['bridge', 'network', 'direct', 'ethernet']);

/** qemuBuildNetCommandLine */
export function addInterfaces(args: ArgList, def: DomainDef, context: CommandContext, boot: BootIndexes): void {
  for (const net of def.devices.interface) {
    // A host device in disguise is one: see the host devices.
    if (net.type === 'hostdev') continue;
    const alias = net.alias?.name ?? '';
    const queues = net.driver?.queues ?? 1;
    checkConnection(net, queues);
    const vhost = usesVhost(def, net);
    const netdev = netdevProps(args, def, context, net, alias, queues, vhost);
    args.netdev({ ...netdev, id: `host${alias}` });
    if (isOnBoard(def, net))
      args.add(
        '-net',
        `nic,macaddr=${net.mac?.address ?? ''},netdev=host${alias},model=${net.model?.type ?? 'rtl8139'},id=${alias}`,
      );
    else args.device(nicProps(args, def, net, alias, queues, boot));
  }
}

const MULTIQUEUE = new Set<InterfaceDef['type']>(['network', 'bridge', 'direct', 'ethernet', 'vhostuser', 'vdpa']);

/** !qemuDomainSupportsNicdev: what is soldered to an ARM board cannot be added to it. */
const isOnBoard = (def: DomainDef, net: InterfaceDef): boolean =>
  isArm(def) && !isVirtio(net) && net.address?.type !== 'pci' && net.model?.type !== 'usb-net';

/** qemuDomainValidateActualNetDef: what the host's side of an interface can do. */
function checkConnection(net: InterfaceDef, queues: number): void {
  const who = `interface ${net.mac?.address ?? ''}`;
  if (queues > 1 && !MULTIQUEUE.has(net.type))
    throw configUnsupported(`${who} - multiqueue is not supported for network interfaces of type ${net.type}`);
  if (net.vlan === undefined || net.type === 'network') return;
  const tagged =
    (net.type === 'direct' && net.source?.mode === 'passthrough') ||
    (net.type === 'bridge' && net.virtualport?.type === 'openvswitch');
  if (!tagged) throw configUnsupported(`${who} - vlan tag not supported for this connection type`);
}

function usesVhost(def: DomainDef, net: InterfaceDef): boolean {
  if (!isVirtio(net) || net.driver?.name === 'qemu') return false;
  // Only a real processor's guests can share their memory with the host's kernel.
  return net.driver?.name === 'vhost' || (def.type === 'kvm' && TAP.has(net.type));
}

function netdevProps(
  args: ArgList,
  def: DomainDef,
  context: CommandContext,
  net: InterfaceDef,
  alias: string,
  queues: number,
  vhost: boolean,
): Props {
  switch (net.type) {
    case 'user': {
      if (net.backend !== undefined && net.backend.type === 'passt')
        return { type: 'stream', addr: { type: 'unix', path: context.passtSocket(alias) }, server: false };
      const ip = net.ip ?? [];
      const of = (family: string) =>
        ip.find((one) => (one.family ?? (one.address.includes(':') ? 'ipv6' : 'ipv4')) === family);
      const four = of('ipv4');
      const six = of('ipv6');
      return {
        type: 'user',
        ...(four !== undefined && { net: four.prefix === undefined ? four.address : `${four.address}/${four.prefix}` }),
        ...(six !== undefined && {
          'ipv6-prefix': six.address,
          ...(six.prefix !== undefined && { 'ipv6-prefixlen': six.prefix }),
        }),
      };
    }
    case 'server':
      return { type: 'socket', listen: `${net.source?.address ?? ''}:${net.source?.port ?? 0}` };
    case 'client':
      return { type: 'socket', connect: `${net.source?.address ?? ''}:${net.source?.port ?? 0}` };
    case 'mcast':
      return { type: 'socket', mcast: `${net.source?.address ?? ''}:${net.source?.port ?? 0}` };
    case 'udp':
      return {
        type: 'socket',
        udp: `${net.source?.address ?? ''}:${net.source?.port ?? 0}`,
        localaddr: `${net.source?.local?.address ?? ''}:${net.source?.local?.port ?? 0}`,
      };
    case 'vhostuser': {
      const source = net.source;
      addChardev(
        args,
        context,
        {
          type: 'unix',
          source: {
            path: source?.path ?? '',
            mode: source?.mode === 'server' ? 'bind' : 'connect',
            ...(source?.reconnect !== undefined && { reconnect: source.reconnect }),
          },
        },
        `char${alias}`,
        { purpose: alias },
      );
      return { type: 'vhost-user', chardev: `char${alias}`, ...(queues > 1 && { queues }) };
    }
    case 'vdpa':
      return {
        type: 'vhost-vdpa',
        vhostdev: fileOf(args, context, `${alias}-vdpa`, net.source?.dev ?? ''),
        ...(queues > 1 && { queues }),
      };
    case 'null':
      throw configUnsupported("network device type 'null' is not supported by this hypervisor");
    case 'bridge':
    case 'network':
    case 'direct':
    case 'ethernet': {
      const sndbuf = net.tune?.sndbuf !== undefined && { sndbuf: net.tune.sndbuf };
      const tap = context.tap(net, queues, vhost);
      if ('ifname' in tap)
        return {
          type: 'tap',
          ifname: tap.ifname,
          script: 'no',
          downscript: 'no',
          ...(queues > 1 && { queues }),
          ...(tap.vhost && { vhost: true }),
          ...sndbuf,
        };
      const { fds, vhostFds } = tap;
      const list = (values: readonly string[], one: string, many: string): Props =>
        values.length === 0 ? {} : values.length === 1 ? { [one]: values[0] } : { [many]: values.join(':') };
      return {
        type: 'tap',
        ...list(fds, 'fd', 'fds'),
        ...(vhostFds.length > 0 && { vhost: true, ...list(vhostFds, 'vhostfd', 'vhostfds') }),
        ...sndbuf,
      };
    }
    default:
      throw configUnsupported(`network device type '${net.type}' is not supported by this hypervisor`);
  }
}

function offloads({ host = {}, guest = {} }: NetDriverDef): Props {
  return {
    csum: host.csum,
    gso: host.gso,
    host_tso4: host.tso4,
    host_tso6: host.tso6,
    host_ecn: host.ecn,
    host_ufo: host.ufo,
    mrg_rxbuf: host.mrg_rxbuf,
    guest_csum: guest.csum,
    guest_tso4: guest.tso4,
    guest_tso6: guest.tso6,
    guest_ecn: guest.ecn,
    guest_ufo: guest.ufo,
  };
}

/** The guest's network card. */
function nicProps(
  args: ArgList,
  def: DomainDef,
  net: InterfaceDef,
  alias: string,
  queues: number,
  boot: BootIndexes,
): Props {
  const { driver = {}, model } = net;
  const virtio = isVirtio(net);
  const head: Props = virtio
    ? virtioProps('virtio-net', net, args.caps, model?.type, driver)
    : { driver: model?.type ?? 'rtl8139' };
  const multi = virtio && queues > 1;
  const pci = net.address?.type === 'pci';
  return {
    ...head,
    ...(virtio && driver.txmode !== undefined && { tx: driver.txmode === 'iothread' ? 'bh' : 'timer' }),
    ...(virtio && driver.ioeventfd !== undefined && { ioeventfd: driver.ioeventfd }),
    ...(virtio && driver.event_idx !== undefined && { event_idx: driver.event_idx }),
    ...(virtio && offloads(driver)),
    ...(multi && { mq: true, ...(pci && { vectors: 2 * queues + 2 }) }),
    ...(virtio && driver.rx_queue_size !== undefined && { rx_queue_size: driver.rx_queue_size }),
    ...(virtio && driver.tx_queue_size !== undefined && { tx_queue_size: driver.tx_queue_size }),
    ...(virtio && driver.rss !== undefined && { rss: driver.rss }),
    ...(virtio && driver.rss_hash_report !== undefined && { hash: driver.rss_hash_report }),
    ...(virtio && net.mtu !== undefined && { host_mtu: net.mtu.size }),
    ...(virtio && net.teaming?.type === 'persistent' && { failover: true }),
    netdev: `host${alias}`,
    id: alias,
    mac: net.mac?.address,
    ...bootIndexOf(boot, net),
    ...addressProps(def, net),
    ...rom(net),
  };
}

export function rom({ rom: given }: { rom?: { enabled?: boolean; bar?: boolean; file?: string } }): Props {
  if (given === undefined) return {};
  if (given.enabled === false) return { romfile: '' };
  return {
    ...(given.bar !== undefined && { rombar: given.bar ? 1 : 0 }),
    ...(given.file !== undefined && { romfile: given.file }),
  };
}
