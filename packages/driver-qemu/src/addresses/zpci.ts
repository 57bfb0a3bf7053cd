import { type DeviceInfo, type DomainDef, domainDevices, type PciAddress } from '@virtkit/core/conf';
import { internal } from './problems.js';

/** Devices whose PCI address was in the document, for {@link assignZpciIds}. */
export function devicesOnPci(def: DomainDef): Set<DeviceInfo> {
  const found = new Set<DeviceInfo>();
  for (const { kind, device } of domainDevices(def)) {
    const info = device as DeviceInfo;
    // What stands for a console is its serial port.
    if (kind !== 'console' && info.address?.type === 'pci') found.add(info);
  }
  return found;
}

/**
 * virDomainPCIAddressExtension*: the user-chosen id and the function id that a mainframe's guest knows a PCI device by.
 * Devices `given` with an address come first, then those that were `placed`, in that order; bridges added meanwhile have
 * none until the definition is read again.
 */
export function assignZpciIds(
  def: DomainDef,
  given: ReadonlySet<DeviceInfo>,
  added: ReadonlySet<DeviceInfo>,
  placed: readonly DeviceInfo[],
): void {
  const uids = new Set<number>();
  const fids = new Set<number>();
  const all = [...domainDevices(def)]
    .map(({ device }) => device as DeviceInfo)
    .filter((info): info is DeviceInfo & { address: PciAddress } => info.address?.type === 'pci' && !added.has(info));
  const take = (ids: Set<number>, what: string, id: number | undefined): void => {
    if (id === undefined) return;
    if (ids.has(id)) throw internal(`zPCI ${what} ${id} is already reserved`);
    ids.add(id);
  };
  for (const { address } of all) {
    take(uids, 'uid', address.zpci?.uid);
    take(fids, 'fid', address.zpci?.fid);
  }
  const lowest = (ids: Set<number>, first: number): number => {
    let id = first;
    while (ids.has(id)) id++;
    ids.add(id);
    return id;
  };
  const known = new Set<DeviceInfo>(all);
  const others = placed.filter((one): one is (typeof all)[number] => known.has(one) && !given.has(one));
  for (const info of new Set([...all.filter((one) => given.has(one)), ...others, ...all])) {
    const zpci = (info.address.zpci ??= {});
    zpci.uid ??= lowest(uids, 1);
    zpci.fid ??= lowest(fids, 0);
  }
}
