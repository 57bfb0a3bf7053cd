import {
  ConnectListAllDomainsFlags,
  ConnectListAllInterfacesFlags,
  ConnectListAllNetworksFlags,
  ConnectListAllStoragePoolsFlags,
  ErrorCode,
  type ErrorDomain,
  LibvirtError,
} from '../util/index.js';
import type { Awaitable, FunctionName } from '../driver/index.js';

type Call = (flags: number) => Awaitable<unknown>;
interface Named {
  readonly name: string;
  readonly id: number;
  readonly uuid: string;
  readonly mac: string;
}
type From = (items: readonly Named[], args: readonly unknown[], domain: ErrorDomain) => unknown;

const { NO_DOMAIN, NO_INTERFACE, NO_NETWORK, NO_NODE_DEVICE, NO_NWFILTER, NO_SECRET, NO_STORAGE_POOL } = ErrorCode;

const count: From = (items) => items.length;
const names: From = (items) => items.map(({ name }) => name);
const ids: From = (items) => items.map(({ id }) => id);
const uuids: From = (items) => items.map(({ uuid }) => uuid);

/** Looks for what the first argument says; `what` is what errors call the object. */
const by =
  (key: keyof Named, what: string, code: ErrorCode): From =>
  (items, [wanted], domain) => {
    const found = items.find((item) => item[key] === wanted);
    if (found !== undefined) return found;
    throw new LibvirtError(code, domain, `no ${what} with matching ${key} '${String(wanted)}'`);
  };

/** Functions that say less than the list-all calls less than the list-all calls: answered from those where a driver has no more. */
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
  domainLookupByID: ['connectListAllDomains', ConnectListAllDomainsFlags.ACTIVE, by('id', 'domain', NO_DOMAIN)],
  domainLookupByUUID: ['connectListAllDomains', 0, by('uuid', 'domain', NO_DOMAIN)],
  domainLookupByName: ['connectListAllDomains', 0, by('name', 'domain', NO_DOMAIN)],
  networkLookupByUUID: ['connectListAllNetworks', 0, by('uuid', 'network', NO_NETWORK)],
  networkLookupByName: ['connectListAllNetworks', 0, by('name', 'network', NO_NETWORK)],
  storagePoolLookupByUUID: ['connectListAllStoragePools', 0, by('uuid', 'storage pool', NO_STORAGE_POOL)],
  storagePoolLookupByName: ['connectListAllStoragePools', 0, by('name', 'storage pool', NO_STORAGE_POOL)],
  interfaceLookupByName: ['connectListAllInterfaces', 0, by('name', 'interface', NO_INTERFACE)],
  interfaceLookupByMACString: ['connectListAllInterfaces', 0, by('mac', 'interface', NO_INTERFACE)],
  nodeDeviceLookupByName: ['connectListAllNodeDevices', 0, by('name', 'node device', NO_NODE_DEVICE)],
  nwfilterLookupByUUID: ['connectListAllNWFilters', 0, by('uuid', 'nwfilter', NO_NWFILTER)],
  nwfilterLookupByName: ['connectListAllNWFilters', 0, by('name', 'nwfilter', NO_NWFILTER)],
  secretLookupByUUID: ['connectListAllSecrets', 0, by('uuid', 'secret', NO_SECRET)],
};

/** How to answer `name` from a list-all call, or undefined if it is not one of these. */
export function fromListAll(
  name: FunctionName,
):
  | { list: FunctionName; answer: (call: Call, args: readonly unknown[], domain: ErrorDomain) => Awaitable<unknown> }
  | undefined {
  const row = FROM_LISTS[name];
  if (row === undefined) return undefined;
  const [list, flags, from] = row;
  return {
    list,
    answer(call, args, domain) {
      const items = call(flags) as Awaitable<readonly Named[]>;
      return items instanceof Promise ? items.then((all) => from(all, args, domain)) : from(items, args, domain);
    },
  };
}
