// domain: libvirt's public numbers, names without their common prefix.

/** virDomainState (enumeration); values are VIR_DOMAIN_*. */
export const DomainState = {
  NOSTATE: 0,
  RUNNING: 1,
  BLOCKED: 2,
  PAUSED: 3,
  SHUTDOWN: 4,
  SHUTOFF: 5,
  CRASHED: 6,
  PMSUSPENDED: 7,
} as const;
export type DomainState = (typeof DomainState)[keyof typeof DomainState];

/** virDomainNostateReason (enumeration); values are VIR_DOMAIN_NOSTATE_*. */
export const DomainNostateReason = {
  UNKNOWN: 0,
} as const;
export type DomainNostateReason = (typeof DomainNostateReason)[keyof typeof DomainNostateReason];

/** virDomainRunningReason (enumeration); values are VIR_DOMAIN_RUNNING_*. */
export const DomainRunningReason = {
  UNKNOWN: 0,
  BOOTED: 1,
  MIGRATED: 2,
  RESTORED: 3,
  FROM_SNAPSHOT: 4,
  UNPAUSED: 5,
  MIGRATION_CANCELED: 6,
  SAVE_CANCELED: 7,
  WAKEUP: 8,
  CRASHED: 9,
  POSTCOPY: 10,
  POSTCOPY_FAILED: 11,
} as const;
export type DomainRunningReason = (typeof DomainRunningReason)[keyof typeof DomainRunningReason];

/** virDomainBlockedReason (enumeration); values are VIR_DOMAIN_BLOCKED_*. */
export const DomainBlockedReason = {
  UNKNOWN: 0,
} as const;
export type DomainBlockedReason = (typeof DomainBlockedReason)[keyof typeof DomainBlockedReason];

/** virDomainPausedReason (enumeration); values are VIR_DOMAIN_PAUSED_*. */
export const DomainPausedReason = {
  UNKNOWN: 0,
  USER: 1,
  MIGRATION: 2,
  SAVE: 3,
  DUMP: 4,
  IOERROR: 5,
  WATCHDOG: 6,
  FROM_SNAPSHOT: 7,
  SHUTTING_DOWN: 8,
  SNAPSHOT: 9,
  CRASHED: 10,
  STARTING_UP: 11,
  POSTCOPY: 12,
  POSTCOPY_FAILED: 13,
} as const;
export type DomainPausedReason = (typeof DomainPausedReason)[keyof typeof DomainPausedReason];

/** virDomainShutdownReason (enumeration); values are VIR_DOMAIN_SHUTDOWN_*. */
export const DomainShutdownReason = {
  UNKNOWN: 0,
  USER: 1,
} as const;
export type DomainShutdownReason = (typeof DomainShutdownReason)[keyof typeof DomainShutdownReason];

/** virDomainShutoffReason (enumeration); values are VIR_DOMAIN_SHUTOFF_*. */
export const DomainShutoffReason = {
  UNKNOWN: 0,
  SHUTDOWN: 1,
  DESTROYED: 2,
  CRASHED: 3,
  MIGRATED: 4,
  SAVED: 5,
  FAILED: 6,
  FROM_SNAPSHOT: 7,
  DAEMON: 8,
} as const;
export type DomainShutoffReason = (typeof DomainShutoffReason)[keyof typeof DomainShutoffReason];

/** virDomainCrashedReason (enumeration); values are VIR_DOMAIN_CRASHED_*. */
export const DomainCrashedReason = {
  UNKNOWN: 0,
  PANICKED: 1,
} as const;
export type DomainCrashedReason = (typeof DomainCrashedReason)[keyof typeof DomainCrashedReason];

/** virDomainPMSuspendedReason (enumeration); values are VIR_DOMAIN_PMSUSPENDED_*. */
export const DomainPMSuspendedReason = {
  UNKNOWN: 0,
} as const;
export type DomainPMSuspendedReason = (typeof DomainPMSuspendedReason)[keyof typeof DomainPMSuspendedReason];

/** virDomainPMSuspendedDiskReason (enumeration); values are VIR_DOMAIN_PMSUSPENDED_DISK_*. */
export const DomainPMSuspendedDiskReason = {
  UNKNOWN: 0,
} as const;
export type DomainPMSuspendedDiskReason =
  (typeof DomainPMSuspendedDiskReason)[keyof typeof DomainPMSuspendedDiskReason];

/** virDomainControlState (enumeration); values are VIR_DOMAIN_CONTROL_*. */
export const DomainControlState = {
  OK: 0,
  JOB: 1,
  OCCUPIED: 2,
  ERROR: 3,
} as const;
export type DomainControlState = (typeof DomainControlState)[keyof typeof DomainControlState];

/** virDomainControlErrorReason (enumeration); values are VIR_DOMAIN_CONTROL_ERROR_REASON_*. */
export const DomainControlErrorReason = {
  NONE: 0,
  UNKNOWN: 1,
  MONITOR: 2,
  INTERNAL: 3,
} as const;
export type DomainControlErrorReason = (typeof DomainControlErrorReason)[keyof typeof DomainControlErrorReason];

/** virDomainModificationImpact (bit mask); values are VIR_DOMAIN_AFFECT_*. */
export const DomainModificationImpact = {
  CURRENT: 0,
  LIVE: 1,
  CONFIG: 2,
} as const;
export type DomainModificationImpact = (typeof DomainModificationImpact)[keyof typeof DomainModificationImpact];

/** virDomainCreateFlags (bit mask); values are VIR_DOMAIN_*. */
export const DomainCreateFlags = {
  NONE: 0,
  START_PAUSED: 1,
  START_AUTODESTROY: 2,
  START_BYPASS_CACHE: 4,
  START_FORCE_BOOT: 8,
  START_VALIDATE: 16,
  START_RESET_NVRAM: 32,
} as const;
export type DomainCreateFlags = (typeof DomainCreateFlags)[keyof typeof DomainCreateFlags];

/** virDomainMemoryStatTags (enumeration); values are VIR_DOMAIN_MEMORY_STAT_*. */
export const DomainMemoryStatTags = {
  SWAP_IN: 0,
  SWAP_OUT: 1,
  MAJOR_FAULT: 2,
  MINOR_FAULT: 3,
  UNUSED: 4,
  AVAILABLE: 5,
  ACTUAL_BALLOON: 6,
  RSS: 7,
  USABLE: 8,
  LAST_UPDATE: 9,
  DISK_CACHES: 10,
  HUGETLB_PGALLOC: 11,
  HUGETLB_PGFAIL: 12,
  NR: 13,
} as const;
export type DomainMemoryStatTags = (typeof DomainMemoryStatTags)[keyof typeof DomainMemoryStatTags];

/** virDomainCoreDumpFlags (bit mask); values are VIR_DUMP_*. */
export const DomainCoreDumpFlags = {
  CRASH: 1,
  LIVE: 2,
  BYPASS_CACHE: 4,
  RESET: 8,
  MEMORY_ONLY: 16,
} as const;
export type DomainCoreDumpFlags = (typeof DomainCoreDumpFlags)[keyof typeof DomainCoreDumpFlags];

/** virDomainCoreDumpFormat (enumeration); values are VIR_DOMAIN_CORE_DUMP_FORMAT_*. */
export const DomainCoreDumpFormat = {
  RAW: 0,
  KDUMP_ZLIB: 1,
  KDUMP_LZO: 2,
  KDUMP_SNAPPY: 3,
  WIN_DMP: 4,
} as const;
export type DomainCoreDumpFormat = (typeof DomainCoreDumpFormat)[keyof typeof DomainCoreDumpFormat];

/** virDomainMigrateFlags (bit mask); values are VIR_MIGRATE_*. */
export const DomainMigrateFlags = {
  LIVE: 1,
  PEER2PEER: 2,
  TUNNELLED: 4,
  PERSIST_DEST: 8,
  UNDEFINE_SOURCE: 16,
  PAUSED: 32,
  NON_SHARED_DISK: 64,
  NON_SHARED_INC: 128,
  CHANGE_PROTECTION: 256,
  UNSAFE: 512,
  OFFLINE: 1024,
  COMPRESSED: 2048,
  ABORT_ON_ERROR: 4096,
  AUTO_CONVERGE: 8192,
  RDMA_PIN_ALL: 16384,
  POSTCOPY: 32768,
  TLS: 65536,
  PARALLEL: 131072,
  NON_SHARED_SYNCHRONOUS_WRITES: 262144,
  POSTCOPY_RESUME: 524288,
  ZEROCOPY: 1048576,
} as const;
export type DomainMigrateFlags = (typeof DomainMigrateFlags)[keyof typeof DomainMigrateFlags];

/** virDomainMigrateMaxSpeedFlags (bit mask); values are VIR_DOMAIN_MIGRATE_MAX_SPEED_*. */
export const DomainMigrateMaxSpeedFlags = {
  POSTCOPY: 1,
} as const;
export type DomainMigrateMaxSpeedFlags = (typeof DomainMigrateMaxSpeedFlags)[keyof typeof DomainMigrateMaxSpeedFlags];

/** virDomainShutdownFlagValues (bit mask); values are VIR_DOMAIN_SHUTDOWN_*. */
export const DomainShutdownFlagValues = {
  DEFAULT: 0,
  ACPI_POWER_BTN: 1,
  GUEST_AGENT: 2,
  INITCTL: 4,
  SIGNAL: 8,
  PARAVIRT: 16,
} as const;
export type DomainShutdownFlagValues = (typeof DomainShutdownFlagValues)[keyof typeof DomainShutdownFlagValues];

/** virDomainRebootFlagValues (bit mask); values are VIR_DOMAIN_REBOOT_*. */
export const DomainRebootFlagValues = {
  DEFAULT: 0,
  ACPI_POWER_BTN: 1,
  GUEST_AGENT: 2,
  INITCTL: 4,
  SIGNAL: 8,
  PARAVIRT: 16,
} as const;
export type DomainRebootFlagValues = (typeof DomainRebootFlagValues)[keyof typeof DomainRebootFlagValues];

/** virDomainDestroyFlagsValues (bit mask); values are VIR_DOMAIN_DESTROY_*. */
export const DomainDestroyFlagsValues = {
  DEFAULT: 0,
  GRACEFUL: 1,
  REMOVE_LOGS: 2,
} as const;
export type DomainDestroyFlagsValues = (typeof DomainDestroyFlagsValues)[keyof typeof DomainDestroyFlagsValues];

/** virDomainSaveRestoreFlags (bit mask); values are VIR_DOMAIN_SAVE_*. */
export const DomainSaveRestoreFlags = {
  BYPASS_CACHE: 1,
  RUNNING: 2,
  PAUSED: 4,
  RESET_NVRAM: 8,
} as const;
export type DomainSaveRestoreFlags = (typeof DomainSaveRestoreFlags)[keyof typeof DomainSaveRestoreFlags];

/** virDomainMemoryModFlags (bit mask); values are VIR_DOMAIN_MEM_*. */
export const DomainMemoryModFlags = {
  CURRENT: 0,
  LIVE: 1,
  CONFIG: 2,
  MAXIMUM: 4,
} as const;
export type DomainMemoryModFlags = (typeof DomainMemoryModFlags)[keyof typeof DomainMemoryModFlags];

/** virDomainNumatuneMemMode (enumeration); values are VIR_DOMAIN_NUMATUNE_MEM_*. */
export const DomainNumatuneMemMode = {
  STRICT: 0,
  PREFERRED: 1,
  INTERLEAVE: 2,
  RESTRICTIVE: 3,
} as const;
export type DomainNumatuneMemMode = (typeof DomainNumatuneMemMode)[keyof typeof DomainNumatuneMemMode];

/** virDomainGetHostnameFlags (bit mask); values are VIR_DOMAIN_GET_HOSTNAME_*. */
export const DomainGetHostnameFlags = {
  LEASE: 1,
  AGENT: 2,
} as const;
export type DomainGetHostnameFlags = (typeof DomainGetHostnameFlags)[keyof typeof DomainGetHostnameFlags];

/** virDomainMetadataType (enumeration); values are VIR_DOMAIN_METADATA_*. */
export const DomainMetadataType = {
  DESCRIPTION: 0,
  TITLE: 1,
  ELEMENT: 2,
} as const;
export type DomainMetadataType = (typeof DomainMetadataType)[keyof typeof DomainMetadataType];

/** virDomainXMLFlags (bit mask); values are VIR_DOMAIN_XML_*. */
export const DomainXMLFlags = {
  SECURE: 1,
  INACTIVE: 2,
  UPDATE_CPU: 4,
  MIGRATABLE: 8,
} as const;
export type DomainXMLFlags = (typeof DomainXMLFlags)[keyof typeof DomainXMLFlags];

/** virDomainSaveImageXMLFlags (bit mask); values are VIR_DOMAIN_SAVE_IMAGE_XML_*. */
export const DomainSaveImageXMLFlags = {
  SECURE: 1,
} as const;
export type DomainSaveImageXMLFlags = (typeof DomainSaveImageXMLFlags)[keyof typeof DomainSaveImageXMLFlags];

/** virDomainBlockResizeFlags (bit mask); values are VIR_DOMAIN_BLOCK_RESIZE_*. */
export const DomainBlockResizeFlags = {
  BYTES: 1,
} as const;
export type DomainBlockResizeFlags = (typeof DomainBlockResizeFlags)[keyof typeof DomainBlockResizeFlags];

/** virDomainMemoryFlags (bit mask); values are VIR_MEMORY_*. */
export const DomainMemoryFlags = {
  VIRTUAL: 1,
  PHYSICAL: 2,
} as const;
export type DomainMemoryFlags = (typeof DomainMemoryFlags)[keyof typeof DomainMemoryFlags];

/** virDomainDefineFlags (bit mask); values are VIR_DOMAIN_DEFINE_*. */
export const DomainDefineFlags = {
  VALIDATE: 1,
} as const;
export type DomainDefineFlags = (typeof DomainDefineFlags)[keyof typeof DomainDefineFlags];

/** virDomainUndefineFlagsValues (bit mask); values are VIR_DOMAIN_UNDEFINE_*. */
export const DomainUndefineFlagsValues = {
  MANAGED_SAVE: 1,
  SNAPSHOTS_METADATA: 2,
  NVRAM: 4,
  KEEP_NVRAM: 8,
  CHECKPOINTS_METADATA: 16,
  TPM: 32,
  KEEP_TPM: 64,
} as const;
export type DomainUndefineFlagsValues = (typeof DomainUndefineFlagsValues)[keyof typeof DomainUndefineFlagsValues];

/** virDomainVcpuFlags (bit mask); values are VIR_DOMAIN_VCPU_*. */
export const DomainVcpuFlags = {
  CURRENT: 0,
  LIVE: 1,
  CONFIG: 2,
  MAXIMUM: 4,
  GUEST: 8,
  HOTPLUGGABLE: 16,
} as const;
export type DomainVcpuFlags = (typeof DomainVcpuFlags)[keyof typeof DomainVcpuFlags];

/** virDomainDeviceModifyFlags (bit mask); values are VIR_DOMAIN_DEVICE_MODIFY_*. */
export const DomainDeviceModifyFlags = {
  CURRENT: 0,
  LIVE: 1,
  CONFIG: 2,
  FORCE: 4,
} as const;
export type DomainDeviceModifyFlags = (typeof DomainDeviceModifyFlags)[keyof typeof DomainDeviceModifyFlags];

/** virDomainStatsTypes (bit mask); values are VIR_DOMAIN_STATS_*. */
export const DomainStatsTypes = {
  STATE: 1,
  CPU_TOTAL: 2,
  BALLOON: 4,
  VCPU: 8,
  INTERFACE: 16,
  BLOCK: 32,
  PERF: 64,
  IOTHREAD: 128,
  MEMORY: 256,
  DIRTYRATE: 512,
  VM: 1024,
} as const;
export type DomainStatsTypes = (typeof DomainStatsTypes)[keyof typeof DomainStatsTypes];

/** virDomainBlockJobType (enumeration); values are VIR_DOMAIN_BLOCK_JOB_TYPE_*. */
export const DomainBlockJobType = {
  UNKNOWN: 0,
  PULL: 1,
  COPY: 2,
  COMMIT: 3,
  ACTIVE_COMMIT: 4,
  BACKUP: 5,
} as const;
export type DomainBlockJobType = (typeof DomainBlockJobType)[keyof typeof DomainBlockJobType];

/** virDomainBlockJobAbortFlags (bit mask); values are VIR_DOMAIN_BLOCK_JOB_ABORT_*. */
export const DomainBlockJobAbortFlags = {
  ASYNC: 1,
  PIVOT: 2,
} as const;
export type DomainBlockJobAbortFlags = (typeof DomainBlockJobAbortFlags)[keyof typeof DomainBlockJobAbortFlags];

/** virDomainBlockJobInfoFlags (bit mask); values are VIR_DOMAIN_BLOCK_JOB_INFO_*. */
export const DomainBlockJobInfoFlags = {
  BANDWIDTH_BYTES: 1,
} as const;
export type DomainBlockJobInfoFlags = (typeof DomainBlockJobInfoFlags)[keyof typeof DomainBlockJobInfoFlags];

/** virDomainBlockJobSetSpeedFlags (bit mask); values are VIR_DOMAIN_BLOCK_JOB_*. */
export const DomainBlockJobSetSpeedFlags = {
  SPEED_BANDWIDTH_BYTES: 1,
} as const;
export type DomainBlockJobSetSpeedFlags =
  (typeof DomainBlockJobSetSpeedFlags)[keyof typeof DomainBlockJobSetSpeedFlags];

/** virDomainBlockPullFlags (bit mask); values are VIR_DOMAIN_BLOCK_PULL_*. */
export const DomainBlockPullFlags = {
  BANDWIDTH_BYTES: 64,
} as const;
export type DomainBlockPullFlags = (typeof DomainBlockPullFlags)[keyof typeof DomainBlockPullFlags];

/** virDomainBlockRebaseFlags (bit mask); values are VIR_DOMAIN_BLOCK_REBASE_*. */
export const DomainBlockRebaseFlags = {
  SHALLOW: 1,
  REUSE_EXT: 2,
  COPY_RAW: 4,
  COPY: 8,
  RELATIVE: 16,
  COPY_DEV: 32,
  BANDWIDTH_BYTES: 64,
} as const;
export type DomainBlockRebaseFlags = (typeof DomainBlockRebaseFlags)[keyof typeof DomainBlockRebaseFlags];

/** virDomainBlockCopyFlags (bit mask); values are VIR_DOMAIN_BLOCK_COPY_*. */
export const DomainBlockCopyFlags = {
  SHALLOW: 1,
  REUSE_EXT: 2,
  TRANSIENT_JOB: 4,
  SYNCHRONOUS_WRITES: 8,
} as const;
export type DomainBlockCopyFlags = (typeof DomainBlockCopyFlags)[keyof typeof DomainBlockCopyFlags];

/** virDomainBlockCommitFlags (bit mask); values are VIR_DOMAIN_BLOCK_COMMIT_*. */
export const DomainBlockCommitFlags = {
  SHALLOW: 1,
  DELETE: 2,
  ACTIVE: 4,
  RELATIVE: 8,
  BANDWIDTH_BYTES: 16,
} as const;
export type DomainBlockCommitFlags = (typeof DomainBlockCommitFlags)[keyof typeof DomainBlockCommitFlags];

/** virDomainDiskErrorCode (enumeration); values are VIR_DOMAIN_DISK_ERROR_*. */
export const DomainDiskErrorCode = {
  NONE: 0,
  UNSPEC: 1,
  NO_SPACE: 2,
} as const;
export type DomainDiskErrorCode = (typeof DomainDiskErrorCode)[keyof typeof DomainDiskErrorCode];

/** virDomainProcessSignal (enumeration); values are VIR_DOMAIN_PROCESS_SIGNAL_*. */
export const DomainProcessSignal = {
  NOP: 0,
  HUP: 1,
  INT: 2,
  QUIT: 3,
  ILL: 4,
  TRAP: 5,
  ABRT: 6,
  BUS: 7,
  FPE: 8,
  KILL: 9,
  USR1: 10,
  SEGV: 11,
  USR2: 12,
  PIPE: 13,
  ALRM: 14,
  TERM: 15,
  STKFLT: 16,
  CHLD: 17,
  CONT: 18,
  STOP: 19,
  TSTP: 20,
  TTIN: 21,
  TTOU: 22,
  URG: 23,
  XCPU: 24,
  XFSZ: 25,
  VTALRM: 26,
  PROF: 27,
  WINCH: 28,
  POLL: 29,
  PWR: 30,
  SYS: 31,
  RT0: 32,
  RT1: 33,
  RT2: 34,
  RT3: 35,
  RT4: 36,
  RT5: 37,
  RT6: 38,
  RT7: 39,
  RT8: 40,
  RT9: 41,
  RT10: 42,
  RT11: 43,
  RT12: 44,
  RT13: 45,
  RT14: 46,
  RT15: 47,
  RT16: 48,
  RT17: 49,
  RT18: 50,
  RT19: 51,
  RT20: 52,
  RT21: 53,
  RT22: 54,
  RT23: 55,
  RT24: 56,
  RT25: 57,
  RT26: 58,
  RT27: 59,
  RT28: 60,
  RT29: 61,
  RT30: 62,
  RT31: 63,
  RT32: 64,
} as const;
export type DomainProcessSignal = (typeof DomainProcessSignal)[keyof typeof DomainProcessSignal];

/** virDomainEventType (enumeration); values are VIR_DOMAIN_EVENT_*. */
export const DomainEventType = {
  DEFINED: 0,
  UNDEFINED: 1,
  STARTED: 2,
  SUSPENDED: 3,
  RESUMED: 4,
  STOPPED: 5,
  SHUTDOWN: 6,
  PMSUSPENDED: 7,
  CRASHED: 8,
} as const;
export type DomainEventType = (typeof DomainEventType)[keyof typeof DomainEventType];

/** virDomainEventDefinedDetailType (enumeration); values are VIR_DOMAIN_EVENT_DEFINED_*. */
export const DomainEventDefinedDetailType = {
  ADDED: 0,
  UPDATED: 1,
  RENAMED: 2,
  FROM_SNAPSHOT: 3,
} as const;
export type DomainEventDefinedDetailType =
  (typeof DomainEventDefinedDetailType)[keyof typeof DomainEventDefinedDetailType];

/** virDomainEventUndefinedDetailType (enumeration); values are VIR_DOMAIN_EVENT_UNDEFINED_*. */
export const DomainEventUndefinedDetailType = {
  REMOVED: 0,
  RENAMED: 1,
} as const;
export type DomainEventUndefinedDetailType =
  (typeof DomainEventUndefinedDetailType)[keyof typeof DomainEventUndefinedDetailType];

/** virDomainEventStartedDetailType (enumeration); values are VIR_DOMAIN_EVENT_STARTED_*. */
export const DomainEventStartedDetailType = {
  BOOTED: 0,
  MIGRATED: 1,
  RESTORED: 2,
  FROM_SNAPSHOT: 3,
  WAKEUP: 4,
} as const;
export type DomainEventStartedDetailType =
  (typeof DomainEventStartedDetailType)[keyof typeof DomainEventStartedDetailType];

/** virDomainEventSuspendedDetailType (enumeration); values are VIR_DOMAIN_EVENT_SUSPENDED_*. */
export const DomainEventSuspendedDetailType = {
  PAUSED: 0,
  MIGRATED: 1,
  IOERROR: 2,
  WATCHDOG: 3,
  RESTORED: 4,
  FROM_SNAPSHOT: 5,
  API_ERROR: 6,
  POSTCOPY: 7,
  POSTCOPY_FAILED: 8,
} as const;
export type DomainEventSuspendedDetailType =
  (typeof DomainEventSuspendedDetailType)[keyof typeof DomainEventSuspendedDetailType];

/** virDomainEventResumedDetailType (enumeration); values are VIR_DOMAIN_EVENT_RESUMED_*. */
export const DomainEventResumedDetailType = {
  UNPAUSED: 0,
  MIGRATED: 1,
  FROM_SNAPSHOT: 2,
  POSTCOPY: 3,
  POSTCOPY_FAILED: 4,
} as const;
export type DomainEventResumedDetailType =
  (typeof DomainEventResumedDetailType)[keyof typeof DomainEventResumedDetailType];

/** virDomainEventStoppedDetailType (enumeration); values are VIR_DOMAIN_EVENT_STOPPED_*. */
export const DomainEventStoppedDetailType = {
  SHUTDOWN: 0,
  DESTROYED: 1,
  CRASHED: 2,
  MIGRATED: 3,
  SAVED: 4,
  FAILED: 5,
  FROM_SNAPSHOT: 6,
} as const;
export type DomainEventStoppedDetailType =
  (typeof DomainEventStoppedDetailType)[keyof typeof DomainEventStoppedDetailType];

/** virDomainEventShutdownDetailType (enumeration); values are VIR_DOMAIN_EVENT_SHUTDOWN_*. */
export const DomainEventShutdownDetailType = {
  FINISHED: 0,
  GUEST: 1,
  HOST: 2,
} as const;
export type DomainEventShutdownDetailType =
  (typeof DomainEventShutdownDetailType)[keyof typeof DomainEventShutdownDetailType];

/** virDomainEventPMSuspendedDetailType (enumeration); values are VIR_DOMAIN_EVENT_PMSUSPENDED_*. */
export const DomainEventPMSuspendedDetailType = {
  MEMORY: 0,
  DISK: 1,
} as const;
export type DomainEventPMSuspendedDetailType =
  (typeof DomainEventPMSuspendedDetailType)[keyof typeof DomainEventPMSuspendedDetailType];

/** virDomainEventCrashedDetailType (enumeration); values are VIR_DOMAIN_EVENT_CRASHED_*. */
export const DomainEventCrashedDetailType = {
  PANICKED: 0,
  CRASHLOADED: 1,
} as const;
export type DomainEventCrashedDetailType =
  (typeof DomainEventCrashedDetailType)[keyof typeof DomainEventCrashedDetailType];

/** virDomainMemoryFailureRecipientType (enumeration); values are VIR_DOMAIN_EVENT_MEMORY_FAILURE_RECIPIENT_*. */
export const DomainMemoryFailureRecipientType = {
  HYPERVISOR: 0,
  GUEST: 1,
} as const;
export type DomainMemoryFailureRecipientType =
  (typeof DomainMemoryFailureRecipientType)[keyof typeof DomainMemoryFailureRecipientType];

/** virDomainMemoryFailureActionType (enumeration); values are VIR_DOMAIN_EVENT_MEMORY_FAILURE_ACTION_*. */
export const DomainMemoryFailureActionType = {
  IGNORE: 0,
  INJECT: 1,
  FATAL: 2,
  RESET: 3,
} as const;
export type DomainMemoryFailureActionType =
  (typeof DomainMemoryFailureActionType)[keyof typeof DomainMemoryFailureActionType];

/** virDomainMemoryFailureFlags (bit mask); values are VIR_DOMAIN_MEMORY_FAILURE_*. */
export const DomainMemoryFailureFlags = {
  ACTION_REQUIRED: 1,
  RECURSIVE: 2,
} as const;
export type DomainMemoryFailureFlags = (typeof DomainMemoryFailureFlags)[keyof typeof DomainMemoryFailureFlags];

/** virDomainJobType (enumeration); values are VIR_DOMAIN_JOB_*. */
export const DomainJobType = {
  NONE: 0,
  BOUNDED: 1,
  UNBOUNDED: 2,
  COMPLETED: 3,
  FAILED: 4,
  CANCELLED: 5,
} as const;
export type DomainJobType = (typeof DomainJobType)[keyof typeof DomainJobType];

/** virDomainGetJobStatsFlags (bit mask); values are VIR_DOMAIN_JOB_STATS_*. */
export const DomainGetJobStatsFlags = {
  COMPLETED: 1,
  KEEP_COMPLETED: 2,
} as const;
export type DomainGetJobStatsFlags = (typeof DomainGetJobStatsFlags)[keyof typeof DomainGetJobStatsFlags];

/** virDomainAbortJobFlagsValues (bit mask); values are VIR_DOMAIN_ABORT_JOB_*. */
export const DomainAbortJobFlagsValues = {
  POSTCOPY: 1,
} as const;
export type DomainAbortJobFlagsValues = (typeof DomainAbortJobFlagsValues)[keyof typeof DomainAbortJobFlagsValues];

/** virDomainJobOperation (enumeration); values are VIR_DOMAIN_JOB_OPERATION_*. */
export const DomainJobOperation = {
  UNKNOWN: 0,
  START: 1,
  SAVE: 2,
  RESTORE: 3,
  MIGRATION_IN: 4,
  MIGRATION_OUT: 5,
  SNAPSHOT: 6,
  SNAPSHOT_REVERT: 7,
  DUMP: 8,
  BACKUP: 9,
  SNAPSHOT_DELETE: 10,
} as const;
export type DomainJobOperation = (typeof DomainJobOperation)[keyof typeof DomainJobOperation];

/** virDomainEventWatchdogAction (enumeration); values are VIR_DOMAIN_EVENT_WATCHDOG_*. */
export const DomainEventWatchdogAction = {
  NONE: 0,
  PAUSE: 1,
  RESET: 2,
  POWEROFF: 3,
  SHUTDOWN: 4,
  DEBUG: 5,
  INJECTNMI: 6,
} as const;
export type DomainEventWatchdogAction = (typeof DomainEventWatchdogAction)[keyof typeof DomainEventWatchdogAction];

/** virDomainEventIOErrorAction (enumeration); values are VIR_DOMAIN_EVENT_IO_ERROR_*. */
export const DomainEventIOErrorAction = {
  NONE: 0,
  PAUSE: 1,
  REPORT: 2,
} as const;
export type DomainEventIOErrorAction = (typeof DomainEventIOErrorAction)[keyof typeof DomainEventIOErrorAction];

/** virDomainEventGraphicsPhase (enumeration); values are VIR_DOMAIN_EVENT_GRAPHICS_*. */
export const DomainEventGraphicsPhase = {
  CONNECT: 0,
  INITIALIZE: 1,
  DISCONNECT: 2,
} as const;
export type DomainEventGraphicsPhase = (typeof DomainEventGraphicsPhase)[keyof typeof DomainEventGraphicsPhase];

/** virDomainEventGraphicsAddressType (enumeration); values are VIR_DOMAIN_EVENT_GRAPHICS_ADDRESS_*. */
export const DomainEventGraphicsAddressType = {
  IPV4: 0,
  IPV6: 1,
  UNIX: 2,
} as const;
export type DomainEventGraphicsAddressType =
  (typeof DomainEventGraphicsAddressType)[keyof typeof DomainEventGraphicsAddressType];

/** virDomainEventTrayChangeReason (enumeration); values are VIR_DOMAIN_EVENT_TRAY_CHANGE_*. */
export const DomainEventTrayChangeReason = {
  OPEN: 0,
  CLOSE: 1,
} as const;
export type DomainEventTrayChangeReason =
  (typeof DomainEventTrayChangeReason)[keyof typeof DomainEventTrayChangeReason];

/** virDomainEventID (enumeration); values are VIR_DOMAIN_EVENT_ID_*. */
export const DomainEventID = {
  LIFECYCLE: 0,
  REBOOT: 1,
  RTC_CHANGE: 2,
  WATCHDOG: 3,
  IO_ERROR: 4,
  GRAPHICS: 5,
  IO_ERROR_REASON: 6,
  CONTROL_ERROR: 7,
  BLOCK_JOB: 8,
  DISK_CHANGE: 9,
  TRAY_CHANGE: 10,
  PMWAKEUP: 11,
  PMSUSPEND: 12,
  BALLOON_CHANGE: 13,
  PMSUSPEND_DISK: 14,
  DEVICE_REMOVED: 15,
  BLOCK_JOB_2: 16,
  TUNABLE: 17,
  AGENT_LIFECYCLE: 18,
  DEVICE_ADDED: 19,
  MIGRATION_ITERATION: 20,
  JOB_COMPLETED: 21,
  DEVICE_REMOVAL_FAILED: 22,
  METADATA_CHANGE: 23,
  BLOCK_THRESHOLD: 24,
  MEMORY_FAILURE: 25,
  MEMORY_DEVICE_SIZE_CHANGE: 26,
} as const;
export type DomainEventID = (typeof DomainEventID)[keyof typeof DomainEventID];

/** virDomainConsoleFlags (bit mask); values are VIR_DOMAIN_CONSOLE_*. */
export const DomainConsoleFlags = {
  FORCE: 1,
  SAFE: 2,
} as const;
export type DomainConsoleFlags = (typeof DomainConsoleFlags)[keyof typeof DomainConsoleFlags];

/** virDomainChannelFlags (bit mask); values are VIR_DOMAIN_CHANNEL_*. */
export const DomainChannelFlags = {
  FORCE: 1,
} as const;
export type DomainChannelFlags = (typeof DomainChannelFlags)[keyof typeof DomainChannelFlags];

/** virDomainOpenGraphicsFlags (bit mask); values are VIR_DOMAIN_OPEN_GRAPHICS_*. */
export const DomainOpenGraphicsFlags = {
  SKIPAUTH: 1,
} as const;
export type DomainOpenGraphicsFlags = (typeof DomainOpenGraphicsFlags)[keyof typeof DomainOpenGraphicsFlags];

/** virDomainSetTimeFlags (bit mask); values are VIR_DOMAIN_*. */
export const DomainSetTimeFlags = {
  TIME_SYNC: 1,
} as const;
export type DomainSetTimeFlags = (typeof DomainSetTimeFlags)[keyof typeof DomainSetTimeFlags];

/** virDomainInterfaceAddressesSource (enumeration); values are VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_*. */
export const DomainInterfaceAddressesSource = {
  LEASE: 0,
  AGENT: 1,
  ARP: 2,
} as const;
export type DomainInterfaceAddressesSource =
  (typeof DomainInterfaceAddressesSource)[keyof typeof DomainInterfaceAddressesSource];

/** virDomainSetUserPasswordFlags (bit mask); values are VIR_DOMAIN_*. */
export const DomainSetUserPasswordFlags = {
  PASSWORD_ENCRYPTED: 1,
} as const;
export type DomainSetUserPasswordFlags = (typeof DomainSetUserPasswordFlags)[keyof typeof DomainSetUserPasswordFlags];

/** virDomainLifecycle (enumeration); values are VIR_DOMAIN_LIFECYCLE_*. */
export const DomainLifecycle = {
  POWEROFF: 0,
  REBOOT: 1,
  CRASH: 2,
} as const;
export type DomainLifecycle = (typeof DomainLifecycle)[keyof typeof DomainLifecycle];

/** virDomainLifecycleAction (enumeration); values are VIR_DOMAIN_LIFECYCLE_ACTION_*. */
export const DomainLifecycleAction = {
  DESTROY: 0,
  RESTART: 1,
  RESTART_RENAME: 2,
  PRESERVE: 3,
  COREDUMP_DESTROY: 4,
  COREDUMP_RESTART: 5,
} as const;
export type DomainLifecycleAction = (typeof DomainLifecycleAction)[keyof typeof DomainLifecycleAction];

/** virDomainGuestInfoTypes (bit mask); values are VIR_DOMAIN_GUEST_INFO_*. */
export const DomainGuestInfoTypes = {
  USERS: 1,
  OS: 2,
  TIMEZONE: 4,
  HOSTNAME: 8,
  FILESYSTEM: 16,
  DISKS: 32,
  INTERFACES: 64,
} as const;
export type DomainGuestInfoTypes = (typeof DomainGuestInfoTypes)[keyof typeof DomainGuestInfoTypes];

/** virDomainAgentResponseTimeoutValues (enumeration); values are VIR_DOMAIN_AGENT_RESPONSE_TIMEOUT_*. */
export const DomainAgentResponseTimeoutValues = {
  BLOCK: -2,
  DEFAULT: -1,
  NOWAIT: 0,
} as const;
export type DomainAgentResponseTimeoutValues =
  (typeof DomainAgentResponseTimeoutValues)[keyof typeof DomainAgentResponseTimeoutValues];

/** virDomainBackupBeginFlags (bit mask); values are VIR_DOMAIN_BACKUP_BEGIN_*. */
export const DomainBackupBeginFlags = {
  REUSE_EXTERNAL: 1,
} as const;
export type DomainBackupBeginFlags = (typeof DomainBackupBeginFlags)[keyof typeof DomainBackupBeginFlags];

/** virDomainAuthorizedSSHKeysSetFlags (bit mask); values are VIR_DOMAIN_AUTHORIZED_SSH_KEYS_SET_*. */
export const DomainAuthorizedSSHKeysSetFlags = {
  APPEND: 1,
  REMOVE: 2,
} as const;
export type DomainAuthorizedSSHKeysSetFlags =
  (typeof DomainAuthorizedSSHKeysSetFlags)[keyof typeof DomainAuthorizedSSHKeysSetFlags];

/** virDomainMessageType (bit mask); values are VIR_DOMAIN_MESSAGE_*. */
export const DomainMessageType = {
  DEPRECATION: 1,
  TAINTING: 2,
} as const;
export type DomainMessageType = (typeof DomainMessageType)[keyof typeof DomainMessageType];

/** virDomainDirtyRateStatus (enumeration); values are VIR_DOMAIN_DIRTYRATE_*. */
export const DomainDirtyRateStatus = {
  UNSTARTED: 0,
  MEASURING: 1,
  MEASURED: 2,
} as const;
export type DomainDirtyRateStatus = (typeof DomainDirtyRateStatus)[keyof typeof DomainDirtyRateStatus];

/** virDomainDirtyRateCalcFlags (bit mask); values are VIR_DOMAIN_DIRTYRATE_MODE_*. */
export const DomainDirtyRateCalcFlags = {
  PAGE_SAMPLING: 0,
  DIRTY_BITMAP: 1,
  DIRTY_RING: 2,
} as const;
export type DomainDirtyRateCalcFlags = (typeof DomainDirtyRateCalcFlags)[keyof typeof DomainDirtyRateCalcFlags];

/** virDomainFDAssociateFlags (bit mask); values are VIR_DOMAIN_FD_ASSOCIATE_SECLABEL_*. */
export const DomainFDAssociateFlags = {
  RESTORE: 1,
  WRITABLE: 2,
} as const;
export type DomainFDAssociateFlags = (typeof DomainFDAssociateFlags)[keyof typeof DomainFDAssociateFlags];

/** virDomainCheckpointCreateFlags (bit mask); values are VIR_DOMAIN_CHECKPOINT_CREATE_*. */
export const DomainCheckpointCreateFlags = {
  REDEFINE: 1,
  QUIESCE: 2,
  REDEFINE_VALIDATE: 4,
} as const;
export type DomainCheckpointCreateFlags =
  (typeof DomainCheckpointCreateFlags)[keyof typeof DomainCheckpointCreateFlags];

/** virDomainCheckpointXMLFlags (bit mask); values are VIR_DOMAIN_CHECKPOINT_XML_*. */
export const DomainCheckpointXMLFlags = {
  SECURE: 1,
  NO_DOMAIN: 2,
  SIZE: 4,
} as const;
export type DomainCheckpointXMLFlags = (typeof DomainCheckpointXMLFlags)[keyof typeof DomainCheckpointXMLFlags];

/** virDomainCheckpointListFlags (bit mask); values are VIR_DOMAIN_CHECKPOINT_LIST_*. */
export const DomainCheckpointListFlags = {
  ROOTS: 1,
  DESCENDANTS: 1,
  TOPOLOGICAL: 2,
  LEAVES: 4,
  NO_LEAVES: 8,
} as const;
export type DomainCheckpointListFlags = (typeof DomainCheckpointListFlags)[keyof typeof DomainCheckpointListFlags];

/** virDomainCheckpointDeleteFlags (bit mask); values are VIR_DOMAIN_CHECKPOINT_DELETE_*. */
export const DomainCheckpointDeleteFlags = {
  CHILDREN: 1,
  METADATA_ONLY: 2,
  CHILDREN_ONLY: 4,
} as const;
export type DomainCheckpointDeleteFlags =
  (typeof DomainCheckpointDeleteFlags)[keyof typeof DomainCheckpointDeleteFlags];

/** virDomainSnapshotCreateFlags (bit mask); values are VIR_DOMAIN_SNAPSHOT_CREATE_*. */
export const DomainSnapshotCreateFlags = {
  REDEFINE: 1,
  CURRENT: 2,
  NO_METADATA: 4,
  HALT: 8,
  DISK_ONLY: 16,
  REUSE_EXT: 32,
  QUIESCE: 64,
  ATOMIC: 128,
  LIVE: 256,
  VALIDATE: 512,
} as const;
export type DomainSnapshotCreateFlags = (typeof DomainSnapshotCreateFlags)[keyof typeof DomainSnapshotCreateFlags];

/** virDomainSnapshotXMLFlags (bit mask); values are VIR_DOMAIN_SNAPSHOT_XML_*. */
export const DomainSnapshotXMLFlags = {
  SECURE: 1,
} as const;
export type DomainSnapshotXMLFlags = (typeof DomainSnapshotXMLFlags)[keyof typeof DomainSnapshotXMLFlags];

/** virDomainSnapshotListFlags (bit mask); values are VIR_DOMAIN_SNAPSHOT_LIST_*. */
export const DomainSnapshotListFlags = {
  ROOTS: 1,
  DESCENDANTS: 1,
  LEAVES: 4,
  NO_LEAVES: 8,
  METADATA: 2,
  NO_METADATA: 16,
  INACTIVE: 32,
  ACTIVE: 64,
  DISK_ONLY: 128,
  INTERNAL: 256,
  EXTERNAL: 512,
  TOPOLOGICAL: 1024,
} as const;
export type DomainSnapshotListFlags = (typeof DomainSnapshotListFlags)[keyof typeof DomainSnapshotListFlags];

/** virDomainSnapshotRevertFlags (bit mask); values are VIR_DOMAIN_SNAPSHOT_REVERT_*. */
export const DomainSnapshotRevertFlags = {
  RUNNING: 1,
  PAUSED: 2,
  FORCE: 4,
  RESET_NVRAM: 8,
} as const;
export type DomainSnapshotRevertFlags = (typeof DomainSnapshotRevertFlags)[keyof typeof DomainSnapshotRevertFlags];

/** virDomainSnapshotDeleteFlags (bit mask); values are VIR_DOMAIN_SNAPSHOT_DELETE_*. */
export const DomainSnapshotDeleteFlags = {
  CHILDREN: 1,
  METADATA_ONLY: 2,
  CHILDREN_ONLY: 4,
} as const;
export type DomainSnapshotDeleteFlags = (typeof DomainSnapshotDeleteFlags)[keyof typeof DomainSnapshotDeleteFlags];

/** virDomainQemuMonitorCommandFlags (bit mask); values are VIR_DOMAIN_QEMU_MONITOR_COMMAND_*. */
export const DomainQemuMonitorCommandFlags = {
  DEFAULT: 0,
  HMP: 1,
} as const;
export type DomainQemuMonitorCommandFlags =
  (typeof DomainQemuMonitorCommandFlags)[keyof typeof DomainQemuMonitorCommandFlags];

/** virDomainQemuAgentCommandTimeoutValues (enumeration); values are VIR_DOMAIN_QEMU_AGENT_COMMAND_*. */
export const DomainQemuAgentCommandTimeoutValues = {
  MIN: -2,
  BLOCK: -2,
  DEFAULT: -1,
  NOWAIT: 0,
  SHUTDOWN: 60,
} as const;
export type DomainQemuAgentCommandTimeoutValues =
  (typeof DomainQemuAgentCommandTimeoutValues)[keyof typeof DomainQemuAgentCommandTimeoutValues];
