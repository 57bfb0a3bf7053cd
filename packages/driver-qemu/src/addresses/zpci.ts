import { type DeviceInfo, type DomainDef, domainDevices, type PciAddress } from '@virtkit/core/conf';
import { internal } from './problems.js';

/** The order in which devices get their ids. */
const ORDER: readonly (keyof DomainDef['devices'])[] = ['disk', 'interface', 'sound', 'hostdev', 'video', 'controller'];
/** Ports are none of z/PCI's, whatever place they were given. */
const WITHOUT: ReadonlySet<string> = new Set(['serial', 'parallel', 'channel', 'console']);

/**
 * virDomainPCIAddressExtension*: the user-chosen id and the function id that a mainframe's guest knows a PCI device by.
 * Bridges `added` meanwhile have none until the definition is read again.
 */
export function assignZpciIds(def: DomainDef, added: ReadonlySet<DeviceInfo>): void {
  const uids = new Set<number>();
  const fids = new Set<number>();
  const all = inOrder(def).filter(
    (info): info is DeviceInfo & { address: PciAddress } => info.address?.type === 'pci' && !added.has(info),
  );
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
  // What is half there is completed first.
  const begun = all.filter(({ address }) => address.zpci !== undefined);
  for (const { address } of new Set([...begun, ...all])) {
    const zpci = (address.zpci ??= {});
    zpci.uid ??= lowest(uids, 1);
    zpci.fid ??= lowest(fids, 0);
  }
}

function inOrder(def: DomainDef): DeviceInfo[] {
  const kinds = [...ORDER, ...(Object.keys(def.devices) as typeof ORDER).filter((kind) => !ORDER.includes(kind))];
  const rank = new Map<string, number>(kinds.map((kind, index) => [kind, index]));
  return domainDevices(def)
    .filter(({ kind }) => !WITHOUT.has(kind))
    .sort((a, b) => (rank.get(a.kind) ?? 0) - (rank.get(b.kind) ?? 0))
    .map(({ device }) => device as DeviceInfo);
}
