import type {
  HypervisorDriver,
  InterfaceDriver,
  NetworkDriver,
  NodeDeviceDriver,
  StorageDriver,
} from '@virtkit/core/driver';
import { withFaults, withFlagChecks } from './driver-table.js';
import type { FaultPlan } from './faults/fault-plan.js';
import { blockOps } from './ops/block.js';
import { checkpointOps } from './ops/checkpoint.js';
import { domainInfoOps } from './ops/domain-info.js';
import { domainLifecycleOps } from './ops/domain-lifecycle.js';
import { domainListOps } from './ops/domain-list.js';
import { domainSaveOps } from './ops/domain-save.js';
import { guestOps } from './ops/guest.js';
import { hostOps } from './ops/host.js';
import { interfaceOps } from './ops/interface.js';
import { interfaceTuningOps } from './ops/interface-tuning.js';
import { iothreadOps } from './ops/iothread.js';
import { memoryOps } from './ops/memory.js';
import { metadataOps } from './ops/metadata.js';
import { networkOps } from './ops/network.js';
import { nodeDeviceOps } from './ops/node-device.js';
import { perfOps } from './ops/perf.js';
import { snapshotOps } from './ops/snapshot.js';
import { storagePoolOps } from './ops/storage-pool.js';
import { storageVolOps } from './ops/storage-vol.js';
import { tuningOps } from './ops/tuning.js';
import { vcpuOps } from './ops/vcpu.js';
import type { TestNode } from './state/test-node.js';

/** The driver tables of one node, shared by its connections. */
export interface Tables {
  readonly hypervisor: HypervisorDriver;
  readonly network: NetworkDriver;
  readonly storage: StorageDriver;
  readonly interface: InterfaceDriver;
  readonly nodeDevice: NodeDeviceDriver;
}

export function createTables(node: TestNode): Tables {
  return {
    hypervisor: withFlagChecks({
      ...hostOps(node),
      ...domainListOps(node),
      ...domainLifecycleOps(node),
      ...domainSaveOps(node),
      ...domainInfoOps(node),
      ...memoryOps(node),
      ...vcpuOps(node),
      ...iothreadOps(node),
      ...tuningOps(node),
      ...interfaceTuningOps(node),
      ...blockOps(node),
      ...perfOps(node),
      ...guestOps(node),
      ...metadataOps(node),
      ...snapshotOps(node),
      ...checkpointOps(node),
    }),
    network: withFlagChecks(networkOps(node)),
    storage: withFlagChecks({ ...storagePoolOps(node), ...storageVolOps(node) }),
    interface: withFlagChecks(interfaceOps(node)),
    nodeDevice: withFlagChecks(nodeDeviceOps(node)),
  };
}

/** The same tables with faults injected. */
export function disturbedTables(tables: Tables, plan: FaultPlan): Tables {
  return {
    hypervisor: withFaults(tables.hypervisor, plan),
    network: withFaults(tables.network, plan),
    storage: withFaults(tables.storage, plan),
    interface: withFaults(tables.interface, plan),
    nodeDevice: withFaults(tables.nodeDevice, plan),
  };
}
