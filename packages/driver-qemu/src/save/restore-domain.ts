import { constants } from 'node:fs/promises';
import type { DomainDef, GuestCpuDef } from '@virtkit/core/conf';
import {
  DomainEventSuspendedDetailType,
  DomainJobOperation,
  DomainSaveRestoreFlags as Flags,
} from '@virtkit/core/util';
import type { QemuDomain } from '../domain/domain.js';
import { startDomain } from '../domain/start.js';
import type { QemuHost } from '../host/qemu-host.js';
import { DomainJob } from '../jobs/domain-job.js';
import type { JobRecord } from '../jobs/job-record.js';
import { migrateIn } from '../jobs/migrate-in.js';
import { pumpToQemu } from './pump.js';
import { decompressor } from './save-formats.js';
import { openImage, readImage, type SaveImage, streamStart } from './save-image.js';
import { cookieCpu } from './saved-definition.js';

/** An image to go on from. */
export interface RestoreRequest {
  readonly path: string;
  readonly image: SaveImage;
  /** What to run: the image's own definition, or another that the guest cannot tell from it. */
  readonly def: DomainDef;
  readonly bypassCache: boolean;
  /** Stays paused. */
  readonly paused: boolean;
  /** It is paused because whoever starts it wants so. */
  readonly pausedByCaller?: boolean;
  readonly job?: JobRecord;
}

/** Whether the guest runs on once it is restored. */
export function runsOn({ header }: SaveImage, flags: number): boolean {
  if (flags & Flags.RUNNING) return true;
  return (flags & Flags.PAUSED) === 0 && header.running;
}

/** qemuSaveImageStartVM, as part of a job of a domain that does not run. */
export async function restoreDomain(
  host: QemuHost,
  domain: QemuDomain,
  request: RestoreRequest,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { path, image, def, bypassCache, paused, pausedByCaller = false, job: record } = request;
  const filter = decompressor(image.header.format);
  const cpu: GuestCpuDef | undefined = cookieCpu(image);
  const job = new DomainJob(DomainJobOperation.RESTORE);
  domain.job = job;
  domain.completedJob = undefined;
  try {
    await startDomain(host, domain, {
      config: cpu === undefined ? def : { ...def, cpu },
      originalCpu: def.cpu,
      paused,
      origin: 'restore',
      ...(pausedByCaller && { suspended: DomainEventSuspendedDetailType.PAUSED }),
      incoming: true,
      ...(record !== undefined && { job: record }),
      async restore() {
        const file = await openImage(path, constants.O_RDONLY);
        try {
          const { header } = await readImage(file);
          const source = { path, file, start: streamStart(header), bypassCache, filter };
          await migrateIn(domain.running, job, (socket) => pumpToQemu(source, socket));
        } finally {
          await file.close();
        }
      },
      signal,
    });
  } finally {
    domain.job = undefined;
  }
}
