// connect: libvirt's public numbers, names without their common prefix.

/** virConnectCloseReason (enumeration); values are VIR_CONNECT_CLOSE_REASON_*. */
export const ConnectCloseReason = {
  ERROR: 0,
  EOF: 1,
  KEEPALIVE: 2,
  CLIENT: 3,
} as const;
export type ConnectCloseReason = (typeof ConnectCloseReason)[keyof typeof ConnectCloseReason];

/** virConnectFlags (bit mask); values are VIR_CONNECT_*. */
export const ConnectFlags = {
  RO: 1,
  NO_ALIASES: 2,
} as const;
export type ConnectFlags = (typeof ConnectFlags)[keyof typeof ConnectFlags];

/** virConnectCredentialType (enumeration); values are VIR_CRED_*. */
export const ConnectCredentialType = {
  USERNAME: 1,
  AUTHNAME: 2,
  LANGUAGE: 3,
  CNONCE: 4,
  PASSPHRASE: 5,
  ECHOPROMPT: 6,
  NOECHOPROMPT: 7,
  REALM: 8,
  EXTERNAL: 9,
} as const;
export type ConnectCredentialType = (typeof ConnectCredentialType)[keyof typeof ConnectCredentialType];

/** virConnectCompareCPUFlags (bit mask); values are VIR_CONNECT_COMPARE_CPU_*. */
export const ConnectCompareCPUFlags = {
  FAIL_INCOMPATIBLE: 1,
  VALIDATE_XML: 2,
} as const;
export type ConnectCompareCPUFlags = (typeof ConnectCompareCPUFlags)[keyof typeof ConnectCompareCPUFlags];

/** virConnectBaselineCPUFlags (bit mask); values are VIR_CONNECT_BASELINE_CPU_*. */
export const ConnectBaselineCPUFlags = {
  EXPAND_FEATURES: 1,
  MIGRATABLE: 2,
} as const;
export type ConnectBaselineCPUFlags = (typeof ConnectBaselineCPUFlags)[keyof typeof ConnectBaselineCPUFlags];

/** virConnectListAllDomainsFlags (bit mask); values are VIR_CONNECT_LIST_DOMAINS_*. */
export const ConnectListAllDomainsFlags = {
  ACTIVE: 1,
  INACTIVE: 2,
  PERSISTENT: 4,
  TRANSIENT: 8,
  RUNNING: 16,
  PAUSED: 32,
  SHUTOFF: 64,
  OTHER: 128,
  MANAGEDSAVE: 256,
  NO_MANAGEDSAVE: 512,
  AUTOSTART: 1024,
  NO_AUTOSTART: 2048,
  HAS_SNAPSHOT: 4096,
  NO_SNAPSHOT: 8192,
  HAS_CHECKPOINT: 16384,
  NO_CHECKPOINT: 32768,
} as const;
export type ConnectListAllDomainsFlags = (typeof ConnectListAllDomainsFlags)[keyof typeof ConnectListAllDomainsFlags];

/** virConnectGetAllDomainStatsFlags (bit mask); values are VIR_CONNECT_GET_ALL_DOMAINS_STATS_*. */
export const ConnectGetAllDomainStatsFlags = {
  ACTIVE: 1,
  INACTIVE: 2,
  PERSISTENT: 4,
  TRANSIENT: 8,
  RUNNING: 16,
  PAUSED: 32,
  SHUTOFF: 64,
  OTHER: 128,
  NOWAIT: 536870912,
  BACKING: 1073741824,
  ENFORCE_STATS: 2147483648,
} as const;
export type ConnectGetAllDomainStatsFlags =
  (typeof ConnectGetAllDomainStatsFlags)[keyof typeof ConnectGetAllDomainStatsFlags];

/** virConnectDomainEventBlockJobStatus (enumeration); values are VIR_DOMAIN_BLOCK_JOB_*. */
export const ConnectDomainEventBlockJobStatus = {
  COMPLETED: 0,
  FAILED: 1,
  CANCELED: 2,
  READY: 3,
} as const;
export type ConnectDomainEventBlockJobStatus =
  (typeof ConnectDomainEventBlockJobStatus)[keyof typeof ConnectDomainEventBlockJobStatus];

/** virConnectDomainEventDiskChangeReason (enumeration); values are VIR_DOMAIN_EVENT_DISK_*. */
export const ConnectDomainEventDiskChangeReason = {
  CHANGE_MISSING_ON_START: 0,
  DROP_MISSING_ON_START: 1,
} as const;
export type ConnectDomainEventDiskChangeReason =
  (typeof ConnectDomainEventDiskChangeReason)[keyof typeof ConnectDomainEventDiskChangeReason];

/** virConnectDomainEventAgentLifecycleState (enumeration); values are VIR_CONNECT_DOMAIN_EVENT_AGENT_LIFECYCLE_STATE_*. */
export const ConnectDomainEventAgentLifecycleState = {
  CONNECTED: 1,
  DISCONNECTED: 2,
} as const;
export type ConnectDomainEventAgentLifecycleState =
  (typeof ConnectDomainEventAgentLifecycleState)[keyof typeof ConnectDomainEventAgentLifecycleState];

/** virConnectDomainEventAgentLifecycleReason (enumeration); values are VIR_CONNECT_DOMAIN_EVENT_AGENT_LIFECYCLE_REASON_*. */
export const ConnectDomainEventAgentLifecycleReason = {
  UNKNOWN: 0,
  DOMAIN_STARTED: 1,
  CHANNEL: 2,
} as const;
export type ConnectDomainEventAgentLifecycleReason =
  (typeof ConnectDomainEventAgentLifecycleReason)[keyof typeof ConnectDomainEventAgentLifecycleReason];

/** virConnectListAllInterfacesFlags (bit mask); values are VIR_CONNECT_LIST_INTERFACES_*. */
export const ConnectListAllInterfacesFlags = {
  INACTIVE: 1,
  ACTIVE: 2,
} as const;
export type ConnectListAllInterfacesFlags =
  (typeof ConnectListAllInterfacesFlags)[keyof typeof ConnectListAllInterfacesFlags];

/** virConnectListAllNetworksFlags (bit mask); values are VIR_CONNECT_LIST_NETWORKS_*. */
export const ConnectListAllNetworksFlags = {
  INACTIVE: 1,
  ACTIVE: 2,
  PERSISTENT: 4,
  TRANSIENT: 8,
  AUTOSTART: 16,
  NO_AUTOSTART: 32,
} as const;
export type ConnectListAllNetworksFlags =
  (typeof ConnectListAllNetworksFlags)[keyof typeof ConnectListAllNetworksFlags];

/** virConnectListAllNodeDeviceFlags (bit mask); values are VIR_CONNECT_LIST_NODE_DEVICES_*. */
export const ConnectListAllNodeDeviceFlags = {
  CAP_SYSTEM: 1,
  CAP_PCI_DEV: 2,
  CAP_USB_DEV: 4,
  CAP_USB_INTERFACE: 8,
  CAP_NET: 16,
  CAP_SCSI_HOST: 32,
  CAP_SCSI_TARGET: 64,
  CAP_SCSI: 128,
  CAP_STORAGE: 256,
  CAP_FC_HOST: 512,
  CAP_VPORTS: 1024,
  CAP_SCSI_GENERIC: 2048,
  CAP_DRM: 4096,
  CAP_MDEV_TYPES: 8192,
  CAP_MDEV: 16384,
  CAP_CCW_DEV: 32768,
  CAP_CSS_DEV: 65536,
  CAP_VDPA: 131072,
  CAP_AP_CARD: 262144,
  CAP_AP_QUEUE: 524288,
  CAP_AP_MATRIX: 1048576,
  CAP_VPD: 2097152,
  INACTIVE: 1073741824,
  ACTIVE: 2147483648,
} as const;
export type ConnectListAllNodeDeviceFlags =
  (typeof ConnectListAllNodeDeviceFlags)[keyof typeof ConnectListAllNodeDeviceFlags];

/** virConnectListAllSecretsFlags (bit mask); values are VIR_CONNECT_LIST_SECRETS_*. */
export const ConnectListAllSecretsFlags = {
  EPHEMERAL: 1,
  NO_EPHEMERAL: 2,
  PRIVATE: 4,
  NO_PRIVATE: 8,
} as const;
export type ConnectListAllSecretsFlags = (typeof ConnectListAllSecretsFlags)[keyof typeof ConnectListAllSecretsFlags];

/** virConnectListAllStoragePoolsFlags (bit mask); values are VIR_CONNECT_LIST_STORAGE_POOLS_*. */
export const ConnectListAllStoragePoolsFlags = {
  INACTIVE: 1,
  ACTIVE: 2,
  PERSISTENT: 4,
  TRANSIENT: 8,
  AUTOSTART: 16,
  NO_AUTOSTART: 32,
  DIR: 64,
  FS: 128,
  NETFS: 256,
  LOGICAL: 512,
  DISK: 1024,
  ISCSI: 2048,
  SCSI: 4096,
  MPATH: 8192,
  RBD: 16384,
  SHEEPDOG: 32768,
  GLUSTER: 65536,
  ZFS: 131072,
  VSTORAGE: 262144,
  ISCSI_DIRECT: 524288,
} as const;
export type ConnectListAllStoragePoolsFlags =
  (typeof ConnectListAllStoragePoolsFlags)[keyof typeof ConnectListAllStoragePoolsFlags];

/** virConnectDomainQemuMonitorEventRegisterFlags (bit mask); values are VIR_CONNECT_DOMAIN_QEMU_MONITOR_EVENT_REGISTER_*. */
export const ConnectDomainQemuMonitorEventRegisterFlags = {
  REGEX: 1,
  NOCASE: 2,
} as const;
export type ConnectDomainQemuMonitorEventRegisterFlags =
  (typeof ConnectDomainQemuMonitorEventRegisterFlags)[keyof typeof ConnectDomainQemuMonitorEventRegisterFlags];
