import { DomainJobOperation, DomainJobType } from '@virtkit/core/util';
import type { JobStats } from './job-stats.js';

/** What a long job lets others do while it runs. */
export interface JobControl {
  /** How far it is, as QEMU tells. */
  readonly ask: () => Promise<Pick<JobStats, 'migration' | 'dump'>>;
  /** Gives it up; returns once that is under way. Absent for jobs that cannot be. */
  readonly abort?: () => Promise<void>;
}

const NAMES: Readonly<Partial<Record<DomainJobOperation, string>>> = {
  [DomainJobOperation.SAVE]: 'domain save job',
  [DomainJobOperation.DUMP]: 'domain core dump job',
  [DomainJobOperation.RESTORE]: 'domain restore job',
};

/** virDomainJobObj's asynchronous job: one that clients can watch and give up while it holds the domain. */
export class DomainJob {
  readonly #began = performance.now();
  /** Somebody gave it up. */
  aborted = false;
  control: JobControl | undefined;

  constructor(readonly operation: DomainJobOperation) {}

  /** Its name in messages. */
  get name(): string {
    return NAMES[this.operation] ?? 'job';
  }

  async stats(type: DomainJobType = DomainJobType.UNBOUNDED): Promise<JobStats> {
    const { operation } = this;
    const told = await this.control?.ask();
    return { operation, type, elapsed: performance.now() - this.#began, ...told };
  }
}
