import type { DomainDef } from '@virtkit/core/conf';
import { type CheckpointMoment, type DomainRef, MomentList, type SnapshotMoment } from '@virtkit/core/driver';
import {
  DomainAgentResponseTimeoutValues,
  DomainJobOperation,
  DomainShutoffReason,
  ErrorCode,
  ErrorDomain,
  type JobOptions,
  JobQueue,
  LibvirtError,
} from '@virtkit/core/util';
import type { DomainJob } from '../jobs/domain-job.js';
import type { JobStats } from '../jobs/job-stats.js';
import type { LiveDomain } from './live-domain.js';
import { type StateAndReason, shutoff } from './state.js';

/** No limit: 2^63 bytes. */
export const MAX_MIGRATION_SPEED = 8_796_093_022_207n;

/**
 * virDomainObj: one domain, of which there is one per host process. Definitions are never changed once they are here,
 * only replaced, so whoever holds one sees a state that existed.
 */
export class QemuDomain {
  /** What changes this domain runs as a job; queries do not wait. */
  readonly jobs = new JobQueue(ErrorDomain.QEMU);
  #def: DomainDef | (() => DomainDef);
  /** What the next start will use, if that is not `def`. */
  newDef: DomainDef | undefined;
  persistent = false;
  autostart = false;
  id = -1;
  status: StateAndReason = shutoff(DomainShutoffReason.UNKNOWN);
  /** The QEMU process and what belongs to it, while there is one. */
  live: LiveDomain | undefined;
  /** Gives up the start that is under way; undefined while there is none. */
  abortStart: (() => void) | undefined;
  /** Seconds that an agent in the guest may take, or one of virDomainAgentResponseTimeoutValues. */
  agentTimeout: number = DomainAgentResponseTimeoutValues.BLOCK;
  /** The long job that holds it, for those who watch. */
  job: DomainJob | undefined;
  /** How the last such job went, until somebody has asked. */
  completedJob: JobStats | undefined;
  /** There is a file with its state, from which its next start goes on. */
  managedSave = false;
  /** The most that a migration may send, in MiB/s. */
  migrationSpeed = MAX_MIGRATION_SPEED;
  readonly snapshots = new MomentList<SnapshotMoment>();
  readonly checkpoints = new MomentList<CheckpointMoment>();
  /** The last write of the status document that was asked for. */
  statusTail: Promise<void> = Promise.resolve();
  /** True once it is no longer in the list: who waited for a job must find out. */
  removed = false;

  /** `def` may be what reads the definition when it is first asked for. */
  constructor(
    readonly uuid: string,
    public name: string,
    def: DomainDef | (() => DomainDef),
  ) {
    this.#def = def;
  }

  /** What runs, or the only definition there is. */
  get def(): DomainDef {
    return typeof this.#def === 'function' ? (this.#def = this.#def()) : this.#def;
  }

  set def(def: DomainDef) {
    this.#def = def;
  }

  get ref(): DomainRef {
    return { name: this.name, uuid: this.uuid, id: this.id };
  }

  get active(): boolean {
    return this.id !== -1;
  }

  /** The definition that will be used at the next start. */
  get persistentDef(): DomainDef {
    return this.newDef ?? this.def;
  }

  /** The running part; raises OPERATION_INVALID for a domain that does not run. */
  get running(): LiveDomain {
    if (this.live === undefined) throw notRunning();
    return this.live;
  }

  /** Asks something of a guest that runs: beside a long job, which would keep one waiting for minutes, else in turn. */
  ask<T>(name: string, question: (live: LiveDomain) => Promise<T>, options?: JobOptions): Promise<T> {
    const { job, live } = this;
    if (job !== undefined && job.operation !== DomainJobOperation.RESTORE && live !== undefined) return question(live);
    return this.jobs.run(
      name,
      () => {
        this.assertListed();
        return question(this.running);
      },
      options,
    );
  }

  /** Raises NO_DOMAIN for one that was removed meanwhile. */
  assertListed(): void {
    if (this.removed) throw noDomain(`uuid '${this.uuid}' (${this.name})`);
  }
}

export function notRunning(): LibvirtError {
  return new LibvirtError(ErrorCode.OPERATION_INVALID, ErrorDomain.DOMAIN, 'domain is not running');
}

/** NO_DOMAIN, for example of `name 'x'`. */
export function noDomain(matching: string): LibvirtError {
  return new LibvirtError(ErrorCode.NO_DOMAIN, ErrorDomain.QEMU, `no domain with matching ${matching}`);
}
