import type { InterfaceDef } from '@virtkit/core/conf';
import { isIPv4, isIPv6 } from 'node:net';
import { configUnsupported } from '../../errors.js';
import { need, refuseIf, type Subject } from './subject.js';

const isVirtio = ({ model }: InterfaceDef): boolean =>
  /^virtio(-transitional|-non-transitional)?$/.test(model?.type ?? '');
const isPowerOfTwo = (value: number): boolean => value > 0 && (value & (value - 1)) === 0;

/** qemuValidateDomainDeviceDefNetwork */
export function checkInterface(device: InterfaceDef, subject: Subject): void {
  const { model, driver, type } = device;
  if (type === 'null' || type === 'vds' || type === 'internal')
    throw configUnsupported(`interface type '${type}' is not supported by QEMU`);
  refuseIf(
    model !== undefined && !/^[\w-]+$/.test(model.type),
    `network device model '${model?.type ?? ''}' has characters other than letters, digits, '-' and '_'`,
  );
  if (type === 'vdpa') need(subject, 'netdev.vhost-vdpa', 'vDPA devices are not supported with this QEMU binary');
  if (type === 'user') checkUserAddresses(device);
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
  refuseIf(route.length > 0, 'Invalid attempt to set network interface guest-side route, not supported by QEMU');
  let v4 = 0;
  let v6 = 0;
  for (const { address, peer, prefix } of ip) {
    refuseIf(peer !== undefined, 'Invalid attempt to set peer IP for guest, not supported by QEMU');
    if (isIPv4(address)) {
      v4++;
      refuseIf(prefix !== undefined && (prefix < 4 || prefix > 27), 'invalid prefix, must be in range of 4-27');
    } else if (isIPv6(address)) {
      v6++;
      refuseIf(prefix !== undefined && prefix > 120, 'prefix too long');
    }
  }
  refuseIf(v4 > 1, 'only one IPv4 address per interface allowed');
  refuseIf(v6 > 1, 'only one IPv6 address per interface allowed');
}
