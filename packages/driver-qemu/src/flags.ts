import {
  type FunctionName,
  type HypervisorDriver,
  NODE_OPERATION_FLAGS,
  withFlagChecks as checkFlags,
} from '@virtkit/core/driver';
import { ErrorDomain } from '@virtkit/core/util';

const AFFECT = 0x3; // VIR_DOMAIN_AFFECT_LIVE | _CONFIG

/** VIR_TYPED_PARAM_STRING_OKAY, which every client of today gives */
const STRINGS = 0x4;

const SNAPSHOT_LIST = 0x7ff; // all of VIR_DOMAIN_SNAPSHOT_LIST_*

/** The flags that each function knows; functions with flags that are not listed know none. */
const ACCEPTED: Readonly<Partial<Record<FunctionName, number>>> = {
  ...NODE_OPERATION_FLAGS,
  connectListAllDomains: 0xffff,
  connectBaselineCPU: 0x3, // EXPAND_FEATURES, MIGRATABLE
  connectBaselineHypervisorCPU: 0x3,
  connectCompareCPU: 0x3, // FAIL_INCOMPATIBLE, VALIDATE_XML
  connectCompareHypervisorCPU: 0x3,
  connectGetAllDomainStats: 0xe000_00ff,
  domainCreateXML: 0x13, // PAUSED, AUTODESTROY, VALIDATE
  domainCreateWithFlags: 0xf, // PAUSED, AUTODESTROY, BYPASS_CACHE, FORCE_BOOT
  domainDefineXMLFlags: 0x1,
  domainUndefineFlags: 0x7f,
  domainShutdownFlags: 0x3, // ACPI_POWER_BTN, GUEST_AGENT
  domainReboot: 0x3,
  domainDestroyFlags: 0x1,
  domainGetXMLDesc: 0xf,
  domainOpenConsole: 0x3,
  domainOpenChannel: 0x1,
  domainSetMemoryFlags: AFFECT | 0x4,
  domainSetMemoryStatsPeriod: AFFECT,
  domainGetVcpusFlags: AFFECT | 0x4 | 0x8, // MAXIMUM, GUEST
  domainSetVcpusFlags: AFFECT | 0x4 | 0x8 | 0x10, // HOTPLUGGABLE
  domainSetVcpu: AFFECT,
  domainPinVcpuFlags: AFFECT,
  domainGetVcpuPinInfo: AFFECT,
  domainPinEmulator: AFFECT,
  domainGetEmulatorPinInfo: AFFECT,
  domainPinIOThread: AFFECT,
  domainGetIOThreadInfo: AFFECT,
  domainAddIOThread: AFFECT,
  domainDelIOThread: AFFECT,
  domainSetIOThreadParams: AFFECT,
  domainGetLaunchSecurityInfo: STRINGS,
  domainStartDirtyRateCalc: 0x3, // DIRTY_BITMAP, DIRTY_RING
  nodeGetSEVInfo: STRINGS,
  domainGetSchedulerParametersFlags: AFFECT | STRINGS,
  domainSetSchedulerParametersFlags: AFFECT,
  domainGetMemoryParameters: AFFECT | STRINGS,
  domainSetMemoryParameters: AFFECT,
  domainGetBlkioParameters: AFFECT | STRINGS,
  domainSetBlkioParameters: AFFECT,
  domainGetNumaParameters: AFFECT | STRINGS,
  domainSetNumaParameters: AFFECT,
  domainGetCPUStats: STRINGS,
  domainGetPerfEvents: AFFECT | STRINGS,
  domainSetPerfEvents: AFFECT,
  domainSetLifecycleAction: AFFECT,
  domainGetHostname: 0x3, // LEASE, AGENT
  domainSetTime: 0x1, // SYNC
  domainSetUserPassword: 0x1, // ENCRYPTED
  domainAuthorizedSSHKeysSet: 0x3, // APPEND, REMOVE
  domainMemoryPeek: 0x3,
  domainBlockResize: 0x1,
  domainSetBlockIoTune: AFFECT,
  domainGetBlockIoTune: AFFECT | STRINGS,
  domainSetInterfaceParameters: AFFECT,
  domainGetInterfaceParameters: AFFECT | STRINGS,
  domainBlockPull: 0x40, // BANDWIDTH_BYTES
  domainBlockRebase: 0x7f,
  domainBlockCommit: 0x1f,
  domainBlockCopy: 0xf,
  domainBlockJobAbort: 0x3, // ASYNC, PIVOT
  domainBlockJobSetSpeed: 0x1,
  domainGetBlockJobInfo: 0x1,
  domainGetMessages: 0x3,
  domainGetJobStats: 0x3,
  domainAbortJobFlags: 0x1,
  domainSaveFlags: 0x7, // BYPASS_CACHE, RUNNING, PAUSED
  domainSaveParams: 0x7,
  domainRestoreFlags: 0x7,
  domainRestoreParams: 0x7,
  domainSaveImageGetXMLDesc: 0x1,
  domainSaveImageDefineXML: 0x6,
  domainManagedSave: 0x7,
  domainManagedSaveGetXMLDesc: 0x1,
  domainManagedSaveDefineXML: 0x6,
  domainCoreDumpWithFormat: 0x1f,
  domainMigrateGetMaxSpeed: 0x1,
  domainMigrateSetMaxSpeed: 0x1,
  domainMigratePerform: 0xffff_ffff,
  domainMigrateBegin3: 0xffff_ffff,
  domainMigratePerform3: 0xffff_ffff,
  domainMigrateBegin3Params: 0xffff_ffff,
  domainMigratePerform3Params: 0xffff_ffff,
  domainSetMetadata: AFFECT,
  domainGetMetadata: AFFECT,
  domainAttachDeviceFlags: AFFECT,
  domainUpdateDeviceFlags: AFFECT | 0x4, // FORCE
  domainDetachDeviceFlags: AFFECT,
  domainDetachDeviceAlias: AFFECT,
  domainQemuMonitorCommand: 0x1,
  domainSnapshotCreateXML: 0x3ff,
  domainSnapshotGetXMLDesc: 0x1,
  domainSnapshotNum: SNAPSHOT_LIST,
  domainSnapshotListNames: SNAPSHOT_LIST,
  domainListAllSnapshots: SNAPSHOT_LIST,
  domainSnapshotNumChildren: SNAPSHOT_LIST,
  domainSnapshotListChildrenNames: SNAPSHOT_LIST,
  domainSnapshotListAllChildren: SNAPSHOT_LIST,
  domainRevertToSnapshot: 0x7, // RUNNING, PAUSED, FORCE
  domainSnapshotDelete: 0x7,
  domainCheckpointCreateXML: 0x5, // REDEFINE, REDEFINE_VALIDATE
  domainCheckpointGetXMLDesc: 0x7,
  domainListAllCheckpoints: 0x1f,
  domainCheckpointListAllChildren: 0x1f,
  domainCheckpointDelete: 0x7,
  domainBackupBegin: 0x1, // REUSE_EXTERNAL
};

/** Puts the check for unknown flags before every function of a table that takes flags. */
export const withFlagChecks = <T extends Partial<HypervisorDriver>>(table: T): T =>
  checkFlags(table, ACCEPTED, ErrorDomain.QEMU, 'qemu');
