import {
  DomainCoreDumpFlags as Flags,
  DomainCoreDumpFormat as Format,
  DomainJobOperation,
  DomainJobType,
  DomainPausedReason,
  DomainRunningReason,
  DomainState,
  LibvirtError,
  ErrorCode,
  ErrorDomain,
} from '@virtkit/core/util';
import type { QemuDomain } from '../domain/domain.js';
import type { LiveDomain } from '../domain/live-domain.js';
import { stopDomain } from '../domain/stop.js';
import { invalidArg, operationFailed, operationUnsupported } from '../errors.js';
import type { QemuHost } from '../host/qemu-host.js';
import type { DomainJob } from '../jobs/domain-job.js';
import type { DumpInfo } from '../jobs/job-stats.js';
import { migrateOut } from '../jobs/migrate-out.js';
import { pauseFor, resumeAfter, runJob } from '../jobs/run-job.js';
import { QmpCommandError } from '../qmp/index.js';
import { TargetFile } from '../save/save-file.js';
import { compressor, type FilterProgram } from '../save/save-formats.js';

/** What QEMU calls the formats of a dump of memory alone, by DomainCoreDumpFormat. */
const FORMATS: Readonly<Record<number, { readonly name: string; readonly qemu: string }>> = {
  [Format.RAW]: { name: 'elf', qemu: 'elf' },
  [Format.KDUMP_ZLIB]: { name: 'kdump-zlib', qemu: 'kdump-zlib' },
  [Format.KDUMP_LZO]: { name: 'kdump-lzo', qemu: 'kdump-lzo' },
  [Format.KDUMP_SNAPPY]: { name: 'kdump-snappy', qemu: 'kdump-snappy' },
  [Format.WIN_DMP]: { name: 'win-dmp', qemu: 'win-dmp' },
};

/** Raises INVALID_ARG for a format that there is not. */
export function assertDumpFormat(format: number): void {
  if (FORMATS[format] === undefined)
    throw new LibvirtError(ErrorCode.INVALID_ARG, ErrorDomain.DOMAIN, `dumpformat '${format}' is not supported`);
}

/** A core dump to be written. */
export interface DumpRequest {
  readonly path: string;
  /** DomainCoreDumpFormat */
  readonly format: number;
  readonly flags: number;
}

/** qemuDomainCoreDumpWithFormat, as a job of a domain that runs. */
export async function coreDump(
  host: QemuHost,
  domain: QemuDomain,
  request: DumpRequest,
  signal: AbortSignal | undefined,
): Promise<void> {
  const live = domain.running;
  const { flags, path } = request;
  const wasRunning = domain.status.state === DomainState.RUNNING;
  const record = { operation: DomainJobOperation.DUMP, resume: wasRunning, file: path };
  await assertPossible(live, request);
  await runJob(host, domain, live, record, async (job) => {
    const target = await TargetFile.create({
      path,
      bypassCache: (flags & Flags.BYPASS_CACHE) !== 0,
      filter: flags & Flags.MEMORY_ONLY ? undefined : dumpCompressor(host),
    });
    const giveUp = () => void job.control?.abort?.().catch(() => undefined);
    signal?.addEventListener('abort', giveUp, { once: true });
    try {
      // A dump of memory alone is of one moment; QEMU stops the guest for it anyway.
      if ((flags & Flags.LIVE) === 0 || flags & Flags.MEMORY_ONLY)
        await pauseFor(domain, live, DomainPausedReason.DUMP);
      live.pausedReason = DomainPausedReason.DUMP;
      if (flags & Flags.MEMORY_ONLY) await dumpMemory(live, domain, job, request);
      else await migrateOut(host, domain, live, job, (socket, stop) => target.fill(socket, Buffer.alloc(0), stop));
      await target.finish();
    } catch (error) {
      await target.discard();
      if (wasRunning) await resumeAfter(host, domain, live, DomainRunningReason.UNPAUSED);
      throw error;
    } finally {
      live.pausedReason = undefined;
      signal?.removeEventListener('abort', giveUp);
    }
    if (flags & Flags.CRASH) return stopDomain(host, domain, live, 'crashed');
    if (flags & Flags.RESET) await live.monitor.execute('system_reset');
    if (wasRunning) await resumeAfter(host, domain, live, DomainRunningReason.UNPAUSED);
  });
}

async function assertPossible({ monitor }: LiveDomain, { flags, format }: DumpRequest): Promise<void> {
  if ((flags & Flags.MEMORY_ONLY) === 0) {
    if (format !== Format.RAW)
      throw operationUnsupported('kdump-compressed format is only supported with memory-only dump');
    return;
  }
  if (flags & Flags.BYPASS_CACHE)
    throw operationUnsupported(
      "QEMU writes a memory-only dump itself, through the host's cache: bypass-cache is for others",
    );
  const { name, qemu } = FORMATS[format]!;
  const { formats } = await monitor
    .execute<{ formats: string[] }>('query-dump-guest-memory-capability')
    .catch((error: unknown) => {
      if (QmpCommandError.behind(error) === undefined) throw error;
      return { formats: ['elf'] };
    });
  if (!formats.includes(qemu)) throw invalidArg(`unsupported dumpformat '${name}' for this QEMU binary`);
}

/** A program that is missing is no reason to have no dump. */
function dumpCompressor(host: QemuHost): FilterProgram | undefined {
  try {
    return compressor(host.conf.dumpImageFormat, 'dump');
  } catch (error) {
    host.log.warning(`${String(error)}: the dump is not compressed`);
    return undefined;
  }
}

/** QEMU writes the guest's memory to the file, while others may ask how far it is. */
async function dumpMemory(
  { monitor }: LiveDomain,
  domain: QemuDomain,
  job: DomainJob,
  { path, format }: DumpRequest,
): Promise<void> {
  let stop = () => undefined as void;
  const completed = new Promise<string | undefined>((resolve, reject) => {
    stop = monitor.onEvent((event) => {
      if (event.event === 'DUMP_COMPLETED') resolve(event.data.error);
    }) as () => void;
    monitor.onClose(reject);
  });
  completed.catch(() => undefined);
  job.control = { ask: async () => ({ dump: await monitor.execute<DumpInfo>('query-dump') }) };
  try {
    await monitor
      .execute('dump-guest-memory', {
        paging: false,
        protocol: `file:${path}`,
        detach: true,
        format: FORMATS[format]!.qemu,
      })
      .catch((error: unknown) => {
        const refusal = QmpCommandError.behind(error);
        throw refusal === undefined ? error : operationFailed(`memory-only dump failed: ${refusal.description}`, error);
      });
    const problem = await completed;
    if (problem !== undefined) throw operationFailed(`memory-only dump failed: ${problem}`);
    domain.completedJob = await job.stats(DomainJobType.COMPLETED);
  } finally {
    stop();
    job.control = undefined;
  }
}
