import type { DomainJobInfo } from '@virtkit/core/driver';
import { type DomainJobOperation, DomainJobType, type TypedParams, TypedParamsBuilder } from '@virtkit/core/util';

/** What QEMU tells of a migration (`query-migrate`), as far as it is reported. */
export interface MigrationInfo {
  readonly status?: string;
  readonly 'error-desc'?: string;
  readonly downtime?: number;
  readonly 'expected-downtime'?: number;
  readonly 'setup-time'?: number;
  readonly ram?: RamInfo;
  readonly disk?: TransferInfo;
}

interface TransferInfo {
  readonly total: number;
  readonly transferred: number;
  readonly remaining: number;
}

interface RamInfo extends TransferInfo {
  readonly mbps?: number;
  readonly duplicate?: number;
  readonly normal?: number;
  readonly 'normal-bytes'?: number;
  readonly 'dirty-pages-rate'?: number;
  readonly 'dirty-sync-count'?: number;
  readonly 'postcopy-requests'?: number;
  readonly 'page-size'?: number;
}

/** Progress of a dump of memory alone (`query-dump`), in bytes. */
export interface DumpInfo {
  readonly status?: string;
  readonly completed: number;
  readonly total: number;
}

/** How far a job is. */
export interface JobStats {
  readonly operation: DomainJobOperation;
  /** DomainJobType */
  readonly type: DomainJobType;
  /** Since it began, in ms. */
  readonly elapsed: number;
  readonly migration?: MigrationInfo | undefined;
  readonly dump?: DumpInfo | undefined;
}

const NOTHING: TransferInfo = { total: 0, transferred: 0, remaining: 0 };

/** Data of a job: all of it, that of memory, that of disks. */
function transfers({ migration, dump }: JobStats): { all: TransferInfo; memory: TransferInfo; disk: TransferInfo } {
  const memory =
    dump === undefined
      ? (migration?.ram ?? NOTHING)
      : { total: dump.total, transferred: dump.completed, remaining: dump.total - dump.completed };
  const disk = migration?.disk ?? NOTHING;
  return {
    memory,
    disk,
    all: {
      total: memory.total + disk.total,
      transferred: memory.transferred + disk.transferred,
      remaining: memory.remaining + disk.remaining,
    },
  };
}

/** virDomainJobInfo of a job; of none when there is none. */
export function jobInfo(stats: JobStats | undefined): DomainJobInfo {
  const { all, memory, disk } =
    stats === undefined ? { all: NOTHING, memory: NOTHING, disk: NOTHING } : transfers(stats);
  return {
    type: stats?.type ?? DomainJobType.NONE,
    timeElapsed: BigInt(Math.round(stats?.elapsed ?? 0)),
    timeRemaining: 0n,
    dataTotal: BigInt(all.total),
    dataProcessed: BigInt(all.transferred),
    dataRemaining: BigInt(all.remaining),
    memTotal: BigInt(memory.total),
    memProcessed: BigInt(memory.transferred),
    memRemaining: BigInt(memory.remaining),
    fileTotal: BigInt(disk.total),
    fileProcessed: BigInt(disk.transferred),
    fileRemaining: BigInt(disk.remaining),
  };
}

/** The parameters of a job, as virDomainGetJobStats and the event of its end have them. */
export function jobParams(stats: JobStats): TypedParams {
  const { migration, operation, elapsed, type, dump } = stats;
  const { all, memory, disk } = transfers(stats);
  const ram = migration?.ram;
  const params = new TypedParamsBuilder();
  const sized = (field: string, value: number | undefined) => value !== undefined && params.ullong(field, value);
  params.int('operation', operation);
  params.ullong('time_elapsed', Math.round(elapsed));
  if (migration?.downtime !== undefined || migration?.['expected-downtime'] !== undefined)
    sized('downtime', type === DomainJobType.COMPLETED ? migration.downtime : migration['expected-downtime']);
  sized('setup_time', migration?.['setup-time']);
  if (migration === undefined && dump === undefined) return params.params;
  sized('data_total', all.total);
  sized('data_processed', all.transferred);
  sized('data_remaining', all.remaining);
  sized('memory_total', memory.total);
  sized('memory_processed', memory.transferred);
  sized('memory_remaining', memory.remaining);
  if (ram?.mbps) sized('memory_bps', Math.round((ram.mbps * 1_000_000) / 8));
  sized('memory_constant', ram?.duplicate);
  sized('memory_normal', ram?.normal);
  sized('memory_normal_bytes', ram?.['normal-bytes']);
  sized('memory_dirty_rate', ram?.['dirty-pages-rate'] ?? (ram === undefined ? undefined : 0));
  sized('memory_iteration', ram?.['dirty-sync-count']);
  sized('memory_postcopy_requests', ram?.['postcopy-requests']);
  sized('memory_page_size', ram?.['page-size']);
  if (disk.total > 0) {
    sized('disk_total', disk.total);
    sized('disk_processed', disk.transferred);
    sized('disk_remaining', disk.remaining);
  }
  return params.params;
}
