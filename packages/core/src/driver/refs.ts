// What identifies an object in calls to and from drivers. Public objects are handles around these.

/** virDomain; `id` is -1 while the domain is inactive. `uuid` is the identity, the rest are hints for messages. */
export interface DomainRef {
  readonly name: string;
  readonly uuid: string;
  readonly id: number;
}

/** virDomainSnapshot; unique by name within its domain. */
export interface DomainSnapshotRef {
  readonly name: string;
  readonly dom: DomainRef;
}

/** virDomainCheckpoint; unique by name within its domain. */
export interface DomainCheckpointRef {
  readonly name: string;
  readonly dom: DomainRef;
}

/** virNetwork */
export interface NetworkRef {
  readonly name: string;
  readonly uuid: string;
}

/** virNetworkPort; `uuid` is unique within its network. */
export interface NetworkPortRef {
  readonly net: NetworkRef;
  readonly uuid: string;
}

/** virStoragePool */
export interface StoragePoolRef {
  readonly name: string;
  readonly uuid: string;
}

/** virStorageVol; `key` is unique over all pools. */
export interface StorageVolRef {
  readonly pool: string;
  readonly name: string;
  readonly key: string;
}

/** virInterface */
export interface InterfaceRef {
  readonly name: string;
  readonly mac: string;
}

/** virNodeDevice */
export interface NodeDeviceRef {
  readonly name: string;
}

/** virSecret; `usageID` is empty where the usage type has none. */
export interface SecretRef {
  readonly uuid: string;
  readonly usageType: number;
  readonly usageID: string;
}

/** virNWFilter */
export interface NWFilterRef {
  readonly name: string;
  readonly uuid: string;
}

/** virNWFilterBinding */
export interface NWFilterBindingRef {
  readonly portdev: string;
  readonly filtername: string;
}
