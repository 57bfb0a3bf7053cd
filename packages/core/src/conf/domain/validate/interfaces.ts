import { isIP } from 'node:net';
import { ErrorCode, ErrorDomain, LibvirtError } from '../../../util/index.js';
import type { IpAddressDef, RouteDef } from '../common/net-parts.js';
import { internal, invalidArgument, unsupported, wrong } from '../common/problems.js';
import { checkRoute } from '../../network/index.js';
import type { InterfaceDef } from '../devices/interface.js';
import { VIRTIO_OPTIONS } from '../devices/interface/net-driver.js';
import { isVirtioNet } from '../devices/interface/net-models.js';
import type { DomainDef } from '../domain-def.js';

/** What host devices say about the network. */
export function checkInterfaces(def: DomainDef): void {
  for (const hostdev of def.devices.hostdev) {
    if (hostdev.type === 'net') checkIps(hostdev.ip, hostdev.route, 'Domain hostdev device');
  }
}

/** virDomainNetDefValidate */
export function checkInterface(net: InterfaceDef): void {
  const { type, teaming, virtualport } = net;
  if (!isVirtioNet(net))
    for (const key of VIRTIO_OPTIONS)
      if (net.driver?.[key] !== undefined)
        throw unsupported(`${key} driver option is only supported for virtio devices`);
  if (type === 'vhostuser') checkVhostUser(net);
  if (net.target?.managed === false && type !== 'ethernet')
    throw unsupported(`unmanaged target dev is not supported on interfaces of type '${type}'`);
  checkIps(net.ip, net.route, 'guest interface');
  if (type !== 'ethernet' && (net.source?.ip !== undefined || net.source?.route !== undefined))
    throw unsupported(
      `Invalid attempt to set network interface host-side IP route and/or address info on interface of type '${type}'. This is only supported on interfaces of type 'ethernet'`,
    );
  checkIps(net.source?.ip, net.source?.route, 'interface host IP');
  if (teaming?.type === 'transient' && !teaming.persistent)
    throw unsupported("teaming persistent attribute must be set if teaming type is 'transient'");
  if (teaming?.type === 'persistent' && teaming.persistent !== undefined)
    throw unsupported("teaming persistent attribute not allowed if teaming type is 'persistent'");
  if (net.mac?.address !== undefined && (parseInt(net.mac.address.slice(0, 2), 16) & 1) === 1)
    throw wrong(`expected unicast mac address, found multicast '${net.mac.address}'`);
  if (virtualport === undefined) return;
  if (virtualport.type === undefined && type !== 'network')
    throw new LibvirtError(ErrorCode.XML_ERROR, ErrorDomain.NONE, 'missing required virtualport type');
  if (type !== 'network' && type !== 'bridge' && type !== 'direct' && type !== 'hostdev')
    throw unsupported(`<virtualport> element unsupported for <interface type='${type}'>`);
}

function checkVhostUser(net: Extract<InterfaceDef, { type: 'vhostuser' }>): void {
  const kind = net.source?.type;
  if (kind !== 'unix') throw unsupported(`Type='${kind ?? ''}' unsupported for <interface type='vhostuser'>`);
  if (!isVirtioNet(net))
    throw internal(
      "Wrong or no <model> 'type' attribute specified with <interface type='vhostuser'/>. vhostuser requires the virtio-net* frontend",
    );
}

function checkIps(
  ips: readonly IpAddressDef[] | undefined,
  routes: readonly RouteDef[] | undefined,
  where: string,
): void {
  for (const { address, peer } of ips ?? []) {
    if (isIP(address) === 0) throw wrong(`Invalid address '${address}' in <ip>`);
    if (peer !== undefined && isIP(peer) === 0) throw invalidArgument(`Invalid peer '${peer}' in <ip>`);
  }
  for (const route of routes ?? []) checkRoute(route, where);
}
