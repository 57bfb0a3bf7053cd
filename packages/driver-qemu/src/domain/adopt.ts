import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  DomainPausedReason,
  DomainRunningReason,
  DomainShutoffReason,
  DomainState,
  isProcessRunning,
} from '@virtkit/core/util';
import { refreshChannels, withoutChannelStates } from '../agent/index.js';
import { adoptBlockJobs } from '../block-jobs/index.js';
import { findGroup } from '../cgroup/index.js';
import type { QemuHost } from '../host/qemu-host.js';
import { forgetMoments } from '../moments/metadata.js';
import { isSaved, removeUnfinished } from '../jobs/recover-job.js';
import { DomainLog, QemuProcess, withSocketPath } from '../process/index.js';
import { QmpConnection } from '../qmp/index.js';
import type { QemuDomain } from './domain.js';
import { takeGraphicsPorts } from './graphics-ports.js';
import { LiveDomain } from './live-domain.js';
import { readLiveFacts, withLiveFacts } from './model.js';
import { paused, running, shutoff } from './state.js';
import { keepTapNames } from './taps.js';
import type { DomainStatus } from './status-store.js';
import { type EndReason, stopDomain } from './stop.js';
import { watchDomain } from './watch.js';

/** How long a guest may take to answer a host that has come back, in ms. */
const PATIENCE = 30_000;

/**
 * qemuProcessReconnect: takes over a guest that an earlier host process left running. One that has ended meanwhile, or
 * does not answer any more, is brought down as the host would have done.
 */
export async function adoptDomain(host: QemuHost, domain: QemuDomain, found: DomainStatus): Promise<void> {
  host.domains.reserveId(domain.id);
  if (!isProcessRunning(found.identity)) {
    await bury(host, domain, found);
    return;
  }
  const monitor = await withSocketPath(found.monitorPath, (path) => QmpConnection.connect(path)).catch(() => undefined);
  if (monitor === undefined) {
    // It closed its monitor: it is ending.
    await bury(host, domain, found);
    return;
  }
  const process = QemuProcess.adopt(found.identity, monitor);
  const log = new DomainLog(join(host.dirs.log, `${domain.name}.log`));
  const live = new LiveDomain({ process, monitor, monitorPath: found.monitorPath, dir: found.dir, log });
  live.fakeReboot = found.fakeReboot;
  live.balloon = found.balloon;
  live.cgroup = Promise.resolve(findGroup(host, domain.def, domain));
  live.job = found.job;
  live.originalCpu = found.originalCpu;
  takeGraphicsPorts(host, domain.def);
  keepTapNames(host, domain.def);
  domain.live = live;
  let gone: EndReason | undefined;
  try {
    const { status } = await monitor.execute<{ status: string }>('query-status', undefined, { timeout: PATIENCE });
    const facts = await readLiveFacts(monitor, domain.def, { timeout: PATIENCE });
    live.balloon = facts.balloon ?? live.balloon;
    domain.def = withLiveFacts(domain.def, facts);
    // Whether their other ends are open may have changed meanwhile; the agent is taken up again.
    domain.def = withoutChannelStates(domain.def);
    gone = takeState(domain, found, status);
  } catch (error) {
    host.log.error(`domain '${domain.name}' cannot be taken over and is ended: ${String(error)}`);
    gone = 'failed';
  }
  // It is in its file, and was about to be ended.
  if (found.job?.finished === true) gone = 'saved';
  if (gone !== undefined) {
    await stopDomain(host, domain, live, gone);
    return;
  }
  watchDomain(host, domain, live);
  await refreshChannels(host, domain, live).catch((error: unknown) =>
    host.log.warning(`domain '${domain.name}': the states of its channels are not known: ${String(error)}`),
  );
  await adoptBlockJobs(host, domain, live).catch((error: unknown) =>
    host.log.warning(`domain '${domain.name}': its block jobs are not followed: ${String(error)}`),
  );
  await host.saveStatus(domain);
}

/** Sets the state that QEMU tells; a guest that has ended while nobody listened gives the reason of its end. */
function takeState(domain: QemuDomain, found: DomainStatus, status: string): EndReason | undefined {
  const was = found.status;
  switch (status) {
    case 'running':
      domain.status = was.state === DomainState.RUNNING ? was : running(DomainRunningReason.UNPAUSED);
      return undefined;
    case 'shutdown':
      return 'shutdown';
    case 'guest-panicked':
      return 'crashed';
    case 'suspended':
      domain.status = { state: DomainState.PMSUSPENDED, reason: 0 };
      return undefined;
    case 'io-error':
      domain.status = paused(DomainPausedReason.IOERROR);
      return undefined;
    case 'watchdog':
      domain.status = paused(DomainPausedReason.WATCHDOG);
      return undefined;
    default:
      domain.status = was.state === DomainState.PAUSED ? was : paused(DomainPausedReason.UNKNOWN);
      return undefined;
  }
}

/** The process is gone: only what it left on disk has to go. */
async function bury(host: QemuHost, domain: QemuDomain, found: DomainStatus): Promise<void> {
  const saved = await isSaved(found.job);
  if (!saved) await removeUnfinished(host, found.job);
  const group = findGroup(host, domain.def, domain);
  domain.id = -1;
  domain.status = shutoff(saved ? DomainShutoffReason.SAVED : DomainShutoffReason.CRASHED);
  if (domain.newDef !== undefined) {
    domain.def = domain.newDef;
    domain.newDef = undefined;
  }
  await rm(found.dir, { recursive: true, force: true });
  await group?.remove();
  await host.saveStatus(domain);
  if (domain.persistent) return;
  await forgetMoments(host, domain.name);
  host.domains.remove(domain);
}
