import {
  type CallContext,
  type ConnectionFactory,
  type ConnectionUri,
  domainEventOps,
  type DriverConnection,
  type HypervisorDriver,
  inject,
  injectable,
  type InjectionToken,
  nodeOperations,
  scopeOfUri,
} from '@virtkit/core/driver';
import { ErrorDomain } from '@virtkit/core/util';
import { HOST_ARCH } from './capabilities/index.js';
import { withFlagChecks } from './flags.js';
import type { QemuHost } from './host/qemu-host.js';
import { QemuHosts } from './host/qemu-hosts.js';
import { addressOps } from './ops/addresses.js';
import { agentOps } from './ops/agent.js';
import { backupOps } from './ops/backups.js';
import { blockOps } from './ops/block.js';
import { blockJobOps } from './ops/block-jobs.js';
import { blockLimitOps } from './ops/block-limits.js';
import { capabilityOps } from './ops/capabilities.js';
import { checkpointOps } from './ops/checkpoints.js';
import { connectOps } from './ops/connect.js';
import { cpuStatsOps } from './ops/cpu-stats.js';
import { consoleOps } from './ops/console.js';
import { defineOps } from './ops/define.js';
import { deviceOps } from './ops/devices.js';
import { dumpOps } from './ops/dump.js';
import { dirtyRateOps } from './ops/dirty-rate.js';
import { guestOps } from './ops/guest.js';
import { guestFileOps } from './ops/guest-files.js';
import { guestInfoOps } from './ops/guest-info.js';
import { infoOps } from './ops/info.js';
import { interfaceOps } from './ops/interfaces.js';
import { iothreadOps } from './ops/iothreads.js';
import { jobOps } from './ops/jobs.js';
import { launchSecurityOps } from './ops/launch-security.js';
import { lifecycleOps } from './ops/lifecycle.js';
import { limitOps } from './ops/limits.js';
import { lookupOps } from './ops/lookup.js';
import { memoryOps } from './ops/memory.js';
import { metadataOps } from './ops/metadata.js';
import { migrationOps } from './ops/migration.js';
import { nativeOps } from './ops/native.js';
import { perfOps } from './ops/perf.js';
import { pinningOps } from './ops/pinning.js';
import { schedulerOps } from './ops/scheduler.js';
import { saveOps } from './ops/save.js';
import { QemuSession } from './ops/session.js';
import { snapshotOps } from './ops/snapshots.js';
import { statsOps } from './ops/stats.js';
import { nodeDeviceOps } from './ops/node-devices.js';
import { vcpuOps } from './ops/vcpus.js';

/** Host scope: all state of this driver. */
export const QEMU_HOSTS: InjectionToken<QemuHosts> = Symbol.for('@virtkit/driver-qemu:QemuHosts');

/** What does not depend on the connection is made once for a host: connections come and go often. */
const hostTables = new WeakMap<QemuHost, HypervisorDriver>();

function hostTable(host: QemuHost): HypervisorDriver {
  let table = hostTables.get(host);
  if (table === undefined) {
    table = withFlagChecks({
      ...connectOps(host),
      ...capabilityOps(host),
      ...nodeOperations(host.reader, HOST_ARCH),
      ...nodeDeviceOps(host),
      ...lookupOps(host),
      ...infoOps(host),
      ...memoryOps(host),
      ...deviceOps(host),
      ...nativeOps(host),
      ...vcpuOps(host),
      ...pinningOps(host),
      ...iothreadOps(host),
      ...schedulerOps(host),
      ...limitOps(host),
      ...cpuStatsOps(host),
      ...dirtyRateOps(host),
      ...launchSecurityOps(host),
      ...perfOps(host),
      ...metadataOps(host),
      ...guestOps(host),
      ...agentOps(host),
      ...guestFileOps(host),
      ...guestInfoOps(host),
      ...addressOps(host),
      ...saveOps(host),
      ...dumpOps(host),
      ...jobOps(host),
      ...migrationOps(host),
      ...blockOps(host),
      ...blockJobOps(host),
      ...blockLimitOps(host),
      ...interfaceOps(host),
      ...consoleOps(host),
      ...statsOps(host),
      ...snapshotOps(host),
      ...checkpointOps(host),
      ...backupOps(host),
    });
    hostTables.set(host, table);
  }
  return table;
}

/** The hypervisor table of one connection. */
function hypervisor(host: QemuHost, session: QemuSession): HypervisorDriver {
  const own = withFlagChecks({
    ...defineOps(host, session),
    ...lifecycleOps(host, session),
    ...domainEventOps(session.registrations),
  });
  return Object.assign(Object.create(hostTable(host)) as HypervisorDriver, own);
}

/** Opens connections to qemu:///system, qemu:///session and qemu:///embed?root=DIR. */
@injectable()
export class QemuConnectionFactory implements ConnectionFactory {
  constructor(@inject(QEMU_HOSTS) private readonly hosts: QemuHosts) {}

  async connectOpen(uri: ConnectionUri, _flags: number, { signal }: CallContext): Promise<DriverConnection> {
    const host = await this.hosts.state(scopeOfUri(uri, ErrorDomain.QEMU), signal);
    const session = new QemuSession(host);
    return { hypervisor: hypervisor(host, session), close: () => session.close() };
  }
}
