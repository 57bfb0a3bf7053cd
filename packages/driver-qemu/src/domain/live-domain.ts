import type { GuestCpuDef } from '@virtkit/core/conf';
import type { DomainPausedReason, DomainRunningReason } from '@virtkit/core/util';
import { GuestAgent } from '../agent/index.js';
import type { BlockJob } from '../block-jobs/index.js';
import type { Cgroup } from '../cgroup/index.js';
import { ChannelRegistry } from '../console/index.js';
import type { JobRecord } from '../jobs/job-record.js';
import type { DomainLog, QemuProcess } from '../process/index.js';
import type { QmpConnection } from '../qmp/index.js';

/** What is on disk and in memory of a guest that runs. */
export interface LiveDomainParts {
  readonly process: QemuProcess;
  readonly monitor: QmpConnection;
  readonly monitorPath: string;
  /** Directory of this run of the domain: sockets and the like. */
  readonly dir: string;
  readonly log: DomainLog;
}

/** A QEMU process as one of our domains. */
export class LiveDomain implements LiveDomainParts {
  readonly process: QemuProcess;
  readonly monitor: QmpConnection;
  readonly monitorPath: string;
  readonly dir: string;
  readonly log: DomainLog;
  readonly consoles = new ChannelRegistry();
  readonly agent = new GuestAgent();
  /** What was done to this run that its user should know: words of virDomainTaintFlags. */
  readonly taints = new Set<string>();
  /** Who waits for the guest to let go of a device, by its name. */
  readonly removals = new Map<string, () => void>();
  /** Work on the images of disks, by target. */
  readonly blockJobs = new Map<string, BlockJob>();
  /** The highest number that an image of this run has had: numbers are never given twice. */
  lastImage = 0;
  /** Why the next STOP event comes, when we know. */
  pausedReason: DomainPausedReason | undefined;
  /** Why the next RESUME event comes, when we know. */
  runningReason: DomainRunningReason | undefined;
  /** A reboot by power button is under way: when the guest has shut down, it is reset and runs on. */
  fakeReboot = false;
  /** QEMU told that the guest has shut down. */
  gotShutdown = false;
  /** We are ending the process. */
  beingDestroyed = false;
  /** The control group of the guest's processes, once it has been made; undefined where there is none. */
  cgroup: Promise<Cgroup | undefined> = Promise.resolve(undefined);
  /** The guest's memory now, in KiB, as the balloon last told; undefined without a balloon. */
  balloon: number | undefined;

  /** The job under way, for a host that comes after this one. */
  job: JobRecord | undefined;
  /** The CPU that it was defined to have, where the one that it got says more. */
  originalCpu: GuestCpuDef | undefined;

  constructor({ process, monitor, monitorPath, dir, log }: LiveDomainParts) {
    this.process = process;
    this.monitor = monitor;
    this.monitorPath = monitorPath;
    this.dir = dir;
    this.log = log;
  }

  /** Lets go of the guest, which goes on running. */
  release(): void {
    this.consoles.closeAll();
    this.agent.close();
    this.process.release();
    this.monitor.close();
  }
}
