import {
  type Bandwidth,
  formatPci,
  hasOwnBridge,
  type NetworkDef,
  type NetworkPortDef,
  type PortGroup,
} from '@virtkit/core/conf';
import { internalError, invalid, invalidArg, operationUnsupported } from './network-errors.js';
import type { Network } from './network.js';
import { floorsOf } from './runtime/traffic.js';

/** The network's definition with one port more or less counted. */
function counted(def: NetworkDef, port: NetworkPortDef, change: 1 | -1): NetworkDef {
  const next = structuredClone(def);
  next.connections = Math.max(0, (next.connections ?? 0) + change);
  if (next.connections === 0) delete next.connections;
  const { plug } = port;
  if (plug?.type === 'direct')
    bump(
      next.forward?.interface?.find(({ dev }) => dev === plug.dev),
      change,
    );
  if (plug?.type === 'hostdev-pci')
    bump(
      next.forward?.address?.find((one) => sameAddress(one, plug.address)),
      change,
    );
  return next;
}

function bump(device: { connections?: number } | undefined, change: number): void {
  if (device === undefined) return;
  device.connections = Math.max(0, (device.connections ?? 0) + change);
  if (device.connections === 0) delete device.connections;
}

type Address = { domain?: number; bus?: number; slot?: number; function?: number };
const addressText = (address: Address): string => formatPci({ domain: 0, bus: 0, slot: 0, function: 0, ...address });
const sameAddress = (a: Address, b: Address): boolean => addressText(a) === addressText(b);

/** networkAllocatePort or, for one that was there before, networkNotifyPort; the port is completed. */
export function plugPort(network: Network, port: NetworkPortDef, reclaim: boolean): NetworkDef {
  const plugged = port.plug !== undefined && port.plug.type !== 'none';
  if (reclaim && !plugged) throw invalidArg('Port reclaim requested but plug type is none');
  if (!reclaim && plugged) throw invalidArg('Port reclaim not requested but plug type is not none');
  if (reclaim) checkReclaimed(network.def, port);
  else {
    allocate(network.def, port);
    checkOvercommitment(network, port);
  }
  return counted(network.def, port, 1);
}

export const unplugPort = (network: Network, port: NetworkPortDef): NetworkDef => counted(network.def, port, -1);

function checkReclaimed(def: NetworkDef, port: NetworkPortDef): void {
  const { plug } = port;
  const interfaces = def.forward?.interface ?? [];
  if (plug?.type === 'direct') {
    if (interfaces.length === 0)
      throw internalError(`network '${def.name}' uses a direct mode, but has no forward dev and no interface pool`);
    const found = interfaces.find(({ dev }) => dev === plug.dev);
    if (found === undefined)
      throw internalError(`network '${def.name}' doesn't have dev='${plug.dev}' in use by network port`);
    if ((found.connections ?? 0) > 0 && plug.mode === 'passthrough')
      throw internalError(`network '${def.name}' claims dev='${plug.dev}' is already in use by a different port`);
  } else if (plug?.type === 'hostdev-pci') {
    const found = (def.forward?.address ?? []).find((one) => sameAddress(one, plug.address));
    if (found === undefined)
      throw internalError(
        `network '${def.name}' doesn't have PCI device ${addressText(plug.address)} in use by network port`,
      );
    if ((found.connections ?? 0) > 0)
      throw internalError(
        `network '${def.name}' claims the PCI device ${addressText(plug.address)} is already in use by a different port`,
      );
  }
}

/** The named group; the default one where no name is given. A name that does not exist means no group at all. */
function groupOf(def: NetworkDef, name: string | undefined): PortGroup | undefined {
  return def.portgroup.find((group) => (name === undefined ? group.default === true : group.name === name));
}

/** networkPortSetParameters' port: with other limits. */
export function relimited(network: Network, port: NetworkPortDef, bandwidth: Bandwidth): NetworkPortDef {
  const { bandwidth: before } = port;
  const next: NetworkPortDef = { ...port, bandwidth };
  checkFloor(network.def, next);
  checkOvercommitment(network, next, before?.classID ? (before.inbound?.floor ?? 0) : 0);
  return next;
}

function allocate(def: NetworkDef, port: NetworkPortDef): void {
  const group = groupOf(def, port.group);
  inherit(port, 'bandwidth', group?.bandwidth);
  inherit(port, 'vlan', group?.vlan ?? def.vlan);
  inherit(port, 'virtualport', group?.virtualport ?? def.virtualport);
  const trust = group?.trustGuestRxFilters ?? def.trustGuestRxFilters;
  if (port.rxfilters?.trustGuest === undefined && trust !== undefined) port.rxfilters = { trustGuest: trust };
  if (port.port === undefined && def.port?.isolated !== undefined) port.port = def.port;
  checkFloor(def, port);
  const mode = def.forward?.mode ?? 'none';
  const { name: bridge, macTableManager } = def.bridge ?? {};
  const table = macTableManager === undefined ? {} : { macTableManager };
  if (hasOwnBridge(def)) port.plug = { type: 'network', bridge: bridge ?? '', ...table };
  else if (mode === 'bridge' && bridge !== undefined) port.plug = { type: 'bridge', bridge, ...table };
  else if (mode === 'hostdev') {
    const device = choose(def, def.forward?.address, true);
    const { domain = 0, bus = 0, slot = 0, function: fn = 0 } = device;
    port.plug = {
      type: 'hostdev-pci',
      managed: def.forward?.managed === true,
      ...driverOf(def),
      address: { domain, bus, slot, function: fn },
    };
  } else {
    const exclusive = mode === 'passthrough' || (mode === 'private' && port.virtualport?.type === '802.1Qbh');
    const device = choose(def, def.forward?.interface, exclusive);
    port.plug = { type: 'direct', dev: device.dev ?? '', mode: mode as 'bridge' };
  }
}

function driverOf(def: NetworkDef): { driver?: { name: 'kvm' | 'vfio' | 'xen' } } {
  const name = def.forward?.driver?.name;
  return name === 'kvm' || name === 'vfio' || name === 'xen' ? { driver: { name } } : {};
}

function inherit<K extends 'bandwidth' | 'vlan' | 'virtualport'>(
  port: NetworkPortDef,
  key: K,
  value: NetworkPortDef[K],
): void {
  if (port[key] === undefined && value !== undefined) port[key] = structuredClone(value);
}

/** The least used device of the pool, or the first that nobody uses. */
function choose<T extends { connections?: number }>(
  def: NetworkDef,
  pool: readonly T[] | undefined,
  exclusive: boolean,
): T {
  if (pool === undefined || pool.length === 0)
    throw internalError(`network '${def.name}' uses a direct mode, but has no forward dev and no interface pool`);
  const found = exclusive
    ? pool.find((one) => (one.connections ?? 0) === 0)
    : pool.reduce((best, one) => ((one.connections ?? 0) < (best.connections ?? 0) ? one : best));
  if (found === undefined)
    throw internalError(`network '${def.name}' requires exclusive access to interfaces, but none are available`);
  return found;
}

/** A floor is a promise that only a network which shapes its own bridge can keep. */
function checkFloor(def: NetworkDef, port: NetworkPortDef): void {
  if (!port.bandwidth?.inbound?.floor) return;
  const mac = port.mac.address;
  if (!hasOwnBridge(def))
    throw operationUnsupported(
      `Invalid use of 'floor' on interface with MAC address ${mac} - 'floor' is only supported for interface type 'network' with forward type 'nat', 'route', 'open' or none`,
    );
  if (def.bandwidth?.inbound === undefined)
    throw operationUnsupported(
      `Invalid use of 'floor' on interface with MAC address ${mac} - network '${def.name}' has no inbound QoS set`,
    );
}

/** networkCheckBandwidth's other half: more than the network has cannot be promised. */
function checkOvercommitment(network: Network, { bandwidth, mac }: NetworkPortDef, given = 0): void {
  const { inbound } = network.def.bandwidth ?? {};
  if (!bandwidth?.inbound?.floor || inbound === undefined) return;
  const [what, most] = inbound.peak ? (['peak', inbound.peak] as const) : (['average', inbound.average ?? 0] as const);
  const floors = floorsOf(network) - given + bandwidth.inbound.floor;
  if (floors > most)
    throw invalid(
      `Cannot plug '${mac.address}' interface into '${network.def.bridge?.name}' because new combined inbound floor=${floors} would overcommit ${what}=${most} on network '${network.name}'`,
    );
}

/** A port may be used only while its network runs. */
export function requireActive(network: Network): void {
  if (!network.active) throw invalid(`network '${network.name}' is not active`);
}
