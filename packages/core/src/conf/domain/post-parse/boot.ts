import { unsupported } from '../common/problems.js';
import type { DomainDef } from '../domain-def.js';
import { domainDevices } from '../device-list.js';
import type { DomainXmlOption } from '../xml-option.js';

/** virDomainDefBootOrderPostParse: a guest boots from its disk unless the document says otherwise. */
export function postParseBoot(def: DomainDef, option: DomainXmlOption): void {
  if (def.os.type.value !== 'hvm' || option.features.has('no-boot-order')) return;
  const orders = new Set<number>();
  for (const { device } of domainDevices(def)) {
    const order = (device as { boot?: { order: number } }).boot?.order;
    if (order === undefined) continue;
    if (orders.has(order)) throw unsupported(`boot order '${order}' used for more than one device`);
    orders.add(order);
  }
  if (def.os.boot.length > 0 && orders.size > 0)
    throw unsupported('per-device boot elements cannot be used together with os/boot elements');
  if (def.os.boot.length === 0 && orders.size === 0 && def.bootloader === undefined) def.os.boot = [{ dev: 'hd' }];
}
