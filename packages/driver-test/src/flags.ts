import type { FunctionName } from '@virtkit/core/driver';

/**
 * The flags that libvirt's test driver accepts, by function; others raise INVALID_ARG. Functions with flags that are not
 * listed accept none; `ANY` stands for those that do not look.
 */
export const ANY = 0xffff_ffff;

export const ACCEPTED_FLAGS: Readonly<Partial<Record<FunctionName, number>>> = {
  connectListAllDomains: 0xffff,
  connectBaselineCPU: 0x1,
  connectGetAllDomainStats: 0xe000_00ff,
  domainCreateXML: 0x10,
  domainCreateXMLWithFiles: 0x10,
  domainDefineXMLFlags: 0x1,
  domainReboot: 0x1f,
  domainDestroyFlags: 0x1,
  domainSetMemoryFlags: 0x7,
  domainSetMemoryStatsPeriod: 0x3,
  domainSetMemoryParameters: 0x3,
  domainGetMemoryParameters: 0x7,
  domainSetNumaParameters: 0x3,
  domainGetNumaParameters: 0x7,
  domainSetBlkioParameters: 0x3,
  domainGetBlkioParameters: 0x7,
  domainSaveImageGetXMLDesc: 0x1,
  domainSaveImageDefineXML: 0x6,
  domainCoreDumpWithFormat: 0x1,
  domainSetVcpusFlags: 0x7,
  domainGetVcpusFlags: 0x7,
  domainGetVcpuPinInfo: ANY,
  domainPinEmulator: 0x3,
  domainGetEmulatorPinInfo: 0x3,
  domainGetIOThreadInfo: 0x3,
  domainPinIOThread: 0x3,
  domainAddIOThread: 0x3,
  domainDelIOThread: 0x3,
  domainSetIOThreadParams: 0x1,
  domainGetXMLDesc: 0xb,
  domainUndefineFlags: 0x3,
  domainSetInterfaceParameters: 0x3,
  domainGetInterfaceParameters: 0x7,
  domainMemoryStats: 0x0,
  domainMemoryPeek: 0x3,
  domainManagedSave: 0x7,
  domainSnapshotCreateXML: 0x3cb,
  domainSnapshotGetXMLDesc: 0x1,
  domainSnapshotNum: 0x7ff,
  domainSnapshotListNames: 0x7ff,
  domainListAllSnapshots: 0x7ff,
  domainSnapshotNumChildren: 0x7ff,
  domainSnapshotListChildrenNames: 0x7ff,
  domainSnapshotListAllChildren: 0x7ff,
  domainRevertToSnapshot: 0x7,
  domainSnapshotDelete: 0x5,
  domainGetPerfEvents: 0x7,
  domainSetPerfEvents: 0x3,
  domainSetBlockIoTune: 0x3,
  domainGetBlockIoTune: 0x7,
  domainGetCPUStats: 0x4,
  domainGetDiskErrors: 0x0,
  domainSetMetadata: 0x3,
  domainGetMetadata: 0x3,
  domainSetTime: 0x1,
  domainSetUserPassword: 0x1,
  domainSetLifecycleAction: 0x3,
  domainGetMessages: 0x3,
  domainCheckpointCreateXML: 0x3,
  domainListAllCheckpoints: 0xf,
  domainCheckpointListAllChildren: 0xf,
  domainCheckpointGetXMLDesc: 0x7,
  domainCheckpointDelete: 0x7,
  connectListAllNetworks: 0x3f,
  networkCreateXMLFlags: 0x1,
  networkDefineXMLFlags: 0x1,
  networkUpdate: 0x3,
  connectListAllStoragePools: 0xf_ffff,
  storagePoolDefineXML: 0x1,
  storageVolCreateXML: 0x4,
  storageVolCreateXMLFrom: 0x4,
  connectListAllInterfaces: 0x3,
  interfaceDefineXML: 0x1,
  connectListAllNodeDevices: 0x3f_ffff,
  nodeDeviceCreateXML: 0x1,
};

/** Functions that libvirt's driver serves through another one, whose name its error then bears. */
const SERVED_BY: Readonly<Partial<Record<FunctionName, string>>> = {
  domainCreateXMLWithFiles: 'testDomainCreateXML',
  domainCreateWithFiles: 'testDomainCreateWithFlags',
};

/** Name of the function in libvirt's driver, as its messages give it. */
export function libvirtFunction(name: FunctionName): string {
  return SERVED_BY[name] ?? `test${name.charAt(0).toUpperCase()}${name.slice(1)}`;
}
