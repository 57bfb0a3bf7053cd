import {
  ConnectListAllDomainsFlags,
  ConnectListAllInterfacesFlags,
  ConnectListAllNetworksFlags,
  ConnectListAllStoragePoolsFlags,
} from '../util/index.js';
import type { Awaitable, FunctionName } from '../driver/index.js';

type Call = (name: FunctionName, ...args: unknown[]) => Awaitable<unknown>;
interface Named {
  readonly name: string;
  readonly id: number;
  readonly uuid: string;
}
type From = (items: readonly Named[]) => unknown;

const count: From = (items) => items.length;
const names: From = (items) => items.map(({ name }) => name);
const ids: From = (items) => items.map(({ id }) => id);
const uuids: From = (items) => items.map(({ uuid }) => uuid);

/** Older functions that say less than the list-all calls: answered from those where a driver has only the new one. */
const FROM_LISTS: Readonly<Partial<Record<FunctionName, readonly [list: FunctionName, flags: number, from: From]>>> = {
  connectNumOfDomains: ['connectListAllDomains', ConnectListAllDomainsFlags.ACTIVE, count],
  connectListDomains: ['connectListAllDomains', ConnectListAllDomainsFlags.ACTIVE, ids],
  connectNumOfDefinedDomains: ['connectListAllDomains', ConnectListAllDomainsFlags.INACTIVE, count],
  connectListDefinedDomains: ['connectListAllDomains', ConnectListAllDomainsFlags.INACTIVE, names],
  connectNumOfNetworks: ['connectListAllNetworks', ConnectListAllNetworksFlags.ACTIVE, count],
  connectListNetworks: ['connectListAllNetworks', ConnectListAllNetworksFlags.ACTIVE, names],
  connectNumOfDefinedNetworks: ['connectListAllNetworks', ConnectListAllNetworksFlags.INACTIVE, count],
  connectListDefinedNetworks: ['connectListAllNetworks', ConnectListAllNetworksFlags.INACTIVE, names],
  connectNumOfStoragePools: ['connectListAllStoragePools', ConnectListAllStoragePoolsFlags.ACTIVE, count],
  connectListStoragePools: ['connectListAllStoragePools', ConnectListAllStoragePoolsFlags.ACTIVE, names],
  connectNumOfDefinedStoragePools: ['connectListAllStoragePools', ConnectListAllStoragePoolsFlags.INACTIVE, count],
  connectListDefinedStoragePools: ['connectListAllStoragePools', ConnectListAllStoragePoolsFlags.INACTIVE, names],
  connectNumOfInterfaces: ['connectListAllInterfaces', ConnectListAllInterfacesFlags.ACTIVE, count],
  connectListInterfaces: ['connectListAllInterfaces', ConnectListAllInterfacesFlags.ACTIVE, names],
  connectNumOfDefinedInterfaces: ['connectListAllInterfaces', ConnectListAllInterfacesFlags.INACTIVE, count],
  connectListDefinedInterfaces: ['connectListAllInterfaces', ConnectListAllInterfacesFlags.INACTIVE, names],
  connectNumOfNWFilters: ['connectListAllNWFilters', 0, count],
  connectListNWFilters: ['connectListAllNWFilters', 0, names],
  connectNumOfSecrets: ['connectListAllSecrets', 0, count],
  connectListSecrets: ['connectListAllSecrets', 0, uuids],
};

/** How to answer `name` from a list-all call, or undefined if it is not one of these. */
export function fromListAll(
  name: FunctionName,
): { list: FunctionName; answer: (call: Call) => Awaitable<unknown> } | undefined {
  const row = FROM_LISTS[name];
  if (row === undefined) return undefined;
  const [list, flags, from] = row;
  return {
    list,
    answer(call) {
      const items = call(list, flags) as Awaitable<readonly Named[]>;
      return items instanceof Promise ? items.then(from) : from(items);
    },
  };
}
