import {
  DomainJobOperation,
  DomainPausedReason,
  DomainRunningReason,
  DomainSaveRestoreFlags as Flags,
  DomainState,
} from '@virtkit/core/util';
import type { QemuDomain } from '../domain/domain.js';
import { stopDomain } from '../domain/stop.js';
import type { QemuHost } from '../host/qemu-host.js';
import { migrateOut } from '../jobs/migrate-out.js';
import { pauseFor, resumeAfter, runJob } from '../jobs/run-job.js';
import { TargetFile } from './save-file.js';
import { compressor, formatNumber } from './save-formats.js';
import { encodeHeader, wholeMagic } from './save-header.js';
import { newSaveImage } from './save-image.js';
import { savedCookie, savedXml, updatedDefinition, withOriginalCpu } from './saved-definition.js';

/** What to save a guest to. */
export interface SaveRequest {
  readonly path: string;
  /** Replaces the guest's definition in the image. */
  readonly xml: string | null;
  /** BYPASS_CACHE, RUNNING, PAUSED */
  readonly flags: number;
}

/**
 * qemuDomainSaveInternal, as a job of a domain that runs: puts the guest into a file, and ends it. Unless all of it is on disk the guest
 * goes on as before, and no file is left.
 */
export async function saveDomain(
  host: QemuHost,
  domain: QemuDomain,
  { path, xml, flags }: SaveRequest,
  signal: AbortSignal | undefined,
): Promise<void> {
  const live = domain.running;
  const wasRunning = domain.status.state === DomainState.RUNNING;
  const running = (flags & Flags.RUNNING) !== 0 || (wasRunning && (flags & Flags.PAUSED) === 0);
  const { saveImageFormat } = host.conf;
  const filter = compressor(saveImageFormat, 'save');
  const def = await updatedDefinition(host, withOriginalCpu(domain), xml, domain.def.cpu);
  const { header, data } = newSaveImage(
    { xml: savedXml(def), cookie: savedCookie(domain.def) },
    { running, format: formatNumber(saveImageFormat) },
  );
  const record = { operation: DomainJobOperation.SAVE, resume: wasRunning, file: path };
  // The record comes before the file: one that nobody finishes is never forgotten.
  await runJob(host, domain, live, record, async (job) => {
    const target = await TargetFile.create({ path, filter, bypassCache: (flags & Flags.BYPASS_CACHE) !== 0 });
    const giveUp = () => void job.control?.abort?.().catch(() => undefined);
    signal?.addEventListener('abort', giveUp, { once: true });
    try {
      await pauseFor(domain, live, DomainPausedReason.SAVE);
      const head = Buffer.concat([encodeHeader(header, { whole: false }), data]);
      await migrateOut(host, domain, live, job, (socket, stop) => target.fill(socket, head, stop));
      await target.finish(wholeMagic());
    } catch (error) {
      await target.discard();
      if (wasRunning) await resumeAfter(host, domain, live, DomainRunningReason.SAVE_CANCELED);
      throw error;
    } finally {
      signal?.removeEventListener('abort', giveUp);
    }
    // From here on the file is the guest, whatever becomes of this process.
    live.job = { ...record, finished: true };
    await host.saveStatus(domain);
    await stopDomain(host, domain, live, 'saved');
  });
}
