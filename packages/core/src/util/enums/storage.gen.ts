// storage: libvirt's public numbers, names without their common prefix.

/** virStoragePoolState (enumeration); values are VIR_STORAGE_POOL_*. */
export const StoragePoolState = {
  INACTIVE: 0,
  BUILDING: 1,
  RUNNING: 2,
  DEGRADED: 3,
  INACCESSIBLE: 4,
} as const;
export type StoragePoolState = (typeof StoragePoolState)[keyof typeof StoragePoolState];

/** virStoragePoolBuildFlags (bit mask); values are VIR_STORAGE_POOL_BUILD_*. */
export const StoragePoolBuildFlags = {
  NEW: 0,
  REPAIR: 1,
  RESIZE: 2,
  NO_OVERWRITE: 4,
  OVERWRITE: 8,
} as const;
export type StoragePoolBuildFlags = (typeof StoragePoolBuildFlags)[keyof typeof StoragePoolBuildFlags];

/** virStoragePoolDeleteFlags (bit mask); values are VIR_STORAGE_POOL_DELETE_*. */
export const StoragePoolDeleteFlags = {
  NORMAL: 0,
  ZEROED: 1,
} as const;
export type StoragePoolDeleteFlags = (typeof StoragePoolDeleteFlags)[keyof typeof StoragePoolDeleteFlags];

/** virStoragePoolCreateFlags (bit mask); values are VIR_STORAGE_POOL_CREATE_*. */
export const StoragePoolCreateFlags = {
  NORMAL: 0,
  WITH_BUILD: 1,
  WITH_BUILD_OVERWRITE: 2,
  WITH_BUILD_NO_OVERWRITE: 4,
} as const;
export type StoragePoolCreateFlags = (typeof StoragePoolCreateFlags)[keyof typeof StoragePoolCreateFlags];

/** virStorageVolType (enumeration); values are VIR_STORAGE_VOL_*. */
export const StorageVolType = {
  FILE: 0,
  BLOCK: 1,
  DIR: 2,
  NETWORK: 3,
  NETDIR: 4,
  PLOOP: 5,
} as const;
export type StorageVolType = (typeof StorageVolType)[keyof typeof StorageVolType];

/** virStorageVolDeleteFlags (bit mask); values are VIR_STORAGE_VOL_DELETE_*. */
export const StorageVolDeleteFlags = {
  NORMAL: 0,
  ZEROED: 1,
  WITH_SNAPSHOTS: 2,
} as const;
export type StorageVolDeleteFlags = (typeof StorageVolDeleteFlags)[keyof typeof StorageVolDeleteFlags];

/** virStorageVolWipeAlgorithm (enumeration); values are VIR_STORAGE_VOL_WIPE_ALG_*. */
export const StorageVolWipeAlgorithm = {
  ZERO: 0,
  NNSA: 1,
  DOD: 2,
  BSI: 3,
  GUTMANN: 4,
  SCHNEIER: 5,
  PFITZNER7: 6,
  PFITZNER33: 7,
  RANDOM: 8,
  TRIM: 9,
} as const;
export type StorageVolWipeAlgorithm = (typeof StorageVolWipeAlgorithm)[keyof typeof StorageVolWipeAlgorithm];

/** virStorageVolInfoFlags (bit mask); values are VIR_STORAGE_VOL_*. */
export const StorageVolInfoFlags = {
  USE_ALLOCATION: 0,
  GET_PHYSICAL: 1,
} as const;
export type StorageVolInfoFlags = (typeof StorageVolInfoFlags)[keyof typeof StorageVolInfoFlags];

/** virStorageXMLFlags (bit mask); values are VIR_STORAGE_XML_*. */
export const StorageXMLFlags = {
  INACTIVE: 1,
} as const;
export type StorageXMLFlags = (typeof StorageXMLFlags)[keyof typeof StorageXMLFlags];

/** virStoragePoolDefineFlags (bit mask); values are VIR_STORAGE_POOL_DEFINE_*. */
export const StoragePoolDefineFlags = {
  VALIDATE: 1,
} as const;
export type StoragePoolDefineFlags = (typeof StoragePoolDefineFlags)[keyof typeof StoragePoolDefineFlags];

/** virStorageVolCreateFlags (bit mask); values are VIR_STORAGE_VOL_CREATE_*. */
export const StorageVolCreateFlags = {
  PREALLOC_METADATA: 1,
  REFLINK: 2,
  VALIDATE: 4,
} as const;
export type StorageVolCreateFlags = (typeof StorageVolCreateFlags)[keyof typeof StorageVolCreateFlags];

/** virStorageVolDownloadFlags (bit mask); values are VIR_STORAGE_VOL_DOWNLOAD_*. */
export const StorageVolDownloadFlags = {
  SPARSE_STREAM: 1,
} as const;
export type StorageVolDownloadFlags = (typeof StorageVolDownloadFlags)[keyof typeof StorageVolDownloadFlags];

/** virStorageVolUploadFlags (bit mask); values are VIR_STORAGE_VOL_UPLOAD_*. */
export const StorageVolUploadFlags = {
  SPARSE_STREAM: 1,
} as const;
export type StorageVolUploadFlags = (typeof StorageVolUploadFlags)[keyof typeof StorageVolUploadFlags];

/** virStorageVolResizeFlags (bit mask); values are VIR_STORAGE_VOL_RESIZE_*. */
export const StorageVolResizeFlags = {
  ALLOCATE: 1,
  DELTA: 2,
  SHRINK: 4,
} as const;
export type StorageVolResizeFlags = (typeof StorageVolResizeFlags)[keyof typeof StorageVolResizeFlags];

/** virStoragePoolEventID (enumeration); values are VIR_STORAGE_POOL_EVENT_ID_*. */
export const StoragePoolEventID = {
  LIFECYCLE: 0,
  REFRESH: 1,
} as const;
export type StoragePoolEventID = (typeof StoragePoolEventID)[keyof typeof StoragePoolEventID];

/** virStoragePoolEventLifecycleType (enumeration); values are VIR_STORAGE_POOL_EVENT_*. */
export const StoragePoolEventLifecycleType = {
  DEFINED: 0,
  UNDEFINED: 1,
  STARTED: 2,
  STOPPED: 3,
  CREATED: 4,
  DELETED: 5,
} as const;
export type StoragePoolEventLifecycleType =
  (typeof StoragePoolEventLifecycleType)[keyof typeof StoragePoolEventLifecycleType];
