import type { SnapshotMoment } from '@virtkit/core/driver';
import { isExternalSnapshot, isOfflineSnapshot } from '@virtkit/core/driver';
import { DomainSnapshotRevertFlags as Revert } from '@virtkit/core/util';
import type { QemuDomain } from '../domain/domain.js';
import { saveConfig } from '../domain/impact.js';
import { startDomain } from '../domain/start.js';
import { stopDomain } from '../domain/stop.js';
import { configUnsupported, operationInvalid, operationUnsupported, revertRisky } from '../errors.js';
import type { QemuHost } from '../host/qemu-host.js';
import { assertInImages, loadLive, revertImages } from './image-snapshots.js';
import { setCurrentSnapshot } from './metadata.js';

/** qemuSnapshotRevert, as a job of the domain. */
export async function revertSnapshot(
  host: QemuHost,
  domain: QemuDomain,
  moment: SnapshotMoment,
  flags: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { def } = moment;
  const offline = isOfflineSnapshot(def);
  const wantsRun = (flags & (Revert.RUNNING | Revert.PAUSED)) !== 0;
  if (!domain.persistent && offline && !wantsRun)
    throw operationInvalid('transient domain needs to request run or pause to revert to inactive snapshot');
  if (def.domain === undefined)
    throw revertRisky(`snapshot '${moment.name}' lacks domain '${domain.name}' rollback info`);
  if (isExternalSnapshot(def)) throw configUnsupported('revert to external snapshot not supported yet');
  // Bitmaps would go on as if the disks had never been set back.
  if (domain.checkpoints.size > 0) throw operationUnsupported('cannot revert to snapshot while checkpoint exists');
  if (!domain.persistent)
    throw operationUnsupported(
      `transient domain '${domain.name}' would be gone when it ends for the revert: define it, then revert`,
    );

  // The next start would go on with memory that knows other disks.
  if (domain.managedSave && offline && !wantsRun && (flags & Revert.FORCE) === 0)
    throw revertRisky(
      `domain '${domain.name}' has a managed save image that does not fit the snapshot without memory: remove it, or force the revert`,
    );

  const target = def.domain;
  await assertInImages(target, def);
  if (domain.live !== undefined) await stopDomain(host, domain, domain.live, 'from-snapshot');
  if (offline) await revertImages(target, def);
  await saveConfig(host, domain, def.inactiveDomain ?? target);
  await setCurrentSnapshot(host, domain, moment);
  if (offline && !wantsRun) return;
  const paused = (flags & Revert.PAUSED) !== 0 || (def.state === 'paused' && (flags & Revert.RUNNING) === 0);
  await startDomain(host, domain, {
    config: target,
    paused,
    origin: 'snapshot',
    signal,
    ...(!offline && { restore: () => loadLive(domain, def) }),
  });
}
