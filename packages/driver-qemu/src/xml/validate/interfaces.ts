import type { InterfaceDef } from '@virtkit/core/conf';
import { isIPv4, isIPv6 } from 'node:net';
import { xmlError } from '../../errors.js';
import { need, refuseIf, type Subject } from './subject.js';

const isVirtio = ({ model }: InterfaceDef): boolean =>
  /^virtio(-transitional|-non-transitional)?$/.test(model?.type ?? '');
const isPowerOfTwo = (value: number): boolean => value > 0 && (value & (value - 1)) === 0;

const WITH_MTU = new Set<InterfaceDef['type']>(['network', 'bridge', 'ethernet', 'vhostuser']);

/** qemuValidateDomainDeviceDefNetwork */
export function checkInterface(device: InterfaceDef, subject: Subject): void {
  const { model, driver, type } = device;
  refuseIf(
    model !== undefined && !/^[\w-]+$/.test(model.type),
    `network device model '${model?.type ?? ''}' has characters other than letters, digits, '-' and '_'`,
  );
  if (type === 'vdpa') need(subject, 'netdev.vhost-vdpa', 'vDPA devices are not supported with this QEMU binary');
  if (type === 'user') checkUserAddresses(device);
  else if (type !== 'vdpa')
    refuseIf(
      device.ip !== undefined || device.route !== undefined,
      'Invalid attempt to set network interface guest-side IP route and/or address info, not supported by QEMU',
    );
  refuseIf(
    device.mtu !== undefined && !WITH_MTU.has(type),
    `setting MTU on interface type ${type} is not supported yet`,
  );
  const bridged = type === 'network' || type === 'bridge';
  refuseIf(device.coalesce !== undefined && !bridged, `coalesce settings on interface type ${type} are not supported`);
  refuseIf(
    device.port?.isolated === true && !bridged,
    `interface ${device.mac?.address ?? ''} - <port isolated='yes'/> is not supported for network interfaces with type='${type}'`,
  );
  refuseIf(
    device.teaming?.type === 'persistent' && !isVirtio(device),
    `virtio-net teaming persistent interface must be <model type='virtio'/>, not '${model?.type ?? ''}'`,
  );
  refuseIf(
    device.teaming?.type === 'transient' && type !== 'hostdev' && type !== 'network',
    `virtio-net teaming transient interface must be type='hostdev', not '${type}'`,
  );
  refuseIf(
    type === 'vdpa' && model?.type !== 'virtio',
    `invalid model for interface of type 'vdpa': '${model?.type ?? ''}'`,
  );
  if (!isVirtio(device))
    for (const key of ['iommu', 'ats', 'packed', 'page_per_vq'] as const)
      refuseIf(driver?.[key] !== undefined, `${key} driver option is only supported for virtio devices`);
  if (isVirtio(device) && driver !== undefined) {
    for (const key of ['rx_queue_size', 'tx_queue_size'] as const) {
      const size = driver[key];
      if (size === undefined) continue;
      refuseIf(!isPowerOfTwo(size), `${key} has to be a power of two`);
    }
    if (driver.rss !== undefined || driver.rss_hash_report !== undefined) {
      need(subject, 'virtio-net.rss', 'virtio rss option is not supported with this QEMU binary');
    }
  }
}

/** QEMU's own network stack has one address of each family. */
function checkUserAddresses({ ip = [], route = [] }: InterfaceDef): void {
  refuseIf(route.length > 0, 'Invalid attempt to set network interface guest-side IP route, not supported by QEMU');
  let v4 = 0;
  let v6 = 0;
  for (const { address, peer, prefix } of ip) {
    refuseIf(peer !== undefined, 'Invalid attempt to set peer IP for guest, not supported by QEMU');
    if (isIPv4(address)) {
      v4++;
      if (prefix !== undefined && (prefix < 4 || prefix > 27))
        throw xmlError('invalid prefix, must be in range of 4-27');
    } else if (isIPv6(address)) {
      v6++;
      if (prefix !== undefined && prefix > 120) throw xmlError('prefix too long');
    }
  }
  refuseIf(v4 > 1, 'Only one IPv4 address per interface is allowed');
  refuseIf(v6 > 1, 'Only one IPv6 address per interface is allowed');
}
